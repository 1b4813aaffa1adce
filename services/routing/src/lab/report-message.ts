import type { LabFigures, LabQueue, LabReport as LabReportMessage } from '@patchbay/contracts/routing/v1/routing_lab_service';
import type { LabReport, QueueReport } from './report.ts';

const pct = (share: number | undefined) => (share === undefined ? undefined : share * 100);
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000);

function toFigures({ offered, answered, abandoned, otherwise, serviceLevels, asaMs, abandonRate, waitPercentilesMs }: QueueReport): LabFigures {
  const wait = (wanted: number) => seconds(waitPercentilesMs.find((one) => one.pct === wanted)?.ms);
  return {
    offered: BigInt(offered),
    answered: BigInt(answered),
    abandoned: BigInt(abandoned),
    otherwise: BigInt(otherwise),
    answeredOfOfferedPct: pct(serviceLevels.answered_of_offered),
    answeredOfAnsweredPct: pct(serviceLevels.answered_of_answered),
    answeredOfOfferedLessShortPct: pct(serviceLevels.answered_of_offered_less_short),
    endedOfOfferedPct: pct(serviceLevels.ended_of_offered),
    asaSeconds: seconds(asaMs),
    abandonPct: pct(abandonRate),
    waitP50Seconds: wait(50),
    waitP90Seconds: wait(90),
    waitP95Seconds: wait(95),
    waitP99Seconds: wait(99),
  };
}

const toQueues = (queues: LabReport['queues']): LabQueue[] => queues.map(({ queue, figures }) => ({ queue, figures: toFigures(figures) }));

/** A report as callers get it. */
export function toReportMessage({ total, queues, intervals, occupancy, staffedMs }: LabReport): LabReportMessage {
  return {
    total: toFigures(total),
    queues: toQueues(queues),
    intervals: intervals.map((one) => ({ start: new Date(one.startMs), queues: toQueues(one.queues), occupancyPct: pct(one.occupancy) })),
    occupancyPct: pct(occupancy),
    staffedMs: BigInt(Math.round(staffedMs)),
  };
}
