import { isAwaited } from './availability.ts';
import { sumSince } from './counters.ts';
import { loadOf, type RoutingState } from './state.ts';

/** How far back handling times are looked at. */
const lookBackMs = 6 * 3_600_000;

/** How long a newcomer to a queue is to expect to wait, in the middle; undefined while too little was seen to say. */
export function expectedWaitMs(state: RoutingState, queue: string, nowMs: number): number | undefined {
  const seen = sumSince(state.counters.get(queue), nowMs - lookBackMs);
  let agents = 0;
  for (const policy of state.centre.agents.values()) if (policy.queues.has(queue) && isAwaited(state.agents.get(policy.agentId))) agents += 1;
  if (seen.handled === 0 || agents === 0) return undefined;
  return ((loadOf(state, queue).requests.size + 1) * (seen.handledMs / seen.handled)) / agents;
}
