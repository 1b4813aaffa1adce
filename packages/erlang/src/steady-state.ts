import type { ServiceLevelVariant } from './service-level.ts';

/** How a queue stands in the long run. */
export interface SteadyState {
  /** Offered load, erlang. */
  readonly load: number;
  /** Share of all offered contacts that must wait, 0 to 1. */
  readonly waitProbability: number;
  /** Share of all offered contacts that leave before an agent takes them, 0 to 1. */
  readonly abandonProbability: number;
  /** Mean wait of all offered contacts, those that abandon included, seconds; infinite when the queue only grows. */
  readonly meanWaitSeconds: number;
  /** Mean wait of those that are answered (ASA), seconds; infinite when the queue only grows. */
  readonly answeredWaitSeconds: number;
  /** Mean number in line. */
  readonly queueLength: number;
  /** Share of the agents' time spent on contacts, 0 to 1. */
  readonly occupancy: number;
  /**
   * Service level.
   * @param seconds target, 0 or more
   * @param variant what is divided by what; by default answered within the target over all offered
   * @returns 0 to 1; 1 where there is nothing to count
   */
  serviceLevel(seconds: number, variant?: ServiceLevelVariant): number;
}

/** Nobody comes, so nobody waits. */
export function idleState(): SteadyState {
  return { load: 0, waitProbability: 0, abandonProbability: 0, meanWaitSeconds: 0, answeredWaitSeconds: 0, queueLength: 0, occupancy: 0, serviceLevel: () => 1 };
}
