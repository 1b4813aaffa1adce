import { describe, expect, test } from '@jest/globals';
import { erlangA } from './erlang-a.ts';
import { erlangB, linesForBlocking, loadForBlocking } from './erlang-b.ts';
import { erlangC, waitProbability } from './erlang-c.ts';
import { integratePeak } from './quadrature.ts';
import { agentsForServiceLevel, squareRootAgents, waitProbabilityForBeta } from './staffing.ts';

/** Holds a figure against printed digits: off by half a unit of the last one at most. */
function expectDigits(actual: number, printed: string): void {
  const decimals = printed.split('.')[1]?.length ?? 0;
  expect({ printed, off: Math.abs(actual - Number(printed)) <= 0.5000001 * 10 ** -decimals ? 0 : actual }).toEqual({ printed, off: 0 });
}

type Row = [arrivalsPerHour: number, handlingSeconds: number, agents: number, seconds: number, ...string[]];

// P(wait), SL, ASA, occupancy.
const patientRows: Row[] = [
  [200, 180, 14, 20, '0.1741319336', '0.8883500192', '7.835937012', '0.7142857'],
  [200, 180, 11, 20, '0.6821182047', '0.3896138117', '122.7812768', '0.9090909'],
  [200, 180, 12, 20, '0.4493882243', '0.6401580404', '40.44494019', '0.8333333'],
  [200, 180, 13, 20, '0.2852704530', '0.7955947884', '17.11622718', '0.7692308'],
  [720, 240, 55, 15, '0.2387009364', '0.8458830922', '8.184032104', '0.8727273'],
  [2880, 60, 50, 20, '0.6944556112', '0.6434546008', '20.83366834', '0.9600000'],
  [60, 300, 7, 20, '0.3241499492', '0.7163126131', '48.62249238', '0.7142857'],
  [60, 300, 8, 20, '0.1672665067', '0.8630537670', '16.72665067', '0.6250000'],
  [200, 360, 25, 20, '0.2091028266', '0.8416119006', '15.05540352', '0.8000000'],
  [30, 240, 4, 20, '0.1739130435', '0.8527857870', '20.86956522', '0.5000000'],
  [600, 240, 45, 20, '0.3407061108', '0.7753926888', '16.35389332', '0.8888889'],
  [2000, 240, 140, 20, '0.4593596909', '0.7364408060', '16.53694887', '0.9523810'],
  [10_000, 300, 850, 20, '0.4531404274', '0.8508293488', '8.156527693', '0.9803922'],
];

const blockingRows: [load: number, lines: number, printed: string][] = [
  [8.108, 15, '0.0099996319'],
  [4.461, 10, '0.0099977867'],
  [12.031, 20, '0.0100025918'],
  [20.337, 30, '0.0099986139'],
  [37.901, 50, '0.0099986895'],
  [84.064, 100, '0.009999683'],
  [180, 200, '0.0103249952'],
  [480, 500, '0.0143257807'],
  [5, 10, '0.0183845703'],
  [1, 2, '0.2000000000'],
];

// Patience, then P(wait), SL, E[W], occupancy, P(abandon).
const impatientRows: [row: Row, patienceSeconds: number][] = [
  [[2880, 60, 50, 20, '0.467774069', '0.943018955', '3.709470', '0.930324', '0.0309122492'], 120],
  [[1200, 300, 100, 20, '0.513298798', '0.726495069', '11.958299', '0.960139', '0.0398609968'], 300],
  [[1800, 300, 100, 20, '0.999994075', '0.000139142', '100.00003', '1.000000', '0.333333442'], 300],
  [[200, 180, 14, 20, '0.135535577', '0.925559792', '3.364869', '0.700933', '0.0186937153'], 180],
  [[200, 180, 11, 20, '0.326788600', '0.796522711', '6.706825', '0.807472', '0.111780420'], 60],
  [[200, 180, 10, 20, '0.496852748', '0.639941307', '16.495659', '0.862536', '0.137463826'], 120],
  // λ = 102, μ = θ = 1 in units of one second.
  [[367_200, 1, 100, 0.1, '0.591718635', '0.758777298', '0.049917976', '0.969084', '0.0499179760'], 1],
];

