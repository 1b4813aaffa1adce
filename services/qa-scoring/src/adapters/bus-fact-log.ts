import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import { ContactScored } from '@patchbay/contracts/quality/v1/quality_event';
import type { FactLog } from '../ports.ts';

/** Facts over the bus. */
export function createBusFactLog(bus: BusConnection): FactLog {
  return {
    read: (tenant, contactId) => readFacts(bus, { tenant, key: contactId, domains: ['contact', 'routing', 'recording', 'quality'] }),
    async appendScores({ tenant, contactId, scored, expectedSequence, causationId }) {
      await appendFacts(
        bus,
        scored.map((event, index) =>
          newFact(ContactScored, { tenant, key: contactId, event, id: event.scoreId, causationId, ...(index === 0 ? { expectedSequence } : {}) }),
        ),
      );
    },
  };
}
