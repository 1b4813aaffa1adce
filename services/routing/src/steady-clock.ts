import type { Clock } from '@patchbay/runtime/clock';

/** The wall clock may be drawn towards by at most this share of the time that passes. */
const slew = 0.01;

/**
 * Wall-clock time that runs with the monotonic clock: it never goes back, and a wrong step of the wall clock (NTP, an
 * operator) reaches it only at 1 %, so no offer rings five minutes too long and no agent is lost by it.
 */
export function createSteadyClock(clock: Clock): () => number {
  let steadyMs = clock.nowMs();
  let lastMs = clock.monotonicMs();
  return () => {
    const monotonicMs = clock.monotonicMs();
    const passedMs = Math.max(0, monotonicMs - lastMs);
    lastMs = monotonicMs;
    const driftMs = clock.nowMs() - (steadyMs + passedMs);
    steadyMs += passedMs + Math.max(-slew * passedMs, Math.min(slew * passedMs, driftMs));
    return Math.floor(steadyMs);
  };
}
