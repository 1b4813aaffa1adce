import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { promisify } from 'node:util';
import type { BusConnection } from '@patchbay/bus/connection';
import { busError } from '@patchbay/bus/errors';
import { openKv } from '@patchbay/bus/kv';
import { openObjects } from '@patchbay/bus/objects';
import { snapshotVersion } from '../domain/snapshot.ts';
import type { SnapshotStore, StoredSnapshot } from '../ports.ts';

/** What the key of a routing domain holds: where its last snapshot is. */
interface Pointer {
  object: string;
  sequence: number;
  /** Of the writer that saved it, decimal. */
  epoch: string;
  version: number;
}

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** Snapshots as compressed JSON in the object store, the last one named in the key-value store. */
export async function createBusSnapshotStore(bus: BusConnection, place: { tenant: string; domain: string }): Promise<SnapshotStore> {
  const kv = await openKv(bus, 'routing-snapshots');
  const objects = await openObjects(bus, 'snapshots');
  const key = `${place.tenant}.${place.domain}`;

  async function readPointer(): Promise<{ pointer: Pointer; revision: number } | undefined> {
    const entry = await kv.get(key);
    return entry === undefined ? undefined : { pointer: JSON.parse(Buffer.from(entry.value).toString()) as Pointer, revision: entry.revision };
  }

  return {
    async load() {
      const found = await readPointer();
      if (found === undefined || found.pointer.version !== snapshotVersion) return undefined;
      try {
        return JSON.parse((await decompress(await objects.get(found.pointer.object))).toString()) as StoredSnapshot;
      } catch (error) {
        // A replay from the first fact takes longer and gives the same.
        bus.log.warn('snapshot cannot be read', { error, object: found.pointer.object });
        return undefined;
      }
    },
    async save(stored, epoch) {
      const before = await readPointer();
      if (before !== undefined && BigInt(before.pointer.epoch) > epoch) throw busError('BUS_CONFLICT', { details: { key } });
      const object = `${key}.${String(stored.sequence)}.${String(epoch)}`;
      const body = await compress(JSON.stringify(stored), { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
      await objects.put(object, body, { mime: 'application/json' });
      const pointer: Pointer = { object, sequence: stored.sequence, epoch: String(epoch), version: snapshotVersion };
      const value = Buffer.from(JSON.stringify(pointer));
      if (before === undefined) await kv.create(key, value);
      else await kv.update(key, value, before.revision);
      if (before !== undefined && before.pointer.object !== object) await objects.delete(before.pointer.object);
    },
  };
}
