import { describe, expect, test } from '@jest/globals';
import { LabDistribution, LabScenario } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { defaultRules } from '../domain/state.ts';
import { createFixedDirectory } from './fixed-directory.ts';
import { findScenarioFaults, type KnownNames } from './scenario-faults.ts';
import { runSimulation } from './simulate.ts';
import { at, centreResources, place } from './testing/recorded-day.ts';

const resources = centreResources({ sales: {} }, { ann: ['sales'], bo: ['sales'], cy: ['sales'] });
const known: KnownNames = { hasQueue: (name) => name === 'sales', hasAgent: (name) => ['ann', 'bo', 'cy'].includes(name) };

const busy = LabScenario.fromPartial({
  start: new Date(at(0)),
  minutes: 480,
  traffic: [
    {
      queue: 'sales',
      channel: 'voice',
      rates: [{ fromMinute: 0, toMinute: 240, perHour: 20 }, { fromMinute: 240, toMinute: 480, perHour: 40 }],
      talk: { distribution: LabDistribution.LOG_NORMAL, meanSeconds: 240, variation: 0.9 },
      wrapUp: { distribution: LabDistribution.EXPONENTIAL, meanSeconds: 30 },
      patience: { distribution: LabDistribution.EXPONENTIAL, meanSeconds: 120 },
    },
  ],
  shifts: [{ agents: ['ann', 'bo', 'cy'], fromMinute: 0, toMinute: 480, breaks: [{ fromMinute: 120, toMinute: 150 }] }],
});

const simulate = (scenario: LabScenario, options: { proposed?: ReturnType<typeof centreResources>; warmUpMs?: number; seed?: number } = {}) =>
  runSimulation({
    place,
    current: createFixedDirectory(resources),
    proposed: options.proposed === undefined ? undefined : createFixedDirectory(options.proposed),
    rules: defaultRules,
    scenario,
    warmUpMs: options.warmUpMs ?? 0,
    intervalMs: 3_600_000,
    seed: options.seed ?? 1,
    targetMs: () => 20_000,
  });

describe('a simulation of drawn traffic', () => {
  test('draws as many contacts as the profile says, more in the busy half', () => {
    const { current, requests } = simulate(busy);
    // 240 are expected; four standard deviations on either side.
    expect(Math.abs(requests - 240)).toBeLessThan(4 * Math.sqrt(240));
    const asked = current.intervals.map(({ queues }) => queues.reduce((sum, { figures }) => sum + figures.offered + figures.otherwise, 0));
    const sum = (counts: number[]) => counts.reduce((left, right) => left + right, 0);
    expect(sum(asked.slice(4, 8))).toBeGreaterThan(1.4 * sum(asked.slice(0, 4)));
    expect(current.total.offered).toBe(requests);
  });

  test('gives the same answer again, and another for another seed', () => {
    expect(simulate(busy)).toEqual(simulate(busy));
    expect(simulate(busy, { seed: 2 }).current).not.toEqual(simulate(busy).current);
  });

  test('runs the same customers under both policies: who is no longer served by two waits longer', () => {
    const { current, proposed } = simulate(busy, { proposed: centreResources({ sales: {}, other: {} }, { ann: ['sales'], bo: ['sales'], cy: ['other'] }) });
    expect(proposed?.total.offered).toBe(current.total.offered);
    expect(proposed?.total.abandoned).toBeGreaterThan(current.total.abandoned);
  });

  test('does not measure who asks while the centre fills', () => {
    const { current, requests } = simulate(busy, { warmUpMs: 4 * 3_600_000 });
    expect(current.total.offered).toBeLessThan(requests);
    expect(current.total.offered).toBeGreaterThan(requests / 2);
  });
});

describe('faults of a scenario', () => {
  const paths = (change: object) => findScenarioFaults(LabScenario.fromPartial({ ...busy, ...change }), known).map(({ path }) => path);
  const traffic = (change: object) => ({ traffic: [{ ...busy.traffic[0], ...change }] });
  const shift = (change: object) => ({ shifts: [{ ...busy.shifts[0], ...change }] });

  test('one that can be run has none', () => expect(paths({})).toEqual([]));

  test.each([
    ['a start that is missing', { start: undefined }, ['start']],
    ['nobody who comes', { traffic: [] }, ['traffic']],
    ['a queue and a channel that are none', traffic({ queue: 'nowhere', channel: '' }), ['traffic[0].queue', 'traffic[0].channel']],
    ['a talk that is missing', traffic({ talk: undefined }), ['traffic[0].talk']],
    ['a patience without distribution, below zero', traffic({ patience: { meanSeconds: -1 } }), ['traffic[0].patience.distribution', 'traffic[0].patience.meanSeconds']],
    ['rates that overlap', traffic({ rates: [{ fromMinute: 0, toMinute: 60, perHour: 1 }, { fromMinute: 30, toMinute: 90, perHour: 1 }] }), ['traffic[0].rates[1].fromMinute']],
    ['a rate after the end, of no number', traffic({ rates: [{ fromMinute: 0, toMinute: 481, perHour: Number.NaN }] }), ['traffic[0].rates[0].toMinute', 'traffic[0].rates[0].perHour']],
    ['more contacts than fit', traffic({ rates: [{ fromMinute: 0, toMinute: 480, perHour: 1e6 }] }), ['traffic']],
    ['an agent who is none', shift({ agents: ['ann', 'nobody'] }), ['shifts[0].agents[1]']],
    ['a shift that ends before it begins', shift({ fromMinute: 60, toMinute: 30, breaks: [] }), ['shifts[0].toMinute']],
    ['a break after the shift', shift({ toMinute: 140 }), ['shifts[0].breaks[0].toMinute']],
  ])('%s is told with its path', (_what, change, expected) => {
    expect(paths(change)).toEqual(expected);
  });
});
