import type { AnyFact } from '@patchbay/bus/fact';
import { eventTypes } from '@patchbay/contracts/event-types';
import { foldContact } from './domain/contact-record.ts';
import type { ContactStore, StoredFact } from './ports.ts';

/** Domains whose facts are keyed by contact. */
export const contactDomains = ['contact', 'message', 'voice', 'routing', 'recording', 'quality'] as const;

/** Types of those domains that are not about one contact. */
const otherKeys = new Set(['patchbay.quality.v1.ControlAlarmRaised', 'patchbay.quality.v1.ControlAlarmCleared']);

/** The fact with its body encoded again for keeping. */
export function toStoredFact(fact: AnyFact): StoredFact {
  const encode = eventTypes[fact.type].codec.encode as (event: unknown) => { finish(): Uint8Array };
  return { ...fact, body: encode(fact.event).finish() };
}

/** Folds each fact into its contact's record. Dedupes by stream sequence: a record never goes back behind its last one. */
export function createFactProjector(store: ContactStore): (fact: AnyFact) => Promise<void> {
  return async (fact) => {
    if (otherKeys.has(fact.type)) return;
    await store.fold([toStoredFact(fact)], foldContact);
  };
}
