import { inverseBlocking } from './erlang-b.ts';
import { erlangC } from './erlang-c.ts';
import { integratePeak } from './quadrature.ts';
import { serviceLevel } from './service-level.ts';
import { idleState, type SteadyState } from './steady-state.ts';
import { offeredLoad, requireCount, requireRange, type StaffedTraffic } from './traffic.ts';

/** Traffic whose customers give up. */
export interface ImpatientTraffic extends StaffedTraffic {
  /** Mean patience 1/θ, seconds, above 0; infinite gives Erlang C. */
  readonly patienceSeconds: number;
}

/** Rates a second. */
interface Rates {
  /** λ */
  readonly arrival: number;
  /** Nμ */
  readonly serving: number;
  /** θ */
  readonly leaving: number;
}

/** The chain from N in the system upwards, in units of p(N). */
interface Tail {
  /** ln p(N). */
  readonly logFull: number;
  readonly waitProbability: number;
  readonly queueLength: number;
}

/** Sums grow beyond the range of numbers when many wait; they are scaled down together. */
const scaleAt = 1e200;

/**
 * Birth–death chain with death rate min(k, N)μ + (k − N)⁺θ. Below N it is Erlang B; above, each state follows from the one
 * before: p(N+j) = p(N+j−1) · λ/(Nμ + jθ).
 */
function walkTail(load: number, agents: number, { arrival, serving, leaving }: Rates): Tail {
  let below = inverseBlocking(load, agents) - 1;
  let [term, atOrAbove, weighted, logScale] = [1, 1, 0, 0];
  for (let waiting = 1; ; waiting += 1) {
    const ratio = arrival / (serving + waiting * leaving);
    term *= ratio;
    atOrAbove += term;
    weighted += waiting * term;
    // The rest is below a geometric series of this ratio.
    if (ratio < 1 && waiting * term <= 1e-18 * (1 - ratio) * Math.max(weighted, 1e-300)) break;
    if (atOrAbove < scaleAt) continue;
    [below, term, atOrAbove, weighted] = [below / scaleAt, term / scaleAt, atOrAbove / scaleAt, weighted / scaleAt];
    logScale += Math.log(scaleAt);
  }
  const total = below + atOrAbove;
  return { logFull: -Math.log(total) - logScale, waitProbability: atOrAbove / total, queueLength: weighted / total };
}

/** Sums over the offered wait: how long a customer of endless patience would wait, given that all agents are busy. */
function offeredWait({ arrival, serving, leaving }: Rates, logFull: number) {
  // v(x) = λ·p(N−1)·exp(λ(1−e^(−θx))/θ − Nμx), and λ·p(N−1) = Nμ·p(N). In logarithms, since the exponent may be large.
  const logDensity = (x: number) => logFull + Math.log(serving) - (arrival * Math.expm1(-leaving * x)) / leaving - serving * x;
  const peak = arrival > serving ? Math.log(arrival / serving) / leaving : 0;
  const width = 1 / (Math.sqrt(leaving * serving) + Math.abs(serving - arrival) + leaving);
  return (weigh: (x: number) => number, to: number) => integratePeak((x) => weigh(x) * Math.exp(logDensity(x)), { from: 0, to, peak, width });
}

/**
 * Erlang A (M/M/N+M): Erlang C with customers who give up after an exponential patience. P(ab) = θ·Lq/λ, E[W] = Lq/λ over
 * all offered, ASA of the answered = ∫x·e^(−θx)v(x)dx / (1 − P(ab)), answered in T = P(no wait) + ∫₀ᵀ e^(−θx)v(x)dx.
 * Source: O. Garnett, A. Mandelbaum, M. Reiman, "Designing a Call Center with Impatient Customers", 2002; C. Palm 1946.
 * Stable however many agents there are, and at any load, since people who leave keep the queue finite.
 * @throws ERLANG_BAD_INPUT
 */
export function erlangA(traffic: ImpatientTraffic): SteadyState {
  const { agents, arrivalsPerHour, handlingSeconds, patienceSeconds } = traffic;
  requireCount('agents', agents, 1);
  requireRange('patienceSeconds', patienceSeconds, patienceSeconds > 0);
  if (patienceSeconds === Infinity) return erlangC(traffic);
  const load = offeredLoad(traffic);
  if (load === 0) return idleState();
  const rates = { arrival: arrivalsPerHour / 3_600, serving: agents / handlingSeconds, leaving: 1 / patienceSeconds };
  const { logFull, waitProbability, queueLength } = walkTail(load, agents, rates);
  const integral = offeredWait(rates, logFull);
  const meanWaitSeconds = queueLength / rates.arrival;
  const abandonProbability = rates.leaving * meanWaitSeconds;
  const answered = 1 - abandonProbability;
  const stays = (x: number) => Math.exp(-rates.leaving * x);
  return {
    load,
    waitProbability,
    abandonProbability,
    meanWaitSeconds,
    answeredWaitSeconds: integral((x) => x * stays(x), Infinity) / answered,
    queueLength,
    occupancy: (load * answered) / agents,
    serviceLevel(seconds, variant = 'answered_of_offered') {
      requireRange('seconds', seconds, seconds >= 0);
      const answeredInTarget = 1 - waitProbability + integral(stays, seconds);
      const offeredLater = Math.max(0, waitProbability - integral(() => 1, seconds));
      const abandonedInTarget = integral((x) => 1 - stays(x), seconds) + (1 - stays(seconds)) * offeredLater;
      return serviceLevel({ offered: 1, answered, answeredInTarget, abandonedInTarget }, variant);
    },
  };
}
