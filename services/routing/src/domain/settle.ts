import { offersAtOnce, rankingFor } from './agent-choice.ts';
import type { AgentEntry } from './agent-columns.ts';
import { evolve } from './evolve.ts';
import type { RoutingFact } from './facts.ts';
import { pendingStateFacts } from './forced-sign-out.ts';
import type { DecisionContext } from './inputs.ts';
import { offerFacts } from './offer-facts.ts';
import { isBefore, type Request } from './records.ts';
import type { RoutingState } from './state.ts';

/** What was asked for with a contact in hand takes effect when its time has come. */
function pendingFacts(state: RoutingState, context: DecisionContext): RoutingFact[] {
  for (const { record } of state.index.restlessAgents) {
    const facts = record === undefined ? [] : pendingStateFacts(state, record, context);
    if (facts.length > 0) return facts;
  }
  return [];
}

/** What is to be offered next: of all contacts that somebody can take now, the first in line. */
interface Match {
  request: Request;
  /** The best agent; several where all of them ring. */
  agents: AgentEntry[];
}

function matchOf(state: RoutingState, request: Request, nowMs: number, found: AgentEntry | undefined): Match | undefined {
  const limit = offersAtOnce(state, request);
  if (limit === 1) return found === undefined ? undefined : { request, agents: [found] };
  const agents = state.index.bestAgentsFor(request, nowMs, rankingFor(state, request, nowMs), limit);
  return agents.length === 0 ? undefined : { request, agents };
}

/**
 * The next offer to make, to the agent who suits it best. Only what changed since the last settling is looked at: any pair
 * that fits has one side among it.
 */
function nextMatch(state: RoutingState, nowMs: number): Match | undefined {
  const { index } = state;
  const bestAgent = (request: Request) => index.bestAgentFor(request, nowMs, rankingFor(state, request, nowMs));
  let best: { request: Request; agent: AgentEntry } | undefined;
  for (const request of index.restlessRequests) {
    if (best !== undefined && !isBefore(request, best.request)) continue;
    const agent = bestAgent(request);
    if (agent === undefined) index.restlessRequests.delete(request);
    else best = { request, agent };
  }
  for (const entry of index.restlessAgents) {
    const request = index.bestRequestFor(entry, nowMs);
    if (request === undefined) {
      index.restlessAgents.delete(entry);
      continue;
    }
    if (best !== undefined && !isBefore(request, best.request)) continue;
    best = { request, agent: bestAgent(request) ?? entry };
  }
  return best === undefined ? undefined : matchOf(state, best.request, nowMs, best.agent);
}

/** Makes the next offer, or offers where all ring, and applies their facts. */
function offerNext(state: RoutingState, context: DecisionContext): RoutingFact[] {
  const match = nextMatch(state, context.nowMs);
  return (match?.agents ?? []).flatMap((entry) => {
    if (match === undefined || entry.record === undefined || !state.index.hasTeamRoom(entry, match.request.channel)) return [];
    const offer = offerFacts(state, match.request, entry.record, context);
    for (const fact of offer) evolve(state, fact);
    return offer;
  });
}

/**
 * Brings the domain to rest after a change: pending states take effect, then contacts and agents who fit are brought
 * together, until nobody waits for an agent who is free. Applies its facts and gives them.
 * @param limit most facts; what is left over is settled next time
 */
export function settle(state: RoutingState, context: DecisionContext, limit: number): RoutingFact[] {
  const facts: RoutingFact[] = [];
  while (facts.length < limit) {
    const pending = pendingFacts(state, context);
    for (const fact of pending) evolve(state, fact);
    const step = pending.length > 0 ? pending : offerNext(state, context);
    if (step.length === 0) break;
    facts.push(...step);
  }
  return facts;
}

/** Whether something is left to settle. */
export function isRestless(state: RoutingState): boolean {
  return state.index.restlessRequests.size > 0 || state.index.restlessAgents.size > 0;
}
