import { describe, expect, test } from '@jest/globals';
import { Agent, Queue, Resource, WrapUp, WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import { createFixedDirectory } from './fixed-directory.ts';
import { createRandom } from './random.ts';
import { toReport } from './report.ts';
import { runLab } from './run-lab.ts';
import { drawWorkload, type AgentPlan, type Scenario, type Traffic } from './scenario.ts';
import { compareWithTheory, gateStartMs, type TheoryRow } from './testing/erlang-gate.ts';
import { theoryRows } from './testing/theory-rows.ts';

const minute = 60_000;
const hour = 60 * minute;
const at = (hours: number) => gateStartMs + hours * hour;

const queueOf = (name: string, fields: Partial<Queue> = {}) =>
  Resource.fromPartial({ kind: 'Queue', name, spec: { $case: 'queue', value: Queue.fromPartial({ wrapUp: { mode: WrapUpMode.NONE }, ...fields }) } });
const agentOf = (name: string, queues: string[]) =>
  Resource.fromPartial({ kind: 'Agent', name, spec: { $case: 'agent', value: Agent.fromPartial({ queues, capacity: { voice: 1 } }) } });

const sales: Traffic = {
  queue: 'sales',
  channel: 'voice',
  rates: [{ fromMs: at(0), toMs: at(4), perHour: 60 }],
  talk: { kind: 'logNormal', meanMs: 3 * minute, variation: 0.9 },
  patience: { kind: 'exponential', meanMs: 2 * minute },
};
const shift = (agentId: string, from: number, to: number, ...breaks: [number, number][]): AgentPlan => ({
  agentId,
  shifts: [{ fromMs: at(from), toMs: at(to), breaks: breaks.map(([start, end]) => ({ fromMs: at(start), toMs: at(end) })) }],
});

function run(scenario: Partial<Scenario>, resources: Resource[], hours = 4) {
  const workload = drawWorkload({ seed: 7, traffic: [sales], agents: [], ...scenario });
  const outcome = runLab({ directory: createFixedDirectory(resources), workload, startMs: at(0), measureToMs: at(hours), intervalMs: hour, isLogged: true });
  return { report: toReport(outcome.meter), log: outcome.log, workload };
}

const four = ['ann', 'bo', 'cy', 'di'];
const resources = [queueOf('sales'), ...four.map((name) => agentOf(name, ['sales']))];
const allDay = four.map((name) => shift(name, 0, 4));

describe('the simulator against theory', () => {
  // One of two agents, one of a dozen, one whose customers give up: the others are in `npm run bench -- simulator`.
  const shown = theoryRows.filter(({ agents, patienceSeconds }) => agents === 2 || (agents === 11 && patienceSeconds === 60) || (agents === 14 && patienceSeconds === Infinity));
  test.each(shown)('agents $agents, $arrivalsPerHour an hour, $handlingSeconds s, patience $patienceSeconds s: every figure in its 99 %% interval', (row) => {
    const compared = compareWithTheory(row, { replications: 200, contacts: 60, seed: 3 });
    expect(compared.filter(({ isInside }) => !isInside)).toEqual([]);
    // An interval as wide as the figure would hold anything.
    const [, inTarget] = compared;
    expect(inTarget?.halfWidth).toBeLessThan(0.1);
  });

  test('longer calls than the row has fall outside its interval', () => {
    const row: TheoryRow = { arrivalsPerHour: 60, handlingSeconds: 300, agents: 8, patienceSeconds: Infinity, seconds: 20 };
    const options = { replications: 60, contacts: 60, seed: 3 };
    const [right, wrong] = [row, { ...row, handlingSeconds: 360 }].map((one) => compareWithTheory(one, options).find(({ figure }) => figure === 'occupancy')!);
    expect(right!.isInside).toBe(true);
    expect(wrong!.simulated - right!.theory).toBeGreaterThan(right!.halfWidth);
  });
});

describe('a simulated day', () => {
  test('the same seed writes the same facts, another seed others', () => {
    const first = run({ agents: allDay }, resources).log;
    expect(first?.count).toBeGreaterThan(1_000);
    expect(run({ agents: allDay }, resources).log).toEqual(first);
    expect(run({ agents: allDay, seed: 8 }, resources).log).not.toEqual(first);
  });

  test('everybody who asks is answered, gives up or leaves otherwise', () => {
    const { report, workload } = run({ agents: allDay }, resources);
    const { offered, answered, abandoned, otherwise, serviceLevels, asaMs, waitPercentilesMs } = report.total;
    expect(offered + otherwise).toBe(workload.contacts.length);
    expect(answered + abandoned).toBe(offered);
    expect(abandoned).toBeGreaterThan(0);
    expect(Object.keys(serviceLevels)).toEqual(['answered_of_offered', 'answered_of_answered', 'answered_of_offered_less_short', 'ended_of_offered']);
    expect(serviceLevels.answered_of_answered).toBeGreaterThan(serviceLevels.answered_of_offered ?? 1);
    expect(asaMs).toBeGreaterThan(0);
    expect(waitPercentilesMs.map(({ pct }) => pct)).toEqual([50, 90, 95, 99]);
    expect(report.occupancy).toBeGreaterThan(0.5);
    expect(report.staffedMs).toBe(4 * 4 * hour);
    expect(report.intervals.map(({ startMs }) => startMs)).toEqual([0, 1, 2, 3].map(at));
  });

  test('contacts come by the profile of the hour', () => {
    const rates = [40, 0, 120, 60].map((perHour, index) => ({ fromMs: at(index), toMs: at(index + 1), perHour }));
    const { report } = run({ traffic: [{ ...sales, rates }], agents: allDay }, resources);
    const offered = [0, 1, 2, 3].map((index) => report.intervals.find(({ startMs }) => startMs === at(index))?.queues[0]?.figures.offered ?? 0);
    expect(offered[1]).toBe(0);
    expect(offered[2]).toBeGreaterThan(90);
    expect(offered[2]).toBeLessThan(155);
    expect(offered[0]).toBeLessThan(60);
  });

  test('nobody is answered in the break of the only agent', () => {
    const { report } = run({ agents: [shift('ann', 0, 4, [1, 2])] }, resources);
    const [, rest] = report.intervals;
    // A contact that was in hand is finished first: no more than one answered, and staffed no longer than it lasts.
    const patient = rest?.queues[0]?.figures;
    expect(patient?.answered ?? 0).toBeLessThan((patient?.offered ?? 0) / 4);
    expect(report.staffedMs).toBeLessThan(3 * hour + 30 * minute);
  });

  test('who goes home finishes what is in hand', () => {
    const { report } = run({ agents: [shift('ann', 0, 1)], traffic: [{ ...sales, talk: { kind: 'fixed', meanMs: 20 * minute }, patience: undefined }] }, resources);
    expect(report.total.answered).toBeGreaterThanOrEqual(3);
    expect(report.total.answered).toBeLessThanOrEqual(4);
    expect(report.staffedMs).toBeGreaterThan(hour);
    expect(report.staffedMs).toBeLessThan(hour + 21 * minute);
  });

  test('wrap-up keeps the agent as long as it takes, or as the queue allows', () => {
    const timed = [queueOf('sales', { wrapUp: WrapUp.fromPartial({ mode: WrapUpMode.OPTIONAL, limitSeconds: 60 }) }), ...resources.slice(1)];
    const wrapUp = (minutes: number): Traffic => ({ ...sales, talk: { kind: 'fixed', meanMs: minute }, wrapUp: { kind: 'fixed', meanMs: minutes * minute } });
    const occupancy = (minutes: number) => run({ agents: allDay, traffic: [wrapUp(minutes)] }, timed).report.occupancy ?? 0;
    expect(occupancy(0.5)).toBeGreaterThan(occupancy(0.1) * 1.2);
    expect(occupancy(9)).toBeCloseTo(occupancy(1), 12);
  });

  test('queues are told apart', () => {
    const service: Traffic = { ...sales, queue: 'service', patience: { kind: 'fixed', meanMs: 1_000 } };
    const { report } = run({ traffic: [sales, service], agents: allDay }, [...resources, queueOf('service')]);
    const [ofSales, ofService] = report.queues;
    expect([ofSales?.queue, ofService?.queue]).toEqual(['sales', 'service']);
    // Nobody serves the other queue: all leave.
    expect(ofService?.figures).toMatchObject({ answered: 0, abandonRate: 1, asaMs: undefined });
    expect(ofSales?.figures.answered).toBeGreaterThan(100);
  });
});

describe('drawn lengths', () => {
  const moments = (draw: () => number) => {
    const all = Array.from({ length: 100_000 }, draw);
    const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
    return { mean, variation: Math.sqrt(all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / all.length) / mean };
  };

  test('log-normal and exponential have the mean and variation asked for', () => {
    const random = createRandom(11);
    const logNormal = moments(() => random.logNormal(180, 0.8));
    expect(Math.abs(logNormal.mean / 180 - 1)).toBeLessThan(0.02);
    expect(Math.abs(logNormal.variation / 0.8 - 1)).toBeLessThan(0.05);
    const exponential = moments(() => random.exponential(60));
    expect(Math.abs(exponential.mean / 60 - 1)).toBeLessThan(0.02);
    expect(Math.abs(exponential.variation - 1)).toBeLessThan(0.02);
  });

  test('what one figure draws does not move another', () => {
    const random = createRandom(5);
    const [first, second] = [random.fork('talk'), random.fork('patience')];
    const before = createRandom(5).fork('patience').uniform();
    first.uniform();
    expect(second.uniform()).toBe(before);
    expect(createRandom(5).fork('talk').uniform()).not.toBe(before);
  });
});
