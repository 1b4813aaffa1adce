/** Counts of one queue over a quarter of an hour. */
export interface QueueCounts {
  offered: number;
  answered: number;
  abandoned: number;
  shortAbandoned: number;
  /** Sent on to another queue or out. */
  overflowed: number;
  /** Assignments closed, by the time of closing. */
  handled: number;
  /** Sum of their times with an agent and in wrap-up. */
  handledMs: number;
  /** Sum of the waits of answered contacts. */
  waitedMs: number;
  /** Answered contacts by whole seconds waited, so that any target can be counted afterwards. */
  answeredBySecond: Map<number, number>;
}

/**
 * Counts by quarter of an hour, in UTC: every zone's midnight falls on a quarter, so "since midnight" can be summed for
 * whatever zone the tenant has now. Kept for 30 hours, which covers the longest local day.
 */
export type QuarterCounts<Counts> = Map<number, Counts>;

const quarterMs = 900_000;
const keptMs = 30 * 3_600_000;
/** Waits over ten minutes share one place; no target is that long. */
const longestSecond = 601;

export function createQueueCounts(): QueueCounts {
  return { offered: 0, answered: 0, abandoned: 0, shortAbandoned: 0, overflowed: 0, handled: 0, handledMs: 0, waitedMs: 0, answeredBySecond: new Map() };
}

/** Counts of the quarter that holds the moment; older ones go when a new quarter begins. */
export function quarterOf<Counts>(quarters: QuarterCounts<Counts>, timeMs: number, create: () => Counts): Counts {
  const startMs = Math.floor(timeMs / quarterMs) * quarterMs;
  let counts = quarters.get(startMs);
  if (counts === undefined) {
    counts = create();
    quarters.set(startMs, counts);
    for (const start of quarters.keys()) if (start < startMs - keptMs) quarters.delete(start);
  }
  return counts;
}

/** @param change 1 for an answer, −1 for one that turned out not to be (its medium could not be set up) */
export function countAnswer(counts: QueueCounts, waitedMs: number, change: 1 | -1): void {
  const second = Math.min(longestSecond, Math.max(0, Math.ceil(waitedMs / 1_000)));
  counts.answered += change;
  counts.waitedMs += change * waitedMs;
  counts.answeredBySecond.set(second, (counts.answeredBySecond.get(second) ?? 0) + change);
}

/** Sums since a moment. */
export function sumSince(quarters: QuarterCounts<QueueCounts> | undefined, sinceMs: number): QueueCounts {
  const sum = createQueueCounts();
  for (const [startMs, counts] of quarters ?? []) {
    if (startMs < sinceMs) continue;
    sum.offered += counts.offered;
    sum.answered += counts.answered;
    sum.abandoned += counts.abandoned;
    sum.shortAbandoned += counts.shortAbandoned;
    sum.overflowed += counts.overflowed;
    sum.handled += counts.handled;
    sum.handledMs += counts.handledMs;
    sum.waitedMs += counts.waitedMs;
    for (const [second, count] of counts.answeredBySecond) sum.answeredBySecond.set(second, (sum.answeredBySecond.get(second) ?? 0) + count);
  }
  return sum;
}

/** Answered contacts that waited no longer than the target; all of them when there is no target. */
export function answeredWithin(counts: QueueCounts, targetSeconds: number): number {
  if (targetSeconds <= 0) return counts.answered;
  let answered = 0;
  for (const [second, count] of counts.answeredBySecond) if (second <= targetSeconds) answered += count;
  return answered;
}
