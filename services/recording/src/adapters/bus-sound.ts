import type { BusConnection } from '@patchbay/bus/connection';
import { purgeAudio, readAudio } from '@patchbay/bus/media';
import type { Sound } from '../ports.ts';

/** Sound over the bus. */
export function createBusSound(bus: BusConnection): Sound {
  return {
    chunks: (tenant, contactId, legId) => readAudio(bus, { tenant, contactId, ...(legId === undefined ? {} : { legId }) }),
    remove: (tenant, contactId) => purgeAudio(bus, { tenant, contactId }),
  };
}