describe('Erlang C', () => {
  test.each(patientRows)('%d an hour, %d s, %d agents, target %d s', (arrivalsPerHour, handlingSeconds, agents, seconds, waits = '', level = '', asa = '', occupancy = '') => {
    const state = erlangC({ arrivalsPerHour, handlingSeconds, agents });
    expectDigits(state.waitProbability, waits);
    expectDigits(state.serviceLevel(seconds), level);
    expectDigits(state.answeredWaitSeconds, asa);
    expectDigits(state.occupancy, occupancy);
    expect(state.queueLength).toBeCloseTo((arrivalsPerHour / 3_600) * state.meanWaitSeconds, 10);
  });

  test('one erlang on two agents: a third waits, a third of the handling time', () => {
    const state = erlangC({ arrivalsPerHour: 12, handlingSeconds: 300, agents: 2 });
    expect(state.waitProbability).toBeCloseTo(1 / 3, 14);
    expect(state.answeredWaitSeconds).toBeCloseTo(100, 11);
    expect(state.occupancy).toBe(0.5);
  });

  test('nine of ten wait no longer than the 90th percentile', () => {
    const state = erlangC({ arrivalsPerHour: 2880, handlingSeconds: 60, agents: 50 });
    expectDigits(state.waitPercentileSeconds(0.9), '58.138742');
    expect(state.serviceLevel(state.waitPercentileSeconds(0.9))).toBeCloseTo(0.9, 12);
    expect(erlangC({ arrivalsPerHour: 60, handlingSeconds: 300, agents: 8 }).waitPercentileSeconds(0.5)).toBe(0);
  });

  test('as many erlangs as agents: everybody waits for ever', () => {
    const state = erlangC({ arrivalsPerHour: 12, handlingSeconds: 300, agents: 1 });
    expect(state).toMatchObject({ waitProbability: 1, answeredWaitSeconds: Infinity, queueLength: Infinity, occupancy: 1 });
    expect(state.serviceLevel(20)).toBe(0);
  });

  test('nobody comes: nobody waits', () => {
    const state = erlangC({ arrivalsPerHour: 0, handlingSeconds: 300, agents: 3 });
    expect(state).toMatchObject({ waitProbability: 0, answeredWaitSeconds: 0, occupancy: 0 });
    expect(state.serviceLevel(0)).toBe(1);
  });
});

describe('Erlang B', () => {
  test.each(blockingRows)('%d erlang on %d lines', (load, lines, printed) => {
    expectDigits(erlangB(load, lines), printed);
  });

  test('the load of a blocking is what gives it', () => {
    expectDigits(loadForBlocking(0.001, 10), '3.092045');
    expectDigits(loadForBlocking(0.01, 15), '8.1080428');
    expect(erlangB(loadForBlocking(0.02, 9_000), 9_000)).toBeCloseTo(0.02, 12);
  });

  test('the fewest lines of a blocking keep it, one less does not', () => {
    for (const [load, blocking] of [[8.108, 0.01], [84, 0.001], [0.3, 0.5]] as const) {
      const lines = linesForBlocking(load, blocking);
      expect(erlangB(load, lines)).toBeLessThanOrEqual(blocking);
      expect(erlangB(load, lines - 1)).toBeGreaterThan(blocking);
    }
  });

  test('no load blocks nothing, no line blocks all', () => {
    expect([erlangB(0, 5), erlangB(3, 0), erlangB(0, 0)]).toEqual([0, 1, 1]);
  });
});

/** State probabilities of the whole chain, from nobody to far beyond the agents, in logarithms. */
function walkChain(arrival: number, serving: number, leaving: number, agents: number): number[] {
  const logs = [0];
  for (let count = 1; count <= agents + 4_000; count += 1) {
    const deaths = (Math.min(count, agents) * serving) + Math.max(0, count - agents) * leaving;
    logs.push((logs.at(-1) ?? 0) + Math.log(arrival / deaths));
  }
  const top = logs.reduce((largest, one) => Math.max(largest, one));
  const total = logs.reduce((sum, one) => sum + Math.exp(one - top), 0);
  return logs.map((one) => Math.exp(one - top) / total);
}

/**
 * Share of those who come with `ahead` before them that is answered in time. The line before a customer only shrinks, at
 * rate Nμ + iθ; his own patience ends at rate θ. Solved by uniformisation: Poisson many steps of the jump chain.
 */
