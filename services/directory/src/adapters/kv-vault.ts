import type { BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { AppError } from '@patchbay/runtime/app-error';
import { directoryError } from '../errors.ts';
import type { Vault } from '../ports.ts';

/** The bucket `directory-secrets`, values as JSON. */
export async function createKvVault(connection: BusConnection): Promise<Vault> {
  const kv = await openKv(connection, 'directory-secrets');
  return {
    async read(key) {
      const entry = await kv.get(key);
      return entry === undefined ? undefined : { value: JSON.parse(Buffer.from(entry.value).toString('utf8')) as unknown, revision: entry.revision };
    },
    async write(key, value, { expected, ttlMs } = {}) {
      const bytes = Buffer.from(JSON.stringify(value));
      const options = ttlMs === undefined ? {} : { ttlMs };
      try {
        if (expected === undefined) await kv.put(key, bytes, options);
        else if (expected === 0) await kv.create(key, bytes, options);
        else await kv.update(key, bytes, expected, options);
      } catch (error) {
        if (AppError.from(error).code !== 'BUS_CONFLICT') throw error;
        throw directoryError('DIRECTORY_CONFLICT', { cause: error });
      }
    },
    async remove(key) {
      if ((await kv.get(key)) !== undefined) await kv.delete(key);
    },
    keys: (prefix) => kv.keys(prefix),
  };
}
