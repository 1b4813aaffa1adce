import { appendFacts, newFact, type NewFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import { ResourceApplied, ResourceRemoved } from '@patchbay/contracts/directory/v1/directory_event';
import { deterministicId } from '@patchbay/runtime/ids';
import type { Announcement, Announcer, ResourceKey } from '../ports.ts';

const aggregateOf = ({ kind, name }: ResourceKey) => `${kind}.${name}`;

function toFact({ key, revision, author, removed, timeMs }: Announcement): NewFact {
  const { tenant, kind, name } = key;
  const fields = {
    tenant,
    key: aggregateOf(key),
    event: { kind, name, revision, author },
    // The same change announced again by another process has the same id.
    id: deterministicId(timeMs, 'directory', tenant, kind, name, String(revision)),
    timeMs,
  };
  return removed ? newFact(ResourceRemoved, fields) : newFact(ResourceApplied, fields);
}

/** Facts of the domain `directory`. */
export function createBusAnnouncer(connection: BusConnection): Announcer {
  return {
    async announce(changes) {
      await appendFacts(connection, changes.map(toFact));
    },
    async lastAnnounced(key) {
      const facts = await readFacts(connection, { tenant: key.tenant, domains: ['directory'], key: aggregateOf(key) });
      return facts.reduce((last, fact) => ('revision' in fact.event && typeof fact.event.revision === 'bigint' && fact.event.revision > last ? fact.event.revision : last), 0n);
    },
  };
}
