import { serviceLevel, serviceLevelVariants, type ServiceLevelVariant } from '@patchbay/erlang/service-level';
import { mergeTallies, type Meter, type QueueTally, type StaffTally } from './meter.ts';

/** Figures of contacts that asked for an agent. Absent figures have nothing to count. */
export interface QueueReport {
  readonly offered: number;
  readonly answered: number;
  readonly abandoned: number;
  /** Refused, expired, sent elsewhere or withdrawn: not in `offered`. */
  readonly otherwise: number;
  /** Shares from 0 to 1 by variant; empty when nothing was offered. */
  readonly serviceLevels: Partial<Record<ServiceLevelVariant, number>>;
  /** Mean wait of the answered, ms. */
  readonly asaMs: number | undefined;
  /** Mean wait of all offered, ms. */
  readonly meanWaitMs: number | undefined;
  /** Share of the offered, 0 to 1. */
  readonly abandonRate: number | undefined;
  /** Waits of the answered that 50, 90, 95 and 99 % do not exceed, ms. */
  readonly waitPercentilesMs: readonly { readonly pct: number; readonly ms: number }[];
}

/** One interval over all queues, with the agents of that time. */
export interface IntervalReport {
  readonly startMs: number;
  readonly queues: readonly { readonly queue: string; readonly figures: QueueReport }[];
  readonly occupancy: number | undefined;
}

/** What came of a span of time, run or recorded. */
export interface LabReport {
  readonly total: QueueReport;
  readonly queues: readonly { readonly queue: string; readonly figures: QueueReport }[];
  readonly intervals: readonly IntervalReport[];
  /** Time with contacts and wrap-ups over time staffed, 0 to 1; undefined without agents. */
  readonly occupancy: number | undefined;
  readonly staffedMs: number;
}

const reportedPcts = [50, 90, 95, 99];

/** @param sorted ascending; nearest rank */
function percentiles(sorted: Float64Array): { pct: number; ms: number }[] {
  if (sorted.length === 0) return [];
  return reportedPcts.map((pct) => ({ pct, ms: sorted[Math.max(0, Math.ceil((pct / 100) * sorted.length) - 1)] ?? 0 }));
}

const share = (part: number, whole: number) => (whole > 0 ? part / whole : undefined);

function toQueueReport(tally: QueueTally): QueueReport {
  const { offered, answered, otherwise, answeredWaitsMs, offeredWaitMs } = tally;
  return {
    offered,
    answered,
    abandoned: offered - answered,
    otherwise,
    serviceLevels: offered === 0 ? {} : Object.fromEntries(serviceLevelVariants.map((variant) => [variant, serviceLevel(tally, variant)])),
    asaMs: share(answeredWaitsMs.reduce((sum, one) => sum + one, 0), answered),
    meanWaitMs: share(offeredWaitMs, offered),
    abandonRate: share(offered - answered, offered),
    waitPercentilesMs: percentiles(answeredWaitsMs),
  };
}

const occupancyOf = (staff: StaffTally | undefined) => share(staff?.busyMs ?? 0, staff?.staffedMs ?? 0);

/** Sums a meter up: in all, by queue, and by interval and queue. */
export function toReport(meter: Meter): LabReport {
  const cells = meter.cells();
  const staff = meter.staff();
  const byQueue = Map.groupBy(cells, ({ key }) => key.queue);
  const byStart = Map.groupBy(cells, ({ key }) => key.startMs);
  const starts = [...new Set([...byStart.keys(), ...staff.keys()])].sort((left, right) => left - right);
  const all = { staffedMs: 0, busyMs: 0 };
  for (const { staffedMs, busyMs } of staff.values()) {
    all.staffedMs += staffedMs;
    all.busyMs += busyMs;
  }
  return {
    total: toQueueReport(mergeTallies(cells.map(({ tally }) => tally))),
    queues: [...byQueue].sort(([left], [right]) => (left < right ? -1 : 1)).map(([queue, rows]) => ({ queue, figures: toQueueReport(mergeTallies(rows.map(({ tally }) => tally))) })),
    intervals: starts.map((startMs) => ({
      startMs,
      queues: (byStart.get(startMs) ?? []).map(({ key, tally }) => ({ queue: key.queue, figures: toQueueReport(tally) })),
      occupancy: occupancyOf(staff.get(startMs)),
    })),
    occupancy: occupancyOf(all),
    staffedMs: all.staffedMs,
  };
}
