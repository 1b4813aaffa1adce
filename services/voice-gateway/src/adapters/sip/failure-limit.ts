import type { Clock } from '@patchbay/runtime/clock';

/** Counts wrong passwords of a source. */
export interface FailureLimit {
  isBlocked(key: string): boolean;
  count(key: string): void;
  clear(key: string): void;
}

const mostFailures = 10;
const windowMs = 60_000;
const mostKeys = 10_000;

/** Ten wrong passwords within a minute block a source and user for the rest of that minute. Bounded: the oldest source is forgotten. */
export function createFailureLimit(clock: Clock): FailureLimit {
  const failures = new Map<string, { count: number; untilMs: number }>();
  const live = (key: string) => {
    const entry = failures.get(key);
    return entry !== undefined && entry.untilMs > clock.monotonicMs() ? entry : undefined;
  };
  return {
    isBlocked: (key) => (live(key)?.count ?? 0) >= mostFailures,
    count(key) {
      const entry = live(key) ?? { count: 0, untilMs: clock.monotonicMs() + windowMs };
      entry.count += 1;
      failures.delete(key);
      failures.set(key, entry);
      const [oldest] = failures.keys();
      if (failures.size > mostKeys && oldest !== undefined) failures.delete(oldest);
    },
    clear: (key) => void failures.delete(key),
  };
}