function answeredInTime(ahead: number, staffRate: number, leaving: number, seconds: number): number {
  const top = staffRate + (ahead + 1) * leaving;
  const mean = top * seconds;
  let places = new Float64Array(ahead + 1);
  places[ahead] = 1;
  let [answered, weight, expected] = [0, Math.exp(-mean), 0];
  for (let step = 0; step < mean + 12 * Math.sqrt(mean) + 60; step += 1) {
    expected += weight * answered;
    weight *= mean / (step + 1);
    const next = new Float64Array(ahead + 1);
    places.forEach((share, place) => {
      const shrinks = staffRate + place * leaving;
      next[place] = (next[place] ?? 0) + share * (1 - (shrinks + leaving) / top);
      if (place === 0) answered += (share * shrinks) / top;
      else next[place - 1] = (next[place - 1] ?? 0) + (share * shrinks) / top;
    });
    places = next;
  }
  return expected;
}

describe('Erlang A', () => {
  test.each(impatientRows)('%j, patience %d s', ([arrivalsPerHour, handlingSeconds, agents, seconds, waits = '', level = '', wait = '', occupancy = '', abandons = ''], patienceSeconds) => {
    const state = erlangA({ arrivalsPerHour, handlingSeconds, agents, patienceSeconds });
    expectDigits(state.waitProbability, waits);
    expectDigits(state.serviceLevel(seconds), level);
    expectDigits(state.meanWaitSeconds, wait);
    expectDigits(state.occupancy, occupancy);
    expectDigits(state.abandonProbability, abandons);
  });

  test('the answered wait otherwise than all who ask', () => {
    const state = erlangA({ arrivalsPerHour: 2880, handlingSeconds: 60, agents: 50, patienceSeconds: 120 });
    expectDigits(state.answeredWaitSeconds, '3.6159');
    expectDigits(state.queueLength, '2.967576');
  });

  test('the four service levels of one traffic lie ten points apart', () => {
    const state = erlangA({ arrivalsPerHour: 200, handlingSeconds: 180, agents: 11, patienceSeconds: 60 });
    expectDigits(state.serviceLevel(20, 'answered_of_offered'), '0.796523');
    expectDigits(state.serviceLevel(20, 'answered_of_answered'), '0.896763');
    expectDigits(state.serviceLevel(20, 'answered_of_offered_less_short'), '0.858727');
    expectDigits(state.serviceLevel(20, 'ended_of_offered'), '0.868960');
  });

  test.each(impatientRows)('birth–death chain and integral of the offered wait agree: %j, patience %d s', ([arrivalsPerHour, handlingSeconds, agents, seconds], patienceSeconds) => {
    const [arrival, serving, leaving] = [arrivalsPerHour / 3_600, 1 / handlingSeconds, 1 / patienceSeconds];
    const state = erlangA({ arrivalsPerHour, handlingSeconds, agents, patienceSeconds });
    const chain = walkChain(arrival, serving, leaving, agents);
    const line = chain.slice(agents);
    const waits = line.reduce((sum, one) => sum + one, 0);
    const length = line.reduce((sum, one, place) => sum + place * one, 0);
    expect(state.waitProbability / waits).toBeCloseTo(1, 11);
    expect(state.queueLength / length).toBeCloseTo(1, 11);
    // The integral takes p(N−1) from the chain and must give back what the chain says of waiting and leaving.
    const density = (x: number) => arrival * (chain[agents - 1] ?? 0) * Math.exp((-arrival * Math.expm1(-leaving * x)) / leaving - agents * serving * x);
    const span = { from: 0, to: Infinity, peak: Math.max(0, Math.log(arrival / (agents * serving)) / leaving), width: 1 / (Math.sqrt(leaving * agents * serving) + Math.abs(agents * serving - arrival)) };
    expect(integratePeak(density, span) / waits).toBeCloseTo(1, 11);
    expect(integratePeak((x) => -Math.expm1(-leaving * x) * density(x), span) / state.abandonProbability).toBeCloseTo(1, 10);
    const inTime = 1 - waits + line.slice(0, 400).reduce((sum, one, ahead) => (one < 1e-13 ? sum : sum + one * answeredInTime(ahead, agents * serving, leaving, seconds)), 0);
    expect(state.serviceLevel(seconds)).toBeCloseTo(inTime, 9);
  });

  test('endless patience is Erlang C', () => {
    const traffic = { arrivalsPerHour: 200, handlingSeconds: 180, agents: 14 };
    expect(erlangA({ ...traffic, patienceSeconds: Infinity }).serviceLevel(20)).toBe(erlangC(traffic).serviceLevel(20));
    expect(erlangA({ ...traffic, patienceSeconds: 1e9 }).waitProbability).toBeCloseTo(erlangC(traffic).waitProbability, 6);
  });
});

