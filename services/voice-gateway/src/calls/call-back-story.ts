import type { AnyFact } from '@patchbay/bus/fact';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import type { CallBackBefore, CallEvent } from '../domain/call/call-state.ts';
import type { LastSequences } from '../ports.ts';
import { toCallEvent } from './fact-events.ts';

/** A call-back by its facts. */
export interface CallBackStory extends CallBackBefore {
  readonly ended: boolean;
  /** Agent and customer were connected: a call like any other since. */
  readonly connected: boolean;
  /** What is to be done about it now: an offer to ring for, an assignment without a phone, the end of the request. */
  readonly due: readonly CallEvent[];
  readonly last: LastSequences;
}

const numberOf = (legId: string) => Number(/-(\d+)$/.exec(legId)?.[1] ?? 1);

/** Reads the story of a call-back. @param nowMs offers that ended by then are not rung for */
export function readStory(contactId: string, facts: readonly AnyFact[], nowMs: number): CallBackStory {
  const offers = new Map<string, CallEvent>();
  let assigned: AnyFact & { readonly type: 'patchbay.routing.v1.ContactAssigned' } | undefined;
  let over: CallEvent | undefined;
  let requestId: string | undefined;
  const legs = { agent: 0, customer: 0 };
  const last = { contact: 0, voice: 0 };
  let ended = false;
  let connected = false;
  for (const fact of facts) {
    if (fact.domain === 'contact' || fact.domain === 'voice') last[fact.domain] = fact.sequence;
    const event = toCallEvent(fact);
    switch (event?.kind) {
      case 'offered':
        if (event.expiresAtMs > nowMs) offers.set(event.offerId, event);
        ({ requestId } = event);
        break;
      case 'offerOver':
        offers.delete(event.offerId);
        if (assigned?.event.offerId === event.offerId) assigned = undefined;
        break;
      case 'queued':
        ({ requestId } = event);
        assigned = undefined;
        break;
      case 'requestOver':
        over = event;
        break;
      default:
    }
    switch (fact.type) {
      case 'patchbay.routing.v1.ContactAssigned':
        offers.clear();
        assigned = fact;
        break;
      case 'patchbay.routing.v1.AssignmentClosed':
      case 'patchbay.contact.v1.CallBackFailed':
        assigned = undefined;
        break;
      case 'patchbay.contact.v1.RoutingRequested':
        ({ requestId } = fact.event);
        break;
      case 'patchbay.contact.v1.ContactConnected':
        connected = true;
        break;
      case 'patchbay.contact.v1.ContactEnded':
        ended = true;
        break;
      case 'patchbay.voice.v1.LegStarted': {
        const side = fact.event.party === Party.AGENT ? 'agent' : 'customer';
        legs[side] = Math.max(legs[side], numberOf(fact.event.legId));
        break;
      }
      default:
    }
  }
  const waiting = assigned === undefined ? undefined : toCallEvent(assigned);
  const due = over !== undefined ? [over] : waiting !== undefined ? [waiting] : [...offers.values()];
  return { contactId, ended, connected, due: ended || connected ? [] : due, requestId: over === undefined ? requestId : undefined, agentLegs: legs.agent, customerLegs: legs.customer, last };
}
