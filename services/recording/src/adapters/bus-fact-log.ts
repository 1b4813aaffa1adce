import { appendFacts } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import type { FactLog } from '../ports.ts';

/** Facts over the bus. */
export function createBusFactLog(bus: BusConnection): FactLog {
  return {
    read: (tenant, contactId) => readFacts(bus, { tenant, key: contactId, domains: ['contact', 'routing', 'voice', 'message', 'recording'] }),
    append: async (facts) => void (await appendFacts(bus, facts)),
  };
}
