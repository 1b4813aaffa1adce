import type { BusConnection } from '@patchbay/bus/connection';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { Centres } from '../ports.ts';

/** Class of contacts whose queue names none. */
const usualClass = 'default';

/** Queues and retention classes of all tenants out of the directory's table, live, also while the directory is away. */
export async function createMirroredCentres(bus: BusConnection): Promise<Centres & { stop(): void }> {
  const decode = (bytes: Uint8Array) => Resource.decode(bytes);
  const queues = await mirrorKv(bus, { bucket: 'directory', prefix: '*.Queue', decode });
  const classes = await mirrorKv(bus, { bucket: 'directory', prefix: '*.RetentionClass', decode });
  return {
    retentionClassOf(tenant, queue) {
      const spec = queues.get(`${tenant}.Queue.${queue}`)?.spec;
      return spec?.$case === 'queue' && spec.value.retentionClass !== '' ? spec.value.retentionClass : usualClass;
    },
    retentionDays(tenant, retentionClass) {
      const spec = classes.get(`${tenant}.RetentionClass.${retentionClass}`)?.spec;
      return spec?.$case === 'retentionClass' ? spec.value.days : undefined;
    },
    stop() {
      queues.stop();
      classes.stop();
    },
  };
}
