import { describe, expect, test } from '@jest/globals';
import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
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

  test('a queue that a team lead paused is paused again, one from before the span that holds, too', async () => {
    const lead = { actor: 'user:lead', reason: 'x' };
    const paused = (queue: string, timeMs: number) => ({ type: 'patchbay.queue.v1.QueuePaused', domain: 'queue', key: queue, timeMs, event: { queue, ...lead, epoch: 1n } });
    const facts = record();
    const withActs = (...acts: object[]) => [...facts, ...(acts as typeof facts)].sort((left, right) => left.timeMs - right.timeMs);
    const resumed = { type: 'patchbay.queue.v1.QueueResumed', domain: 'queue', key: 'sales', timeMs: at(4), event: { queue: 'sales', actor: 'user:lead', epoch: 1n } };
    const plain = await runWhatIf(ask, facts, everyQueue);
    expect(plain.replayed).toEqual({ queuePauses: 0, skillChanges: 0, surges: 0, evacuatedAgents: 0 });

    const hour = await runWhatIf(ask, withActs(paused('sales', at(3)), resumed), everyQueue);
    expect(hour.replayed.queuePauses).toBe(1);
    const [plainAbandons, hourAbandons] = [plain, hour].map(({ current }) => current.queues.find(({ queue }) => queue === 'sales')?.figures.abandoned ?? 0);
    expect(hourAbandons).toBeGreaterThan((plainAbandons ?? 0) + 5);

    // Paused before the warm-up, and never resumed: nobody of the queue is answered.
    const all = await runWhatIf({ ...ask, warmUpMs: 0 }, withActs(paused('sales', at(0.5))), everyQueue);
    expect(all.current.queues.find(({ queue }) => queue === 'sales')?.figures.answered).toBe(0);
    expect((await runWhatIf(ask, withActs(paused('sales', at(3))), (queue) => queue === 'service')).replayed.queuePauses).toBe(0);
  });

  test('skills for now, surges by hand and evacuations are done again; what began or ended by itself is left to the run', () => {
    const recording = new Recording({ fromMs: at(1), toMs: at(6) });
    const take = (type: string, timeMs: number, event: object) => recording.take({ type, key: '', timeMs, event } as unknown as Parameters<Recording['take']>[0]);
    const override = (agentId: string) => ({ agentId, skills: [{ skill: 'cards', level: 70 }], until: new Date(at(5)), actor: 'user:lead', reason: 'x' });
    take('patchbay.agent.v1.AgentSkillsOverridden', at(0.2), override('ann'));
    take('patchbay.agent.v1.AgentSkillsOverridden', at(0.3), override('bo'));
    take('patchbay.agent.v1.AgentSkillsRestored', at(0.5), { agentId: 'bo', actor: '' });
    take('patchbay.routing.v1.SurgeStarted', at(2), { plan: 'rush', reason: 'manual', by: 'user:lead', note: 'rain' });
    take('patchbay.routing.v1.SurgeEnded', at(3), { plan: 'rush', reason: 'manual', by: 'user:lead', note: 'dry' });
    take('patchbay.routing.v1.SurgeStarted', at(3.5), { plan: 'auto', reason: 'waiting', by: '', note: '' });
    take('patchbay.agent.v1.AgentStateChanged', at(4), { agentId: 'ann', state: AgentState.NOT_READY, reason: 'emergency', by: ChangedBy.SYSTEM, pendingState: AgentState.UNSPECIFIED, pendingReason: '' });
    take('patchbay.routing.v1.ContactOverflowed', at(4), { requestId: 'r', reason: 'evacuated' });
    const { inputs = [], acts } = recording.toWorkload(1);
    expect(inputs.map(({ atMs, input }) => [atMs, input.kind])).toEqual([
      [at(1), 'OverrideSkills'],
      [at(2), 'StartSurge'],
      [at(3), 'StopSurge'],
      [at(4), 'MoveStranded'],
    ]);
    expect(acts.at(-1)).toMatchObject({ agentId: 'ann', act: { kind: 'state', reason: 'emergency' } });
    expect(recording.replayed).toEqual({ queuePauses: 0, skillChanges: 1, surges: 1, evacuatedAgents: 1 });
  });
});