describe('ten thousand agents', () => {
  const traffic = { arrivalsPerHour: 119_000, handlingSeconds: 300, agents: 10_000 };

  test('waiting follows the square-root law', () => {
    const beta = (10_000 - 9_900) / Math.sqrt(9_900);
    expect(waitProbability(9_900, 10_000)).toBeCloseTo(waitProbabilityForBeta(beta), 2);
    expect(erlangC(traffic).serviceLevel(20)).toBeGreaterThan(0.8);
  });

  test('people who give up keep any load in bounds', () => {
    const fluid = erlangA({ ...traffic, arrivalsPerHour: 240_000, patienceSeconds: 30_000 });
    expect(fluid.abandonProbability).toBeCloseTo(0.5, 9);
    expect(fluid.occupancy).toBeCloseTo(1, 9);
    expect(fluid.serviceLevel(20)).toBeCloseTo(0, 9);
    // Fluid limit: all who stay wait until the line thins out, ln(λ/Nμ)/θ.
    expect(fluid.answeredWaitSeconds / (30_000 * Math.LN2)).toBeCloseTo(1, 3);
  });

  test('little load leaves nobody waiting', () => {
    expect(erlangA({ ...traffic, arrivalsPerHour: 1_200, patienceSeconds: 60 })).toMatchObject({ waitProbability: 0, abandonProbability: 0 });
    expect(erlangB(100, 10_000)).toBe(0);
  });
});

describe('staffing', () => {
  test('80 in 20 of the common example takes fourteen agents', () => {
    expect(agentsForServiceLevel({ arrivalsPerHour: 200, handlingSeconds: 180 }, { seconds: 20, share: 0.8 })).toBe(14);
  });

  test.each([60, 180, Infinity])('the fewest agents reach the target, one less does not: patience %d s', (patienceSeconds) => {
    const traffic = { arrivalsPerHour: 1_500, handlingSeconds: 240, patienceSeconds };
    const agents = agentsForServiceLevel(traffic, { seconds: 20, share: 0.9 });
    expect(erlangA({ ...traffic, agents }).serviceLevel(20)).toBeGreaterThanOrEqual(0.9);
    expect(erlangA({ ...traffic, agents: agents - 1 }).serviceLevel(20)).toBeLessThan(0.9);
  });

  test('square-root staffing and what it lets wait', () => {
    expect(squareRootAgents(400, 1)).toBe(420);
    expectDigits(waitProbability(400, 420), '0.230285');
    for (const [beta, printed] of [[0.5, '0.504539'], [1, '0.223361'], [1.5, '0.084690'], [2, '0.026881']] as const) expectDigits(waitProbabilityForBeta(beta), printed);
    expect(waitProbabilityForBeta(0)).toBe(1);
  });

  test.each([
    () => erlangB(-1, 3),
    () => erlangB(1, 2.5),
    () => erlangC({ arrivalsPerHour: NaN, handlingSeconds: 1, agents: 1 }),
    () => erlangC({ arrivalsPerHour: 1, handlingSeconds: 0, agents: 1 }),
    () => erlangA({ arrivalsPerHour: 1, handlingSeconds: 1, agents: 1, patienceSeconds: 0 }),
    () => loadForBlocking(1, 3),
    () => agentsForServiceLevel({ arrivalsPerHour: 1, handlingSeconds: 1 }, { seconds: 20, share: 1 }),
  ])('a figure outside its range is named', (ask) => {
    expect(ask).toThrow(expect.objectContaining({ code: 'ERLANG_BAD_INPUT' }));
  });
});
