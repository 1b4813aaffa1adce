import { sequenceDistance, type RtpPacket } from './rtp.ts';

/** What one leg has received, over all its sources. */
export interface ReceptionFigures {
  /** Packets that should have come (RFC 3550 appendix A.3). */
  readonly expected: number;
  readonly received: number;
  /** Never below 0: duplicates do not make up for losses of others. */
  readonly lost: number;
  /** Interarrival jitter in milliseconds (RFC 3550 section 6.4.1). */
  readonly jitterMs: number;
}

/** What a reception report block says (RFC 3550 section 6.4.1). */
export interface ReceptionReport {
  readonly ssrc: number;
  /** Since the last report, 0 to 255 of 256. */
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  /** Timestamp units. */
  readonly jitter: number;
}

/** A jump further than this is a new beginning of the source, not a loss (RFC 3550 appendix A.1, MAX_DROPOUT). */
const maxDropout = 3_000;

/** Counts losses and jitter of what comes in (RFC 3550 appendices A.1, A.3, A.8). */
export class Reception {
  private ssrc: number | undefined;
  private baseSequence = 0;
  private cycles = 0;
  private maxSequence = 0;
  private received = 0;
  private transit: number | undefined;
  private jitter = 0;
  /** Totals of earlier sources of the leg. */
  private before = { expected: 0, received: 0, lost: 0 };
  private atLastReport = { expected: 0, received: 0 };

  /**
   * Counts one packet.
   * @param arrivalSamples when it came, in timestamp units of a monotonic clock
   * @param isAudio events repeat one timestamp, so they say nothing of jitter
   */
  take(packet: RtpPacket, arrivalSamples: number, isAudio: boolean): void {
    const distance = sequenceDistance(packet.sequence, this.maxSequence);
    if (this.ssrc !== packet.ssrc || Math.abs(distance) > maxDropout) this.begin(packet);
    else if (distance > 0) {
      if (packet.sequence < this.maxSequence) this.cycles += 0x10000;
      this.maxSequence = packet.sequence;
    }
    this.received += 1;
    if (!isAudio) return;
    const transit = (arrivalSamples - packet.timestamp) | 0;
    if (this.transit !== undefined) this.jitter += (Math.abs((transit - this.transit) | 0) - this.jitter) / 16;
    this.transit = transit;
  }

  private begin(packet: RtpPacket): void {
    if (this.ssrc !== undefined) {
      const { expected, received, lost } = this.current();
      this.before = { expected: this.before.expected + expected, received: this.before.received + received, lost: this.before.lost + lost };
    }
    this.ssrc = packet.ssrc;
    this.baseSequence = packet.sequence;
    this.maxSequence = packet.sequence;
    this.cycles = 0;
    this.received = 0;
    this.transit = undefined;
    this.atLastReport = { expected: 0, received: 0 };
  }

  private current(): { expected: number; received: number; lost: number } {
    if (this.ssrc === undefined) return { expected: 0, received: 0, lost: 0 };
    const expected = this.cycles + this.maxSequence - this.baseSequence + 1;
    return { expected, received: this.received, lost: Math.max(0, expected - this.received) };
  }

  figures(): ReceptionFigures {
    const { expected, received, lost } = this.current();
    return {
      expected: this.before.expected + expected,
      received: this.before.received + received,
      lost: this.before.lost + lost,
      jitterMs: this.jitter / 8,
    };
  }

  /** The block for the next report; undefined while nothing has come. Closes the interval of `fractionLost`. */
  report(): ReceptionReport | undefined {
    if (this.ssrc === undefined) return undefined;
    const { expected, received, lost } = this.current();
    const expectedNow = expected - this.atLastReport.expected;
    const lostNow = expectedNow - (received - this.atLastReport.received);
    this.atLastReport = { expected, received };
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      cumulativeLost: Math.min(lost, 0x7fffff),
      highestSequence: (this.cycles + this.maxSequence) >>> 0,
      jitter: Math.floor(this.jitter),
    };
  }
}
