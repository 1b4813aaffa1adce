import type { ExplainOfferResponse, ExplainWaitingResponse } from '@patchbay/contracts/routing/v1/routing_service';
import { QueueCause, type ContactOffered, type ContactQueued } from '@patchbay/contracts/routing/v1/routing_event';
import { AgentChoice } from '@patchbay/contracts/directory/v1/resource';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { expectedWait, toExpectedWait } from './expected-wait.ts';
import { contactsAhead, explainAgents, passedContacts } from './explain.ts';
import { queuedFact } from './fact-builders.ts';
import type { Request } from './records.ts';
import { nextRelaxationMs } from './relaxation.ts';
import type { RoutingState } from './state.ts';

/** Contacts named that were passed, at most. */
const maxPassed = 20;

function waitsAs(state: RoutingState, request: Request, nowMs: number): ContactQueued | undefined {
  const fact = queuedFact(state, request, QueueCause.UNSPECIFIED, { nowMs, epoch: 0n, newId: () => '' });
  return fact.type === 'patchbay.routing.v1.ContactQueued' ? fact.event : undefined;
}

/**
 * Why an offer went to its agent.
 * @param state as it was just before the offer; built from facts, so that heartbeats are taken as heard
 */
export function explainOffer(state: RoutingState, offer: ContactOffered, offeredAtMs: number): Omit<ExplainOfferResponse, 'centreChanged' | 'namedBy'> | undefined {
  const request = state.requests.get(offer.requestId);
  if (request === undefined) return undefined;
  for (const record of state.agents.values()) if (record.state !== AgentState.UNREACHABLE) record.aliveUntilMs = Infinity;
  return {
    contactId: offer.contactId,
    offerId: offer.offerId,
    agentId: offer.agentId,
    offeredAt: new Date(offeredAtMs),
    waitedAs: waitsAs(state, request, offeredAtMs),
    choice: state.centre.queues.get(request.queue)?.choice ?? AgentChoice.UNSPECIFIED,
    agents: explainAgents(state, request, offeredAtMs),
    passedContacts: passedContacts(state, request, offer.agentId, maxPassed),
  };
}

/** Why a contact is still waiting; undefined when it does not wait. */
export function explainWaiting(state: RoutingState, contactId: string, nowMs: number): ExplainWaitingResponse | undefined {
  const requestId = state.contacts.get(contactId)?.openRequestId;
  const request = requestId === undefined ? undefined : state.requests.get(requestId);
  if (request === undefined) return undefined;
  const agents = explainAgents(state, request, nowMs);
  const leftOut: Record<string, number> = {};
  for (const agent of agents) if (agent.leftOut !== '') leftOut[agent.leftOut] = (leftOut[agent.leftOut] ?? 0) + 1;
  const relaxesAtMs = nextRelaxationMs(state, request);
  const timeoutMs = state.centre.plans.get(request.plan)?.targets[request.target]?.timeoutMs ?? 0;
  return {
    waitsAs: waitsAs(state, request, nowMs),
    openOffers: [...request.offers],
    ahead: contactsAhead(state, request).length,
    agents,
    leftOut,
    waitsForPreferredUntil: request.preferredUntilMs > nowMs ? new Date(request.preferredUntilMs) : undefined,
    nextRelaxationAt: relaxesAtMs === undefined ? undefined : new Date(relaxesAtMs),
    expectedWait: toExpectedWait(expectedWait(state, request.queue, nowMs, request)),
    movesOnAt: timeoutMs > 0 ? new Date(request.requestedAtMs + timeoutMs) : undefined,
  };
}
