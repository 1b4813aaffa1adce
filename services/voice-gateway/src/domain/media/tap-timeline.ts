import { silenceByte, transcodeInPlace, type Codec } from './g711.ts';

/** About one second of one leg, on the time line of the tap. */
export interface TappedChunk {
  /** Nanoseconds since the Unix epoch of the first sample. */
  readonly startNs: bigint;
  readonly samples: Uint8Array<ArrayBuffer>;
  /** Milliseconds filled with silence because packets did not come. */
  readonly concealedMs: number;
  readonly last: boolean;
}

const chunkSamples = 8_000;
/** Late packets still find their place this long after a chunk's end. */
const lateSamples = 1_600;
/** Gaps are counted in units of 10 ms: packets hold a multiple of it. */
const unitSamples = 80;
const bufferSamples = chunkSamples * 2;
/** A packet this far ahead of its arrival has a timestamp of a new count. */
const aheadSamples = 2_000;
/** So many packets in a row that came after their chunk went: the source's clock runs behind, not the network. */
const lateInARow = 5;
const nsPerSample = 125_000n;
const samplesPerMs = 8;

/** Where and when a tap begins. */
export interface TapStart {
  /** Monotonic clock, milliseconds: what the times of packets are compared with. */
  readonly monotonicMs: number;
  /** The same moment in nanoseconds since the Unix epoch; the same for all legs that are to lie side by side. */
  readonly epochNs: bigint;
  /** Law that the chunks are in. */
  readonly codec: Codec;
}

/**
 * Lays the packets of one leg on the gateway's own time line by their RTP timestamps and cuts it into chunks, so that the
 * legs of a contact lie side by side: both begin at the same moment and every chunk begins on a whole second of it. Gaps
 * become silence. Bounded: two seconds of sound.
 */
export class TapTimeline {
  private readonly buffer = new Uint8Array(bufferSamples);
  private readonly filled = new Uint8Array(bufferSamples / unitSamples);
  private readonly start: TapStart;
  /** Sample number at which the buffer begins, from the start of the tap. */
  private base = 0;
  private anchor: { ssrc: number; offset: number } | undefined;
  private late = 0;
  /** Sample from which on nothing is expected; undefined while sound is. */
  private pausedFrom: number | undefined;

  constructor(start: TapStart) {
    this.start = start;
    this.buffer.fill(silenceByte[start.codec]);
  }

  private sampleAt(nowMs: number): number {
    return Math.floor((nowMs - this.start.monotonicMs) * samplesPerMs);
  }

  /** Lays one packet's sound; `payload` is only read. */
  write(packet: { ssrc: number; timestamp: number }, codec: Codec, payload: Uint8Array, nowMs: number): void {
    if (this.pausedFrom !== undefined) return;
    const arrival = this.sampleAt(nowMs);
    let at = this.placeOf(packet, arrival, payload.length);
    let bytes = payload;
    if (at < this.base) {
      bytes = bytes.subarray(this.base - at);
      at = this.base;
    }
    const from = at - this.base;
    if (bytes.length === 0 || from + bytes.length > bufferSamples) return;
    this.buffer.set(bytes, from);
    if (codec !== this.start.codec) transcodeInPlace(codec, this.buffer.subarray(from, from + bytes.length));
    this.filled.fill(1, Math.floor(from / unitSamples), Math.ceil((from + bytes.length) / unitSamples));
  }

  /** Sample number for a packet; finds a new anchor when the source or its count is new. */
  private placeOf(packet: { ssrc: number; timestamp: number }, arrival: number, size: number): number {
    // Chunks of both legs begin on the same grid; half a unit is 5 ms, nobody hears it.
    const onGrid = Math.max(this.base, Math.round(arrival / unitSamples) * unitSamples);
    if (this.anchor?.ssrc === packet.ssrc) {
      const at = arrival + ((packet.timestamp + this.anchor.offset - arrival) | 0);
      this.late = at + size <= this.base ? this.late + 1 : 0;
      if (at - arrival <= aheadSamples && this.late < lateInARow) return at;
    }
    this.anchor = { ssrc: packet.ssrc, offset: onGrid - packet.timestamp };
    this.late = 0;
    return onGrid;
  }

  /** From now on silence that nobody missed: the customer is on hold. */
  pause(nowMs: number): void {
    this.pausedFrom ??= Math.max(this.base, this.sampleAt(nowMs));
  }

  /** From now on sound is expected again. */
  resume(nowMs: number): void {
    this.coverPause(this.sampleAt(nowMs));
    this.pausedFrom = undefined;
    this.anchor = undefined;
  }

  private coverPause(until: number): void {
    if (this.pausedFrom === undefined) return;
    const from = Math.max(0, this.pausedFrom - this.base);
    const to = Math.min(bufferSamples, until - this.base);
    if (to > from) this.filled.fill(1, Math.floor(from / unitSamples), Math.ceil(to / unitSamples));
  }

  /** The next chunk whose time is over, or undefined; call until it gives none. */
  nextDue(nowMs: number): TappedChunk | undefined {
    const now = this.sampleAt(nowMs);
    if (now < this.base + chunkSamples + lateSamples) return undefined;
    this.coverPause(now);
    return this.cut(chunkSamples, false);
  }

  /** What is left, in order; the last of them is marked so and may be empty. */
  close(nowMs: number): TappedChunk[] {
    const now = Math.max(this.base, this.sampleAt(nowMs));
    this.coverPause(now);
    const chunks: TappedChunk[] = [];
    while (now - this.base > chunkSamples) chunks.push(this.cut(chunkSamples, false));
    chunks.push(this.cut(now - this.base, true));
    return chunks;
  }

  private cut(size: number, last: boolean): TappedChunk {
    const units = Math.ceil(size / unitSamples);
    let gaps = 0;
    for (let unit = 0; unit < units; unit += 1) if (this.filled[unit] === 0) gaps += 1;
    const chunk: TappedChunk = {
      startNs: this.start.epochNs + BigInt(this.base) * nsPerSample,
      samples: this.buffer.slice(0, size),
      concealedMs: Math.min(gaps * 10, Math.ceil(size / 8)),
      last,
    };
    this.buffer.copyWithin(0, size);
    this.buffer.fill(silenceByte[this.start.codec], bufferSamples - size);
    this.filled.copyWithin(0, units);
    this.filled.fill(0, this.filled.length - units);
    this.base += size;
    return chunk;
  }
}
