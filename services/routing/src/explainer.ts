import type { ContactOffered, ContactSteered } from '@patchbay/contracts/routing/v1/routing_event';
import type { ExplainOfferRequest, ExplainOfferResponse, ExplainWaitingRequest, ExplainWaitingResponse } from '@patchbay/contracts/routing/v1/routing_service';
import { abortable } from '@patchbay/runtime/deadline';
import { buildPastState, type BuildParts } from './build-writer.ts';
import type { Desk } from './desk.ts';
import type { Directory } from './directory.ts';
import { explainOffer, explainWaiting } from './domain/explain-contact.ts';
import { routingError } from './errors.ts';

/** Says why. */
export interface Explainer {
  offer(request: ExplainOfferRequest, signal: AbortSignal): Promise<ExplainOfferResponse>;
  waiting(request: ExplainWaitingRequest, signal: AbortSignal): Promise<ExplainWaitingResponse>;
}

/** Kinds that an offer depends on. */
const centreKinds = ['Agent', 'Queue', 'Team', 'RoutingPlan'] as const;

function changedSince(directory: Directory, tenant: string, timeMs: number): boolean {
  return centreKinds.some((kind) => directory.list(tenant, kind).some(({ appliedAt }) => (appliedAt?.getTime() ?? 0) > timeMs));
}

interface PastOffer {
  event: ContactOffered;
  /** Subject of the team lead who named the agent; empty for none. */
  namedBy: string;
  sequence: number;
  timeMs: number;
}

/** @param parts what a past state is built from, but for the signal of the call */
export function createExplainer(desk: Desk, parts: Omit<BuildParts, 'signal'>): Explainer {
  const { journal, directory, place } = parts;

  /** The offer that is asked for, when this routing domain made it. */
  async function findOffer({ contactId, offerId }: ExplainOfferRequest, signal: AbortSignal): Promise<PastOffer | undefined> {
    let domain: string | undefined;
    let found: PastOffer | undefined;
    let named: ContactSteered | undefined;
    for (const fact of await abortable(journal.history(contactId), signal)) {
      if (fact.type === 'patchbay.routing.v1.ContactQueued') domain = fact.event.domain;
      if (fact.type === 'patchbay.routing.v1.ContactSteered') named = fact.event;
      if (fact.type !== 'patchbay.routing.v1.ContactOffered') continue;
      // The offer that a team lead's word led to stands right behind it.
      const namedBy = named?.toAgentId === fact.event.agentId ? named.actor : '';
      named = undefined;
      if (domain !== place.domain || (offerId !== '' && offerId !== fact.event.offerId)) continue;
      found = { event: fact.event, namedBy, sequence: fact.sequence, timeMs: fact.timeMs };
    }
    return found;
  }

  return {
    async offer(request, signal) {
      const found = await findOffer(request, signal);
      if (found === undefined) throw routingError('ROUTING_UNKNOWN_CONTACT');
      const state = await buildPastState({ ...parts, nowMs: () => found.timeMs, signal }, found.sequence);
      const explained = explainOffer(state, found.event, found.timeMs);
      if (explained === undefined) throw routingError('ROUTING_UNKNOWN_CONTACT');
      return { ...explained, namedBy: found.namedBy, centreChanged: changedSince(directory, place.tenant, found.timeMs) };
    },
    async waiting({ contactId }, signal) {
      const explained = await desk.look((state, nowMs) => explainWaiting(state, contactId, nowMs), signal);
      if (explained === undefined) throw routingError('ROUTING_UNKNOWN_CONTACT');
      return explained;
    },
  };
}
