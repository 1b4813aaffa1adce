import { timestampDistance, type RtpPacket } from './rtp.ts';

/** Keys by event code (RFC 4733 section 3.2, table 3). */
const keys = '0123456789*#ABCD';

/** A telephone-event payload (RFC 4733 section 2.3): event, E and R bits with volume, duration. */
const payloadSize = 4;
/** The longest duration one segment can tell; a longer press goes on in a new segment (RFC 4733 section 2.5.1.3). */
const longestSegment = 0xffff;

/**
 * Turns telephone-event packets into keys, one for each press: a press is told apart by its timestamp, so that repeats,
 * the three end packets, late packets and lost ones make no difference. The key is told with the first packet that comes.
 */
export class DtmfEvents {
  private ssrc: number | undefined;
  private event = -1;
  private timestamp = 0;
  private duration = 0;

  /** The key of a new press, or undefined. Events that are no keys (flash, tones) give undefined. */
  take(bytes: Uint8Array, packet: RtpPacket): string | undefined {
    if (packet.payloadSize < payloadSize) return undefined;
    const event = bytes[packet.payloadOffset] as number;
    const duration = ((bytes[packet.payloadOffset + 2] as number) << 8) | (bytes[packet.payloadOffset + 3] as number);
    if (event >= keys.length) return undefined;
    if (this.ssrc === packet.ssrc) {
      const distance = timestampDistance(packet.timestamp, this.timestamp);
      if (distance === 0) {
        this.duration = Math.max(this.duration, duration);
        return undefined;
      }
      if (distance < 0) return undefined;
      const goesOn = event === this.event && distance === longestSegment && this.duration === longestSegment;
      this.remember(packet, event, duration);
      return goesOn ? undefined : keys[event];
    }
    this.remember(packet, event, duration);
    return keys[event];
  }

  private remember(packet: RtpPacket, event: number, duration: number): void {
    this.ssrc = packet.ssrc;
    this.event = event;
    this.timestamp = packet.timestamp;
    this.duration = duration;
  }
}
