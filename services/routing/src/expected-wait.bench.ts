import { AgentChoice } from '@patchbay/contracts/directory/v1/resource';
import { expectedWait } from './domain/expected-wait.ts';
import { Scenario } from './domain/testing/scenario.ts';
import { createRandom, type Random } from './lab/random.ts';

interface Traffic {
  name: string;
  agents: number;
  /** Load offered, of what the agents can do. */
  load: number;
  meanHandlingMs: number;
  /** Standard deviation of handling over its mean; handling is log-normal. */
  variation: number;
  /** Share of contacts with 60 s of priority. */
  priorityShare: number;
}

const traffics: Traffic[] = [
  { name: 'small team', agents: 5, load: 0.95, meanHandlingMs: 180_000, variation: 0.8, priorityShare: 0 },
  { name: 'medium team, a fifth with priority', agents: 20, load: 0.97, meanHandlingMs: 240_000, variation: 1, priorityShare: 0.2 },
  { name: 'large team', agents: 100, load: 0.99, meanHandlingMs: 180_000, variation: 0.6, priorityShare: 0 },
  { name: 'overload', agents: 20, load: 1.1, meanHandlingMs: 180_000, variation: 0.8, priorityShare: 0 },
];

/** Contacts of a day, and days: waits of one day hang together, so that one alone says little. */
const contactCount = 3_000;
const dayCount = 20;

interface Told {
  atMs: number;
  p50Ms: number;
  p90Ms: number;
}

/** Runs the real rules on a virtual clock; gives each estimate told at arrival with the wait that came. */
function simulate(traffic: Traffic, random: Random): { told: Told; waitedMs: number }[] {
  const handling = () => random.logNormal(traffic.meanHandlingMs, traffic.variation);
  const agentIds = Array.from({ length: traffic.agents }, (_, number) => `a${String(number)}`);
  const centre = new Scenario({
    queues: { sales: { wrapUp: { mode: 1 }, choice: AgentChoice.LONGEST_IDLE } },
    agents: Object.fromEntries(agentIds.map((id) => [id, { queues: ['sales'], capacity: { voice: 1 } }])),
    rules: { leaseMs: 1e12 },
  });
  centre.ready(...agentIds);
  const estimates = new Map<string, Told>();
  const results: { told: Told; waitedMs: number }[] = [];
  const ends: { atMs: number; contactId: string }[] = [];
  const acceptAll = () => {
    for (const { contactId } of [...centre.state.offers.values()]) {
      centre.accept(contactId);
      ends.push({ atMs: centre.nowMs + handling(), contactId });
      ends.sort((left, right) => right.atMs - left.atMs);
      const told = estimates.get(contactId);
      if (told !== undefined) results.push({ told, waitedMs: centre.nowMs - told.atMs });
    }
  };
  const meanGapMs = traffic.meanHandlingMs / traffic.agents / traffic.load;
  let nextMs = centre.nowMs + random.exponential(meanGapMs);
  for (let number = 0; number < contactCount; ) {
    const end = ends.at(-1);
    const arrives = end === undefined || nextMs < end.atMs;
    centre.advance(Math.max(0, Math.round((arrives ? nextMs : end.atMs) - centre.nowMs)));
    if (arrives) {
      const contactId = `c${String((number += 1))}`;
      centre.request(contactId, { priority: random.uniform() < traffic.priorityShare ? 60 : 0 });
      const request = centre.state.requests.get(`${contactId}-r`);
      const interval = request === undefined || request.offers.size > 0 ? undefined : expectedWait(centre.state, 'sales', centre.nowMs, request);
      if (interval !== undefined) estimates.set(contactId, { atMs: centre.nowMs, ...interval });
      nextMs = centre.nowMs + random.exponential(meanGapMs);
    } else {
      ends.pop();
      centre.end(end.contactId);
    }
    acceptAll();
  }
  return results;
}

/** Loss of a quantile forecast: what is waited beyond it weighs by the quantile, what falls short by the rest. */
const pinball = (quantile: number, forecastMs: number, waitedMs: number) => (waitedMs > forecastMs ? quantile * (waitedMs - forecastMs) : (1 - quantile) * (forecastMs - waitedMs));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const round = (value: number) => Number(value.toFixed(2));

/** How good the estimate is that is told to those who wait: share of waits within P50 and P90 (aims 50 and 90 ± 5 %), and loss. */
export function bench(emit: (row: Record<string, unknown>) => void): void {
  for (const traffic of traffics) {
    const results = Array.from({ length: dayCount }, (_, day) => simulate(traffic, createRandom(day + 1))).flat();
    const within = (quantile: 'p50Ms' | 'p90Ms') => round(100 * mean(results.map(({ told, waitedMs }) => Number(waitedMs <= told[quantile]))));
    emit({
      measure: 'expected wait told at arrival against the wait that came',
      ...traffic,
      days: dayCount,
      estimates: results.length,
      meanWaitSeconds: round(mean(results.map(({ waitedMs }) => waitedMs)) / 1_000),
      withinP50Pct: within('p50Ms'),
      withinP90Pct: within('p90Ms'),
      pinballP50Seconds: round(mean(results.map(({ told, waitedMs }) => pinball(0.5, told.p50Ms, waitedMs))) / 1_000),
      pinballP90Seconds: round(mean(results.map(({ told, waitedMs }) => pinball(0.9, told.p90Ms, waitedMs))) / 1_000),
    });
  }
}
