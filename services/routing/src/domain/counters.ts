/** Counts of one queue over a quarter of an hour. */
export interface QueueCounts {
  offered: number;
  /** Sum of the priorities with which they came, seconds. */
  prioritySeconds: number;
  /** Call-backs taken on. */
  callBacks: number;
  /** Call-backs that agents accepted. */
  calledBack: number;
  answered: number;
  abandoned: number;
  shortAbandoned: number;
  /** Sent on to another queue or out. */
  overflowed: number;
  /** Assignments closed, by the time of closing. */
  handled: number;
  /** Sum of their times with an agent and in wrap-up. */
  handledMs: number;
  /** Sum of their squares: tells how far they spread. */
  handledSquaredMs: number;
  /** Sum of the waits of answered contacts. */
  waitedMs: number;
  /** Answered contacts by whole seconds waited, so that any target can be counted afterwards. */
  answeredBySecond: Map<number, number>;
  /** Abandoned contacts in the same way. */
  abandonedBySecond: Map<number, number>;
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
  return { offered: 0, prioritySeconds: 0, callBacks: 0, calledBack: 0, answered: 0, abandoned: 0, shortAbandoned: 0, overflowed: 0, handled: 0, handledMs: 0, handledSquaredMs: 0, waitedMs: 0, answeredBySecond: new Map(), abandonedBySecond: new Map() };
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
  counts.answered += change;
  counts.waitedMs += change * waitedMs;
  addTo(counts.answeredBySecond, secondOf(waitedMs), change);
}

export function countAbandon(counts: QueueCounts, waitedMs: number, isShort: boolean): void {
  counts.abandoned += 1;
  counts.shortAbandoned += isShort ? 1 : 0;
  addTo(counts.abandonedBySecond, secondOf(waitedMs), 1);
}

function secondOf(waitedMs: number): number {
  return Math.min(longestSecond, Math.max(0, Math.ceil(waitedMs / 1_000)));
}

function addTo(bySecond: Map<number, number>, second: number, change: number): void {
  bySecond.set(second, (bySecond.get(second) ?? 0) + change);
}

/** Sums since a moment. */
export function sumSince(quarters: QuarterCounts<QueueCounts> | undefined, sinceMs: number): QueueCounts {
  const sum = createQueueCounts();
  for (const [startMs, counts] of quarters ?? []) {
    if (startMs < sinceMs) continue;
    sum.offered += counts.offered;
    sum.callBacks += counts.callBacks;
    sum.calledBack += counts.calledBack;
    sum.prioritySeconds += counts.prioritySeconds;
    sum.answered += counts.answered;
    sum.abandoned += counts.abandoned;
    sum.shortAbandoned += counts.shortAbandoned;
    sum.overflowed += counts.overflowed;
    sum.handled += counts.handled;
    sum.handledMs += counts.handledMs;
    sum.handledSquaredMs += counts.handledSquaredMs;
    sum.waitedMs += counts.waitedMs;
    for (const [second, count] of counts.answeredBySecond) addTo(sum.answeredBySecond, second, count);
    for (const [second, count] of counts.abandonedBySecond) addTo(sum.abandonedBySecond, second, count);
  }
  return sum;
}
