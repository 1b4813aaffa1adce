/** How waits between tries grow. */
export interface Backoff {
  /** First wait, milliseconds. */
  firstMs: number;
  /** Longest wait, milliseconds. */
  limitMs: number;
}

/**
 * Wait before try number `attempt` (from 1): doubles up to the limit, then a random share of 50 to 100 % of it, so that
 * many who failed together do not come back together.
 * @param random 0 to 1, exclusive
 */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  const full = Math.min(backoff.limitMs, backoff.firstMs * 2 ** Math.min(30, attempt - 1));
  return full * (0.5 + random() / 2);
}
