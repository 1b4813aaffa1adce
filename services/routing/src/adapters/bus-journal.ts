import { ROOT_CONTEXT, context as otelContext } from '@opentelemetry/api';
import { appendFacts, newFact, type FactCodec, type NewFactFields } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import { replayFacts } from '@patchbay/bus/replay-facts';
import { watchFacts } from '@patchbay/bus/watch-facts';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { routingError } from '../errors.ts';
import type { Journal, JournalEntry } from '../ports.ts';

/** Domains of facts that routing writes. */
const ownDomains = ['routing', 'agent', 'queue'] as const;

/** Longer than NATS takes to elect a leader of the facts: the state in memory is still good when it has one, if the lease lasts. */
const electionMs = 20_000;

/** Domains of facts that routing acts on. */
const inputDomains = ['contact', 'message'] as const;

function toNewFact(writer: { tenant: string; epoch: bigint }, { fact, expectedSequence, causationId, traceparent, home }: JournalEntry) {
  const codec = eventTypes[fact.type].codec as FactCodec;
  const fields = { ...writer, key: fact.key, event: fact.event, timeMs: fact.timeMs, expectedSequence, causationId, traceparent, home };
  return newFact(codec, fields as NewFactFields<EventType>);
}

/** The stream of facts as the journal of one tenant's routing domains. */
export function createBusJournal(bus: BusConnection, { tenant }: { tenant: string }): Journal {
  return {
    async append(entries, epoch, isWanted) {
      const facts = entries.map((entry) => toNewFact({ tenant, epoch }, entry));
      // Each fact says itself what led to it; whoever happened to wake the writer did not.
      const appended = await otelContext.with(ROOT_CONTEXT, () => appendFacts(bus, facts, { timeoutMs: electionMs, isWanted }));
      // Stored by a try whose answer was lost: where, is only known by reading again.
      if (appended.some(({ sequence }) => sequence === 0)) throw routingError('ROUTING_NOT_WRITER', { details: { because: 'the place of the facts is not known' } });
      return appended.map(({ sequence }) => sequence);
    },
    replay: (fromSequence, signal, skips) => replayFacts(bus, { tenant, domains: ownDomains, fromSequence, signal, ...(skips === undefined ? {} : { skips }) }),
    replayContacts: (fromSequence, signal) => replayFacts(bus, { tenant, domains: inputDomains, fromSequence, signal }),
    follow: (fromSequence, signal) => watchFacts(bus, { tenant, domains: [...inputDomains, ...ownDomains], fromSequence, signal }),
    history: (contactId) => readFacts(bus, { tenant, key: contactId, domains: ['contact', 'routing'] }),
  };
}
