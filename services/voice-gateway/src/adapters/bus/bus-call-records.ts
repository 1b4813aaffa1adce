import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { readFacts } from '@patchbay/bus/read-facts';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import type { CallRecord, CallRecords, OpenCall } from '../../recovery.ts';

/** What is known of a call from its facts. */
export function foldRecord(facts: readonly AnyFact[]): CallRecord {
  const requests = new Set<string>();
  const legs = new Set<string>();
  let startedMs: number | undefined;
  let home: string | undefined;
  let ended = false;
  let connected = false;
  let assigned: string | undefined;
  let tried: string | undefined;
  const last = { contact: 0, voice: 0 };
  for (const fact of facts) {
    if (fact.domain === 'contact' || fact.domain === 'voice') last[fact.domain] = fact.sequence;
    switch (fact.type) {
      case 'patchbay.contact.v1.ContactStarted':
        startedMs = fact.timeMs;
        home = fact.traceparent;
        break;
      case 'patchbay.contact.v1.RoutingRequested':
        requests.add(fact.event.requestId);
        break;
      case 'patchbay.routing.v1.ContactOverflowed':
        if (fact.event.toQueue === '') requests.delete(fact.event.requestId);
        break;
      case 'patchbay.routing.v1.ContactAssigned':
        requests.delete(fact.event.requestId);
        assigned = fact.event.assignmentId;
        break;
      case 'patchbay.contact.v1.RoutingWithdrawn':
      case 'patchbay.routing.v1.ContactAbandoned':
      case 'patchbay.routing.v1.ContactRefused':
      case 'patchbay.routing.v1.RoutingExpired':
      case 'patchbay.routing.v1.RoutingClosed':
        requests.delete(fact.event.requestId);
        break;
      case 'patchbay.routing.v1.ContactQueued':
        // An assignment that failed puts the same request back in line.
        requests.add(fact.event.requestId);
        break;
      case 'patchbay.contact.v1.ContactConnected':
        connected = true;
        break;
      case 'patchbay.contact.v1.CallBackFailed':
      case 'patchbay.routing.v1.AssignmentClosed':
        assigned = tried = undefined;
        break;
      case 'patchbay.voice.v1.LegStarted':
        legs.add(fact.event.legId);
        if (fact.event.party === Party.CUSTOMER) tried = assigned;
        break;
      case 'patchbay.voice.v1.LegEnded':
        legs.delete(fact.event.legId);
        break;
      case 'patchbay.contact.v1.ContactEnded':
        ended = true;
        break;
      default:
    }
  }
  return { startedMs, home, ended, connected, tried, openRequestId: [...requests].at(-1), openLegs: [...legs], last };
}

/** Records of contacts from the stream of facts. */
export function createBusCallRecords(bus: BusConnection): CallRecords {
  const facts = ({ tenant, contactId }: OpenCall) => readFacts(bus, { tenant, key: contactId, domains: ['contact', 'voice', 'routing'] });
  return {
    facts,
    read: async (call) => foldRecord(await facts(call)),
  };
}
