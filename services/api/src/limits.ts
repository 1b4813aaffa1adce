import type { Clock } from '@patchbay/runtime/clock';
import { apiError } from './errors.ts';

/** A bounded number of places. */
export interface Places {
  /** Takes a place and gives how to leave it. API_BUSY when all are taken. */
  take(): () => void;
  taken(): number;
}

/** @param retryMs when a caller that found no place may come again, milliseconds */
export function createPlaces(limit: number, retryMs: number): Places {
  let taken = 0;
  return {
    take() {
      if (taken >= limit) throw apiError('API_BUSY', { details: { retryAfterMs: String(retryMs) } });
      taken += 1;
      let left = false;
      return () => {
        if (!left) taken -= 1;
        left = true;
      };
    },
    taken: () => taken,
  };
}

/** Counts tries by address. */
export interface RateLimit {
  /** Counts one try. API_RATE_LIMITED with the delay when there were too many. */
  count(address: string): void;
}

/** A bucket for each address: `burst` tries at once, then `perMinute`. At most `mostAddresses` are remembered. */
export function createRateLimit(options: { perMinute: number; burst: number; clock: Clock; mostAddresses?: number }): RateLimit {
  const { perMinute, burst, clock, mostAddresses = 20_000 } = options;
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const msPerToken = 60_000 / perMinute;
  return {
    count(address) {
      const nowMs = clock.monotonicMs();
      const before = buckets.get(address) ?? { tokens: burst, atMs: nowMs };
      const tokens = Math.min(burst, before.tokens + (nowMs - before.atMs) / msPerToken);
      buckets.delete(address);
      if (buckets.size >= mostAddresses) buckets.delete(buckets.keys().next().value ?? '');
      buckets.set(address, { tokens: tokens < 1 ? tokens : tokens - 1, atMs: nowMs });
      if (tokens < 1) throw apiError('API_RATE_LIMITED', { details: { retryAfterMs: String(Math.ceil((1 - tokens) * msPerToken)) } });
    },
  };
}
