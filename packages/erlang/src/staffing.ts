import { erlangA } from './erlang-a.ts';
import { erlangError } from './errors.ts';
import type { ServiceLevelVariant } from './service-level.ts';
import { offeredLoad, requireRange, type Traffic } from './traffic.ts';

/** Largest number of agents that is tried. */
const mostAgents = 100_000;

/** What the agents are to reach. */
export interface StaffingTarget {
  /** Target of the service level, seconds, 0 or more. */
  readonly seconds: number;
  /** Share within it, above 0 and below 1. */
  readonly share: number;
  /** By default answered within the target over all offered. */
  readonly variant?: ServiceLevelVariant;
}

/**
 * The fewest agents whose service level reaches the target; more agents never make it worse, so halving finds them.
 * @param traffic with `patienceSeconds` by Erlang A, without it by Erlang C
 * @returns 1 or more
 * @throws ERLANG_BAD_INPUT, ERLANG_OUT_OF_REACH above 100,000 agents
 */
export function agentsForServiceLevel(traffic: Traffic & { readonly patienceSeconds?: number }, { seconds, share, variant }: StaffingTarget): number {
  requireRange('share', share, share > 0 && share < 1);
  const patienceSeconds = traffic.patienceSeconds ?? Infinity;
  const isEnough = (agents: number) => erlangA({ ...traffic, patienceSeconds, agents }).serviceLevel(seconds, variant) >= share;
  let [low, high] = [0, Math.max(1, Math.ceil(offeredLoad(traffic)))];
  while (!isEnough(high)) {
    if (high >= mostAgents) throw erlangError('ERLANG_OUT_OF_REACH', { details: { agents: String(mostAgents) } });
    [low, high] = [high, Math.min(mostAgents, high * 2)];
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Square-root staffing: N = ⌈a + β√a⌉.
 * @param load erlang, 0 or more
 * @param beta grade of service β; 0.5 saves agents, 2 hardly lets anybody wait
 * @throws ERLANG_BAD_INPUT
 */
export function squareRootAgents(load: number, beta: number): number {
  requireRange('load', load, load >= 0 && load < Infinity);
  requireRange('beta', beta, Number.isFinite(beta));
  return Math.max(1, Math.ceil(load + beta * Math.sqrt(load)));
}

/** Φ(x)/φ(x) for x ≥ 0: √(2π)/2·e^(x²/2) + x + x³/3 + x⁵/15 + … (Abramowitz and Stegun 26.2.11). */
function distributionOverDensity(x: number): number {
  let [term, sum] = [x, x];
  for (let odd = 3; term > 1e-17 * sum; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return sum + Math.sqrt(Math.PI / 2) * Math.exp((x * x) / 2);
}

/**
 * Probability of waiting that square-root staffing gives when there are many agents: C ≈ 1 / (1 + β·Φ(β)/φ(β)).
 * Source: S. Halfin, W. Whitt, "Heavy-Traffic Limits for Queues with Many Exponential Servers", 1981.
 * @param beta β; 0 and below means that everybody waits
 * @returns 0 to 1
 * @throws ERLANG_BAD_INPUT
 */
export function waitProbabilityForBeta(beta: number): number {
  requireRange('beta', beta, Number.isFinite(beta));
  return beta <= 0 ? 1 : 1 / (1 + beta * distributionOverDensity(beta));
}
