import { Agent, Queue, Resource, WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import { erlangA, type ImpatientTraffic } from '@patchbay/erlang/erlang-a';
import { createFixedDirectory } from '../fixed-directory.ts';
import { mergeTallies } from '../meter.ts';
import { createRandom, type Random } from '../random.ts';
import { runLab } from '../run-lab.ts';
import { drawContacts, planActs, type Duration, type Traffic } from '../scenario.ts';
import type { LabContact } from '../workload.ts';

/** A row of theory: traffic, agents, patience (infinite for Erlang C), and the target of its service level, seconds. */
export type TheoryRow = ImpatientTraffic & { readonly seconds: number };

/** One figure, by theory and by simulation. */
export interface Comparison {
  readonly figure: string;
  readonly theory: number;
  readonly simulated: number;
  /** Half the width of the interval. */
  readonly halfWidth: number;
  readonly isInside: boolean;
}

export const gateStartMs = Date.parse('2026-03-02T10:00:00+08:00');

/** Queue `line` with its agents, as resources. */
export function lineResources(agents: number): Resource[] {
  const queue = Queue.fromPartial({ wrapUp: { mode: WrapUpMode.NONE } });
  const resources = [Resource.fromPartial({ kind: 'Queue', name: 'line', spec: { $case: 'queue', value: queue } })];
  for (let number = 0; number < agents; number += 1) {
    const agent = Agent.fromPartial({ queues: ['line'], capacity: { voice: 1 } });
    resources.push(Resource.fromPartial({ kind: 'Agent', name: `a${String(number)}`, spec: { $case: 'agent', value: agent } }));
  }
  return resources;
}

const exponential = (seconds: number): Duration => ({ kind: 'exponential', meanMs: seconds * 1_000 });

export function lineTraffic(row: Omit<TheoryRow, 'seconds' | 'agents'>, fromMs: number, toMs: number): Traffic {
  const patience = row.patienceSeconds === Infinity ? undefined : exponential(row.patienceSeconds);
  return { queue: 'line', channel: 'voice', rates: [{ fromMs, toMs, perHour: row.arrivalsPerHour }], talk: exponential(row.handlingSeconds), patience };
}

/** All agents from the start, for ever. */
export function lineActs(agents: number) {
  return planActs(Array.from({ length: agents }, (_, number) => ({ agentId: `a${String(number)}`, shifts: [{ fromMs: gateStartMs, toMs: Infinity, breaks: [] }] })));
}

/** Cumulative distribution of the number in the system in the long run. */
function stationary({ arrivalsPerHour, handlingSeconds, agents, patienceSeconds }: TheoryRow): number[] {
  const logs = [0];
  for (let count = 1; count < agents + 2_000; count += 1) {
    const leaves = Math.min(count, agents) / handlingSeconds + Math.max(0, count - agents) / patienceSeconds;
    logs.push((logs.at(-1) ?? 0) + Math.log(arrivalsPerHour / 3_600 / leaves));
  }
  const top = logs.reduce((largest, one) => Math.max(largest, one));
  let sum = 0;
  const sums = logs.map((one) => (sum += Math.exp(one - top)));
  return sums.map((one) => one / sum);
}

/**
 * Those who are there when the clock starts, as many as in the long run: so nothing needs to warm up. What is left of an
 * exponential time is exponential again.
 */
function fillCentre(row: TheoryRow, distribution: readonly number[], random: Random): LabContact[] {
  const drawn = random.uniform();
  const count = distribution.findIndex((one) => drawn < one);
  const all = drawContacts(lineTraffic({ ...row, arrivalsPerHour: 3_600_000 }, gateStartMs, gateStartMs + 2 * count + 10_000), 'fill', Math.floor(random.uniform() * 2 ** 31));
  return all.slice(0, count).map((contact) => ({ ...contact, atMs: gateStartMs, isFilling: true }));
}

const figureNames = ['waits', 'answered in target', 'mean wait s', 'abandons', 'occupancy'] as const;

/** Sums of one replication: each figure's numerator and denominator. */
type Sums = readonly (readonly [part: number, whole: number])[];

function replicate(row: TheoryRow, spanMs: number, seed: number, distribution: readonly number[]): Sums {
  const toMs = gateStartMs + spanMs;
  const contacts = [...fillCentre(row, distribution, createRandom(seed).fork('fill')), ...drawContacts(lineTraffic(row, gateStartMs, toMs), 'c', seed)];
  const directory = createFixedDirectory(lineResources(row.agents));
  const { meter } = runLab({ directory, workload: { contacts, acts: lineActs(row.agents) }, startMs: gateStartMs, measureToMs: toMs, targetMs: () => row.seconds * 1_000, intervalMs: spanMs });
  const tally = mergeTallies(meter.cells().map((cell) => cell.tally));
  const { offered, answered, answeredInTarget, offeredWaitMs, answeredWaitsMs } = tally;
  const abandoned = offered - answered;
  const waited = abandoned + answeredWaitsMs.filter((waitMs) => waitMs > 0).length;
  const [staff] = meter.staff().values();
  return [[waited, offered], [answeredInTarget, offered], [offeredWaitMs / 1_000, offered], [abandoned, offered], [staff?.busyMs ?? 0, row.agents * spanMs]];
}

/** Student's t with 199 degrees of freedom, two-sided 99 % for all figures of a row together (Bonferroni, five). */
const quantile = 3.13;

/** Ratio of two sums over the replications with its standard error (delta method). */
function ratioOf(sums: readonly Sums[], figure: number): { ratio: number; error: number; whole: number } {
  const pairs = sums.map((one) => one[figure] ?? [0, 0]);
  const part = pairs.reduce((sum, [one]) => sum + one, 0);
  const whole = pairs.reduce((sum, [, one]) => sum + one, 0);
  const ratio = part / whole;
  const squares = pairs.reduce((sum, [one, other]) => sum + (one - ratio * other) ** 2, 0);
  return { ratio, whole, error: Math.sqrt((squares * pairs.length) / (pairs.length - 1)) / whole };
}

/**
 * Runs a row many times over and holds every figure against theory.
 * @param options.contacts of one replication, on average
 */
export function compareWithTheory(row: TheoryRow, options: { replications: number; contacts: number; seed: number }): Comparison[] {
  const spanMs = Math.round((options.contacts / row.arrivalsPerHour) * 3_600_000);
  const distribution = stationary(row);
  const sums = Array.from({ length: options.replications }, (_, index) => replicate(row, spanMs, options.seed * 100_003 + index, distribution));
  const state = erlangA(row);
  const theory = [state.waitProbability, state.serviceLevel(row.seconds), state.meanWaitSeconds, state.abandonProbability, state.occupancy];
  return figureNames.map((figure, index) => {
    const expected = theory[index] ?? 0;
    const { ratio, error, whole } = ratioOf(sums, index);
    // What is hardly ever seen, or always, has no spread in the sample: theory tells it.
    const ownError = figure === 'mean wait s' ? 0 : Math.sqrt((expected * (1 - expected)) / (figure === 'occupancy' ? sums.length : whole));
    const halfWidth = quantile * (figure === 'occupancy' && error > 0 ? error : Math.max(error, ownError)) + 1e-9;
    return { figure, theory: expected, simulated: ratio, halfWidth, isInside: Math.abs(ratio - expected) <= halfWidth };
  });
}
