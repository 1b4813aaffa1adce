import { describe, expect, test } from '@jest/globals';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { defaultRules } from '../domain/state.ts';
import { createFixedDirectory } from './fixed-directory.ts';
import { Recording } from './recording.ts';
import { toReport } from './report.ts';
import { runLab } from './run-lab.ts';
import { at, centreResources, hour, minute, narrowResources, place, record } from './testing/recorded-day.ts';
import { runWhatIf, type WhatIf } from './what-if.ts';

const centre = (...parts: Parameters<typeof centreResources>) => createFixedDirectory(centreResources(...parts));
const narrow = createFixedDirectory(narrowResources);
const pooled = centre({ sales: {}, service: {} }, { ann: ['sales', 'service'], bo: ['sales', 'service'], cy: ['sales', 'service'], di: ['sales', 'service'] });

const ask: WhatIf = { place, current: narrow, proposed: pooled, rules: defaultRules, fromMs: at(1), toMs: at(6), warmUpMs: hour, intervalMs: hour, seed: 1, targetMs: () => 20_000 };
const everyQueue = () => true;

describe('what if', () => {
  test('under the policies as they were, the recorded day comes again to the last wait', async () => {
    const outcome = await runWhatIf(ask, record(), everyQueue);
    expect(outcome.recorded.total.offered).toBeGreaterThan(150);
    expect(outcome.recorded.total.abandoned).toBeGreaterThan(3);
    expect(outcome.current).toEqual(outcome.recorded);
  });

  test('agents who serve both queues let fewer wait, with the same arrivals', async () => {
    const { recorded, proposed } = await runWhatIf(ask, record(), everyQueue);
    expect(proposed.total.offered).toBe(recorded.total.offered);
    expect(proposed.total.serviceLevels.answered_of_offered).toBeGreaterThan((recorded.total.serviceLevels.answered_of_offered ?? 1) + 0.05);
    expect(proposed.total.abandonRate).toBeLessThan(recorded.total.abandonRate ?? 0);
    expect(proposed.total.asaMs).toBeLessThan(recorded.total.asaMs ?? 0);
  });

  test('the same question twice has the same answer, and tells how far it is', async () => {
    const shares: number[] = [];
    const first = await runWhatIf({ ...ask, onProgress: (share) => shares.push(share) }, record(), everyQueue);
    expect(await runWhatIf(ask, record(), everyQueue)).toEqual(first);
    expect(shares.length).toBeGreaterThan(0);
    expect(shares).toEqual([...shares].sort((left, right) => left - right));
  });

  test('requests to queues of other routing domains are left out', async () => {
    const outcome = await runWhatIf(ask, record(), (queue) => queue === 'sales');
    expect(outcome.current.queues.map(({ queue }) => queue)).toEqual(['sales']);
  });

  test('who was there before the span is there when it begins', async () => {
    const facts = record();
    const recording = new Recording({ fromMs: at(2.25), toMs: at(6) });
    for (const fact of facts) recording.take(fact);
    const { acts } = recording.toWorkload(1);
    const first = acts.filter(({ atMs }) => atMs === at(2.25));
    const states = first.flatMap(({ agentId, act }) => (act.kind === 'state' ? [`${agentId} ${act.state === AgentState.BREAK ? 'break' : 'ready'}`] : []));
    // One agent's break began a quarter of an hour before.
    expect(states.sort()).toEqual(['ann break', 'bo ready', 'cy ready', 'di ready']);
  });

  test('an answer cuts patience off without ending it', async () => {
    const recording = new Recording({ fromMs: at(0), toMs: at(6) });
    for (const fact of record()) recording.take(fact);
    const workload = recording.toWorkload(1);
    // With hardly anybody to answer, nobody waits longer than patience lets: all give up after, not before, they were once answered.
    const alone = centre({ sales: {}, service: {} }, {});
    const { total } = toReport(runLab({ directory: alone, place, workload, startMs: at(0), measureToMs: at(6) }).meter);
    expect(total.abandoned).toBe(workload.contacts.length);
    const meanMinutes = (total.meanWaitMs ?? 0) / minute;
    // Drawn with a mean of three minutes; some 280 contacts, of whom a third or so was seen to give up.
    expect(meanMinutes).toBeGreaterThan(2);
    expect(meanMinutes).toBeLessThan(4.5);
  });
});
