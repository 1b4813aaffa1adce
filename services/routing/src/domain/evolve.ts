import { evolveAgent } from './evolve-agent.ts';
import { evolveQueue } from './evolve-queue.ts';
import { evolveRequest } from './evolve-request.ts';
import { evolveAssignment } from './evolve-assignment.ts';
import { evolveSla } from './evolve-sla.ts';
import { evolveSurge } from './evolve-surge.ts';
import type { RoutingFact } from './facts.ts';
import type { RoutingState } from './state.ts';

/**
 * Applies one fact, live or on replay, in place. A fact of another routing domain's request or offer finds nothing here
 * and changes nothing.
 */
export function evolve(state: RoutingState, fact: RoutingFact): void {
  if (evolveAgent(state, fact) || evolveSurge(state, fact) || evolveSla(state, fact)) return;
  evolveQueue(state, fact);
  evolveRequest(state, fact);
  evolveAssignment(state, fact);
}
