import type { RoutingFact } from './facts.ts';
import type { RoutingState } from './state.ts';
import { surgeWays } from './surge-effects.ts';

/** Has the match take over what surges let agents serve. */
export function refreshWays(state: RoutingState, queues: Iterable<string>): void {
  for (const queue of queues) {
    state.index.setWays(queue, surgeWays(state.surges, queue));
    state.changedQueues.add(queue);
  }
}

/** Applies a fact of a surge; gives whether it was one. */
export function evolveSurge(state: RoutingState, fact: RoutingFact): boolean {
  if (fact.type !== 'patchbay.routing.v1.SurgeStarted' && fact.type !== 'patchbay.routing.v1.SurgeEnded') return false;
  const { plan, domain } = fact.event;
  if (domain !== state.centre.domain) return true;
  const before = state.surges.get(plan)?.queues ?? [];
  state.surges.delete(plan);
  state.surgeStops.delete(plan);
  if (fact.type === 'patchbay.routing.v1.SurgeStarted') {
    const { queues, actions, reason, observed, limit, by, note } = fact.event;
    state.surges.set(plan, { plan, queues, actions, reason, observed, limit, by, note, sinceMs: fact.timeMs });
    refreshWays(state, new Set([...before, ...queues]));
    return true;
  }
  if (fact.event.reason === 'manual') state.surgeStops.set(plan, fact.timeMs);
  refreshWays(state, before);
  return true;
}
