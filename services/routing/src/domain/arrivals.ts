const minuteMs = 60_000;
const keptMinutes = 10;

/** Contacts that came, by minute; of the last ten. */
export type Arrivals = Map<number, number>;

export function countArrival(arrivals: Map<string, Arrivals>, queue: string, timeMs: number): void {
  const ofQueue = arrivals.get(queue) ?? new Map<number, number>();
  const minute = Math.floor(timeMs / minuteMs);
  ofQueue.set(minute, (ofQueue.get(minute) ?? 0) + 1);
  for (const one of ofQueue.keys()) if (one <= minute - keptMinutes) ofQueue.delete(one);
  arrivals.set(queue, ofQueue);
}

/** Contacts that came within ten minutes, the minute that runs included. */
export function arrivalsOf(arrivals: ReadonlyMap<string, Arrivals>, queue: string, nowMs: number): number {
  const first = Math.floor(nowMs / minuteMs) - keptMinutes;
  let sum = 0;
  for (const [minute, count] of arrivals.get(queue) ?? []) if (minute > first) sum += count;
  return sum;
}
