/** Length of a frame and of a tick. */
export const tickMs = 20;
/** Frames made up for at once after a stall; what is older is left out, and streams begin a new run. */
const mostCatchUp = 10;

/** What to do now. */
export interface TicksDue {
  /** Frames to send now, 0 to 10. */
  readonly run: number;
  /** Frames that were left out before these. */
  readonly skipped: number;
  /** How late the first of them was, milliseconds. */
  readonly lateMs: number;
}

/** One monotonic time line of ticks for all legs of a worker: late wake-ups are caught up with, so playback never drifts. */
export class TickSchedule {
  private nextMs: number;

  constructor(nowMs: number) {
    this.nextMs = nowMs + tickMs;
  }

  /** Ticks due at a moment of the monotonic clock. */
  due(nowMs: number): TicksDue {
    if (nowMs < this.nextMs) return { run: 0, skipped: 0, lateMs: 0 };
    const lateMs = nowMs - this.nextMs;
    const all = Math.floor(lateMs / tickMs) + 1;
    this.nextMs += all * tickMs;
    const run = Math.min(all, mostCatchUp);
    return { run, skipped: all - run, lateMs };
  }

  /** How long to sleep, milliseconds. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.nextMs - nowMs);
  }
}
