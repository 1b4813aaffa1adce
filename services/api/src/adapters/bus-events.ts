import type { BusConnection } from '@patchbay/bus/connection';
import { listDeadLetters, replayDeadLetters } from '@patchbay/bus/dead-letters';
import { factRange, watchFacts } from '@patchbay/bus/watch-facts';
import type { EventSource } from '../ports.ts';

/** Facts and dead letters of the bus. */
export function createBusEvents(connection: BusConnection): EventSource {
  return {
    watch: ({ key, ...watch }) => watchFacts(connection, { ...watch, ...(key === undefined ? {} : { key }) }),
    range: () => factRange(connection),
    deadLetters: ({ tenant, service, limit }) => listDeadLetters(connection, { tenant, limit, ...(service === undefined ? {} : { service }) }),
    replay: (letters) => replayDeadLetters(connection, letters),
  };
}
