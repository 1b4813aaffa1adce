import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import { watchFacts } from '@patchbay/bus/watch-facts';
import type { ContactFacts } from '../ports.ts';

const domains = ['contact', 'message', 'routing'] as const;

/** Contacts' facts from the bus. */
export function createBusContactFacts(connection: BusConnection): ContactFacts {
  return {
    read: (tenant, contactId) => readFacts(connection, { tenant, key: contactId, domains }),
    follow: (tenant, contactId, signal) => watchFacts(connection, { tenant, key: contactId, domains, fromSequence: 1, signal }),
  };
}
