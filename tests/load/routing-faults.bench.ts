import type { FaultName } from '../support/faults/fault-run.ts';
import { runFaultsApart } from '../support/faults/run-apart.ts';

const everyFault: readonly FaultName[] = [
  'kill the writer',
  'stop the writer',
  'cut the writer off',
  'kill the standby',
  'stop the standby',
  'kill a follower of the facts',
  'cut a follower off',
  'kill the leader of the facts',
  'stop the leader of the facts',
  'cut the leader off',
];

/** Contacts a second asked for, faults or not. Servers, replicas and robots share the cores; the reached rate is told. */
const perSecond = 300;

/** Every fault under load; the verdict of the separate checker at the end. */
export async function bench(emit: (row: Record<string, unknown>) => void): Promise<void> {
  const { outcomes, verdict, skipped, seconds, turnedAway, acknowledged, quietWaits } = await runFaultsApart({
    faults: everyFault,
    contactsPerSecond: perSecond,
    agents: 150,
    slotsPerAgent: 5,
    lastsMs: 6_000,
  });
  for (const { fault, nextOfferMs, wentOn, changedWriter, epochBefore } of outcomes) {
    const failOver = verdict.failOvers.find(({ fromEpoch }) => fromEpoch === String(epochBefore));
    emit({ measure: 'fault', fault, nextOfferMs, wentOn, changedWriter, ...(changedWriter && failOver !== undefined ? { failOverMs: failOver.gapMs } : {}) });
  }
  const { faults, ends, failOvers, facts } = verdict;
  emit({
    measure: 'whole run',
    ...(skipped === undefined ? {} : { skipped }),
    askedPerSecond: perSecond,
    reachedPerSecond: Math.round(acknowledged / seconds),
    secondsOfArrivals: Math.round(seconds),
    turnedAway,
    quietRequestToOfferP50Ms: quietWaits.p50,
    quietRequestToOfferP99Ms: quietWaits.p99,
    contacts: acknowledged,
    facts,
    ends,
    writers: failOvers.length + 1,
    worstFailOverMs: Math.max(0, ...failOvers.map(({ gapMs }) => gapMs)),
    faults,
  });
  if (faults.length > 0) process.exitCode = 1;
}
