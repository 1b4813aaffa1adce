import type { BusConnection } from '@patchbay/bus/connection';
import { acquireLease } from '@patchbay/bus/lease';
import { createKeyedQueue } from '@patchbay/runtime/keyed-queue';
import type { WriterLock } from '../ports.ts';

/** A lease for each change: changes are rare, and a replica that died holds the others up for its TTL only. */
export function createLeaseLock(connection: BusConnection): WriterLock {
  const queue = createKeyedQueue();
  return {
    run: (task) =>
      queue.run('write', async () => {
        const lost = new AbortController();
        const lease = await acquireLease(connection, {
          name: 'directory.writer',
          ttlMs: 3_000,
          onLost: (error) => {
            lost.abort(error);
          },
        });
        try {
          return await task(lost.signal);
        } finally {
          await lease.release();
        }
      }),
  };
}
