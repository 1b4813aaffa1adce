import { appendFacts, newFact, type FactCodec, type NewFactFields } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import {
  CallBackFailed,
  ContactAttributesSet,
  ContactConnected,
  ContactEnded,
  ContactHeld,
  ContactIdentified,
  ContactRetrieved,
  ContactStarted,
  FlowEntered,
  FlowLeft,
  FlowStepTaken,
  RoutingRequested,
  RoutingWithdrawn,
} from '@patchbay/contracts/contact/v1/contact_event';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { CallQualityReported, DigitsCollected, LegAnswered, LegEnded, LegRang, LegStarted } from '@patchbay/contracts/voice/v1/voice_event';
import type { CallFact } from '../../domain/call/call-fact.ts';
import type { FactStore, LastSequences } from '../../ports.ts';

const codecs: Readonly<Record<CallFact['name'], FactCodec>> = {
  ContactStarted,
  ContactIdentified,
  ContactAttributesSet,
  FlowEntered,
  FlowStepTaken,
  FlowLeft,
  RoutingRequested,
  RoutingWithdrawn,
  CallBackFailed,
  ContactConnected,
  ContactHeld,
  ContactRetrieved,
  ContactEnded,
  LegStarted,
  LegRang,
  LegAnswered,
  LegEnded,
  DigitsCollected,
  CallQualityReported,
};

function domainOf(name: CallFact['name']): keyof LastSequences {
  return eventTypes[codecs[name].$type].domain === 'voice' ? 'voice' : 'contact';
}

/** The stream of facts as the store of this service's calls. */
export function createBusFactStore(bus: BusConnection): FactStore {
  const store: FactStore = {
    async append({ tenant, contactId, facts, after, timeoutMs, home }) {
      const seen = new Set<keyof LastSequences>();
      const batch = facts.map(({ name, event, id, timeMs }) => {
        const domain = domainOf(name);
        const isFirst = !seen.has(domain);
        seen.add(domain);
        const fields = { tenant, key: contactId, event, id, timeMs, home, expectedSequence: isFirst ? after[domain] : undefined };
        return newFact(codecs[name], fields as NewFactFields<EventType>);
      });
      const appended = await appendFacts(bus, batch, { timeoutMs });
      // Stored by an earlier try whose answer was lost: only reading tells where.
      if (appended.some(({ duplicate }) => duplicate)) return (await store.readBack(tenant, contactId)).last;
      const last = { ...after };
      for (const [index, { sequence }] of appended.entries()) {
        const fact = facts[index];
        if (fact !== undefined) last[domainOf(fact.name)] = sequence;
      }
      return last;
    },
    async readBack(tenant, contactId) {
      const facts = await readFacts(bus, { tenant, key: contactId, domains: ['contact', 'voice'] });
      const lastIn = (domain: keyof LastSequences) => facts.findLast((fact) => fact.domain === domain)?.sequence ?? 0;
      return { ids: new Set(facts.map(({ id }) => id)), last: { contact: lastIn('contact'), voice: lastIn('voice') } };
    },
  };
  return store;
}
