import type { AnyFact } from '@patchbay/bus/fact';
import { QueueCause, type ContactQueued } from '@patchbay/contracts/routing/v1/routing_event';
import type { CallEvent, PlaceInLine } from '../domain/call/call-state.ts';

/** Causes by which a contact that had an agent waits again; others say nothing about one. */
const agentGone: ReadonlySet<QueueCause> = new Set([QueueCause.AGENT_LOST, QueueCause.SET_UP_FAILED]);

function placeOf({ queue, enqueuedAt, asked, askedPriority }: ContactQueued, timeMs: number): PlaceInLine {
  return { queue, enqueuedAtMs: enqueuedAt?.getTime() ?? timeMs, asked, priority: askedPriority };
}

/** What a fact of routing means to a call; undefined when nothing. */
export function toCallEvent(fact: AnyFact): CallEvent | undefined {
  switch (fact.type) {
    case 'patchbay.routing.v1.ContactOffered': {
      const { requestId, offerId, agentId, epoch, expiresAt } = fact.event;
      return { kind: 'offered', requestId, offerId, agentId, epoch, expiresAtMs: expiresAt?.getTime() ?? fact.timeMs };
    }
    case 'patchbay.routing.v1.OfferRejected':
    case 'patchbay.routing.v1.OfferMissed':
    case 'patchbay.routing.v1.OfferCancelled':
    case 'patchbay.routing.v1.OfferFailed':
      return { kind: 'offerOver', offerId: fact.event.offerId };
    case 'patchbay.routing.v1.ContactAssigned': {
      const { offerId, assignmentId, agentId, epoch } = fact.event;
      return { kind: 'assigned', offerId, assignmentId, agentId, epoch };
    }
    case 'patchbay.routing.v1.ContactQueued':
      return { kind: 'queued', requestId: fact.event.requestId, epoch: fact.event.epoch, agentGone: agentGone.has(fact.event.cause), place: placeOf(fact.event, fact.timeMs) };
    case 'patchbay.routing.v1.ContactRefused':
      return { kind: 'requestOver', requestId: fact.event.requestId, outcome: 'refused', reason: fact.event.reason };
    case 'patchbay.routing.v1.ContactOverflowed':
      return fact.event.toQueue === '' ? { kind: 'requestOver', requestId: fact.event.requestId, outcome: 'expired', reason: fact.event.action } : undefined;
    case 'patchbay.routing.v1.RoutingExpired':
      return { kind: 'requestOver', requestId: fact.event.requestId, outcome: 'expired', reason: '' };
    case 'patchbay.routing.v1.ContactAbandoned':
    case 'patchbay.routing.v1.RoutingClosed':
      return { kind: 'requestOver', requestId: fact.event.requestId, outcome: 'closed', reason: '' };
    default:
      return undefined;
  }
}
