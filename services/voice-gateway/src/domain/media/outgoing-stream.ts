import { sequenceDistance, timestampDistance, type RtpHeaderFields, type RtpPacket } from './rtp.ts';

/**
 * Header numbers of what one leg sends: one SSRC with rising sequence numbers and timestamps for its whole life, whether
 * the sound is ours (prompts, music, silence) or another leg's. Relayed packets keep their distances, so that loss and
 * jitter of the other side stay visible and its late packets find their place.
 */
export class OutgoingStream {
  readonly ssrc: number;
  private sequence: number;
  private timestamp: number;
  private readonly timestampBase: number;
  /** Set while packets of another leg are passed on. */
  private relay: { ssrc: number; sequenceOffset: number; timestampOffset: number; first: number } | undefined;
  private startOfTalk = true;
  private readonly header: RtpHeaderFields;

  /** @param seeds random numbers (RFC 3550 section 5.1): SSRC and timestamp 32 bits, sequence 16 bits */
  constructor(seeds: { ssrc: number; sequence: number; timestamp: number }) {
    this.ssrc = seeds.ssrc >>> 0;
    this.sequence = seeds.sequence & 0xffff;
    this.timestamp = seeds.timestamp >>> 0;
    this.header = { marker: false, payloadType: 0, sequence: this.sequence, timestamp: this.timestamp, ssrc: this.ssrc };
    this.timestampBase = this.timestamp;
  }

  /** Timestamp that belongs to a moment, samples since the leg began; never before what was sent. */
  private timestampAt(elapsedSamples: number): number {
    const now = (this.timestampBase + elapsedSamples) >>> 0;
    return timestampDistance(now, this.timestamp) > 0 ? now : (this.timestamp + 160) >>> 0;
  }

  /** The next header for a frame of our own sound. The object is used again by the next call. */
  nextOwn(payloadType: number, elapsedSamples: number): RtpHeaderFields {
    if (this.relay !== undefined) {
      this.relay = undefined;
      this.startOfTalk = true;
    }
    this.sequence = (this.sequence + 1) & 0xffff;
    // Frames of one run follow each other without a gap; a run begins where the clock stands.
    this.timestamp = this.startOfTalk ? this.timestampAt(elapsedSamples) : (this.timestamp + 160) >>> 0;
    return this.write(payloadType, this.startOfTalk);
  }

  /** Says that nothing is sent for a while: the next frame begins a run. */
  pause(): void {
    this.startOfTalk = true;
  }

  /** The header for a packet of another leg, or undefined when it belongs to before the relay began. Used again by the next call. */
  nextRelayed(packet: RtpPacket, payloadType: number, elapsedSamples: number): RtpHeaderFields | undefined {
    let { relay } = this;
    let begins = false;
    if (relay === undefined || relay.ssrc !== packet.ssrc) {
      const timestamp = this.timestampAt(elapsedSamples);
      relay = {
        ssrc: packet.ssrc,
        sequenceOffset: (this.sequence + 1 - packet.sequence) & 0xffff,
        timestampOffset: (timestamp - packet.timestamp) >>> 0,
        first: packet.sequence,
      };
      this.relay = relay;
      begins = true;
    } else if (relay.first !== -1) {
      const distance = sequenceDistance(packet.sequence, relay.first);
      if (distance < 0) return undefined;
      // Far enough on for the 16-bit circle to be no longer told apart.
      if (distance > 0x3fff) relay.first = -1;
    }
    const sequence = (packet.sequence + relay.sequenceOffset) & 0xffff;
    const timestamp = (packet.timestamp + relay.timestampOffset) >>> 0;
    this.header.sequence = sequence;
    this.header.timestamp = timestamp;
    this.header.marker = begins || packet.marker;
    this.header.payloadType = payloadType;
    if (sequenceDistance(sequence, this.sequence) > 0) this.sequence = sequence;
    if (timestampDistance(timestamp, this.timestamp) > 0) this.timestamp = timestamp;
    this.startOfTalk = true;
    return this.header;
  }

  /** A packet of the relayed leg is left out on purpose (no payload type for it here): its number is not missed. */
  skipRelayed(packet: RtpPacket): void {
    if (this.relay?.ssrc === packet.ssrc) this.relay.sequenceOffset = (this.relay.sequenceOffset - 1) & 0xffff;
  }

  /** Timestamp for a sender report of this moment. */
  reportTimestamp(elapsedSamples: number): number {
    return this.relay === undefined ? this.timestamp : this.timestampAt(elapsedSamples);
  }

  private write(payloadType: number, marker: boolean): RtpHeaderFields {
    this.header.sequence = this.sequence;
    this.header.timestamp = this.timestamp;
    this.header.marker = marker;
    this.header.payloadType = payloadType;
    this.startOfTalk = false;
    return this.header;
  }
}
