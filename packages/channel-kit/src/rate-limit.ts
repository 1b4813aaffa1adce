import { sleep, type Clock } from '@patchbay/runtime/clock';

/** Spreads calls so that no key gets more than so many a second; each waits for its turn. */
export interface RateLimit {
  take(key: string, signal: AbortSignal): Promise<void>;
}

/** @param perSecond calls a second for each key; absent for no limit. Keys come from a closed set (entry points). */
export function createRateLimit(clock: Clock, perSecond: number | undefined): RateLimit {
  const nextMs = new Map<string, number>();
  return {
    async take(key, signal) {
      if (perSecond === undefined || perSecond <= 0) return;
      const nowMs = clock.monotonicMs();
      const turnMs = Math.max(nowMs, nextMs.get(key) ?? 0);
      nextMs.set(key, turnMs + 1000 / perSecond);
      if (turnMs > nowMs) await sleep(clock, turnMs - nowMs, signal);
    },
  };
}
