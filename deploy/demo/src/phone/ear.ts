/** So much quiet ends what somebody says; the phrases and prompts have shorter pauses within. */
const pauseMs = 700;
/** Shorter sounds are clicks. */
const shortestMs = 200;
/** Segment of a µ-law byte (ITU-T G.711 table 2a), 0 to 7, from which on a frame counts as sound: peaks of 924 of 32 635, -31 dB. */
const loudSegment = 3;

/** Whether a frame of µ-law sound is loud enough to be speech or music. */
export function isLoud(frame: Uint8Array): boolean {
  return frame.some((byte) => ((~byte >> 4) & 7) >= loudSegment);
}

/** What is heard, cut into utterances: enough to take turns by, without understanding a word. Times are milliseconds. */
export class Ear {
  private begunMs: number | undefined;
  private lastLoudMs: number;
  private ended = 0;

  constructor(nowMs: number) {
    this.lastLoudMs = nowMs;
  }

  /** A frame came in. */
  take(frame: Uint8Array, nowMs: number): void {
    if (!isLoud(frame)) return;
    this.settle(nowMs);
    this.begunMs ??= nowMs;
    this.lastLoudMs = nowMs;
  }

  private settle(nowMs: number): void {
    if (this.begunMs === undefined || nowMs - this.lastLoudMs < pauseMs) return;
    if (this.lastLoudMs - this.begunMs >= shortestMs) this.ended += 1;
    this.begunMs = undefined;
  }

  /** Utterances that were heard to their end. */
  utterances(nowMs: number): number {
    this.settle(nowMs);
    return this.ended;
  }

  /** How long nothing was heard. */
  quietMs(nowMs: number): number {
    return nowMs - this.lastLoudMs;
  }

  /** What sounds at the moment is no utterance, e.g. music that breaks off. */
  forget(): void {
    this.begunMs = undefined;
  }

  /** How long somebody has been speaking, or music been playing; 0 in silence. */
  soundMs(nowMs: number): number {
    this.settle(nowMs);
    return this.begunMs === undefined ? 0 : nowMs - this.begunMs;
  }
}
