/** Value below which the share of the numbers lies, to a tenth; the numbers rise. */
export function percentile(sorted: readonly number[], share: number): number {
  return tenth(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

/** Rounded to a tenth. */
export const tenth = (value: number): number => Math.round(value * 10) / 10;

/** Rounded to a hundredth, for ratios. */
export const hundredth = (value: number): number => Math.round(value * 100) / 100;

/** What so many pieces of work cost: wall time, and CPU time of this process. */
export interface Cost {
  perSecond: number;
  /** User and system time of this process, microseconds a piece. */
  cpuUs: number;
}

/** Does the work one after the other, or with so many in flight. */
export async function costOf(count: number, work: (index: number) => Promise<unknown>, inFlight = 1): Promise<Cost> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let index = next; index < count; index = next) {
        next += 1;
        await work(index);
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: Math.round(count / seconds), cpuUs: Math.round((user + system) / count) };
}
