/** Stops a timer; harmless when it already fired. */
export type CancelTimer = () => void;

/** Where time comes from. Passed in, so that tests and simulations can run on a virtual one. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. May jump. */
  nowMs(): number;
  /** Monotonic clock, milliseconds from an arbitrary start. Never jumps; for durations. */
  monotonicMs(): number;
  /** Calls back once after `delayMs` (0 to 2^31 − 1) unless cancelled. */
  setTimer(delayMs: number, callback: () => void): CancelTimer;
}

const longestTimerMs = 2 ** 31 - 1;

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), longestTimerMs));
    return () => {
      clearTimeout(handle);
    };
  },
};

/** Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
}
