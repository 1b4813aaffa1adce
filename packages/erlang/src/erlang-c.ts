import { erlangB } from './erlang-b.ts';
import { serviceLevel } from './service-level.ts';
import { idleState, type SteadyState } from './steady-state.ts';
import { offeredLoad, requireCount, requireRange, type StaffedTraffic } from './traffic.ts';

/** A queue in which nobody gives up. */
export interface PatientState extends SteadyState {
  /**
   * Wait that this share of all offered contacts does not exceed: ln(C/(1−p)) · AHT / (N−a), 0 where fewer have to wait.
   * @param share p, from 0 up to but without 1
   * @returns seconds
   */
  waitPercentileSeconds(share: number): number;
}

/**
 * Erlang C: probability of waiting in M/M/N. C = B / (1 − (a/N)(1 − B)); 1 when a ≥ N.
 * @param load offered load a, erlang, 0 or more
 * @param agents N, a whole number of 1 or more
 * @returns 0 to 1
 * @throws ERLANG_BAD_INPUT
 */
export function waitProbability(load: number, agents: number): number {
  requireCount('agents', agents, 1);
  const blocking = erlangB(load, agents);
  return load >= agents ? 1 : blocking / (1 - (load / agents) * (1 - blocking));
}

/** The queue only grows: in the long run everybody waits for ever. */
function overloaded(load: number): PatientState {
  return {
    load,
    waitProbability: 1,
    abandonProbability: 0,
    meanWaitSeconds: Infinity,
    answeredWaitSeconds: Infinity,
    queueLength: Infinity,
    occupancy: 1,
    serviceLevel: () => 0,
    waitPercentileSeconds: (share) => (share > 0 ? Infinity : 0),
  };
}

/**
 * Erlang C in full (M/M/N, first come first served, endless patience). SL(T) = 1 − C·e^(−(N−a)T/AHT),
 * ASA = C·AHT/(N−a), queue length = C·a/(N−a), occupancy = a/N.
 * @throws ERLANG_BAD_INPUT
 */
export function erlangC(traffic: StaffedTraffic): PatientState {
  const { agents, handlingSeconds } = traffic;
  const load = offeredLoad(traffic);
  const waits = waitProbability(load, agents);
  if (load === 0) return { ...idleState(), waitPercentileSeconds: () => 0 };
  if (load >= agents) return overloaded(load);
  const spare = agents - load;
  const meanWaitSeconds = (waits * handlingSeconds) / spare;
  return {
    load,
    waitProbability: waits,
    abandonProbability: 0,
    meanWaitSeconds,
    answeredWaitSeconds: meanWaitSeconds,
    queueLength: (waits * load) / spare,
    occupancy: load / agents,
    serviceLevel(seconds, variant = 'answered_of_offered') {
      requireRange('seconds', seconds, seconds >= 0);
      const answeredInTarget = 1 - waits * Math.exp((-spare * seconds) / handlingSeconds);
      return serviceLevel({ offered: 1, answered: 1, answeredInTarget, abandonedInTarget: 0 }, variant);
    },
    waitPercentileSeconds(share) {
      requireRange('share', share, share >= 0 && share < 1);
      return Math.max(0, (Math.log(waits / (1 - share)) * handlingSeconds) / spare);
    },
  };
}
