import type { BusConnection } from '@patchbay/bus/connection';
import { openKv, type Kv } from '@patchbay/bus/kv';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep } from '@patchbay/runtime/clock';
import type { ResourceChange, ResourceKey, ResourceMirror, ResourceStore } from '../ports.ts';

const bucket = 'directory';

/** `<tenant>.<Kind>.<name>`. */
const pathOf = ({ tenant, kind, name }: ResourceKey) => `${tenant}.${kind}.${name}`;

function keyOf(path: string): ResourceKey {
  const [tenant = '', kind = '', ...name] = path.split('.');
  return { tenant, kind, name: name.join('.') };
}

/** A direct read may come from a replica that is behind: the write is then refused, and both are tried again. */
async function againOnConflict(connection: BusConnection, attempt: () => Promise<void>): Promise<void> {
  for (let count = 1; ; count++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (AppError.from(error).code !== 'BUS_CONFLICT' || count === 6) throw error;
      await sleep(connection.clock, backoffMs({ firstMs: 20, limitMs: 500 }, count));
    }
  }
}

async function readRevision(kv: Kv, path: string): Promise<{ kvRevision: number; revision: bigint } | undefined> {
  const entry = await kv.get(path);
  return entry === undefined ? undefined : { kvRevision: entry.revision, revision: Resource.decode(entry.value).revision };
}

/** The bucket `directory`. */
export async function createKvResourceStore(connection: BusConnection): Promise<ResourceStore> {
  const kv = await openKv(connection, bucket);
  return {
    async snapshot() {
      const mirror = await mirrorKv(connection, { bucket, prefix: '', decode: (bytes) => Resource.decode(bytes) });
      const resources = [...mirror.entries()].map(([path, resource]) => ({ tenant: keyOf(path).tenant, resource }));
      mirror.stop();
      return resources;
    },
    write: (tenant, resource) =>
      againOnConflict(connection, async () => {
        const path = pathOf({ tenant, kind: resource.kind, name: resource.name });
        const there = await readRevision(kv, path);
        if (there !== undefined && there.revision >= resource.revision) return;
        const value = Resource.encode(resource).finish();
        if (there === undefined) await kv.create(path, value);
        else await kv.update(path, value, there.kvRevision);
      }),
    remove: (key, revision) =>
      againOnConflict(connection, async () => {
        const there = await readRevision(kv, pathOf(key));
        if (there !== undefined && there.revision < revision) await kv.delete(pathOf(key), there.kvRevision);
      }),
  };
}

/** The bucket `directory`, live in memory. */
export async function createKvResourceMirror(connection: BusConnection): Promise<ResourceMirror & { stop(): void }> {
  const listeners = new Set<(change: ResourceChange) => void>();
  const mirror = await mirrorKv(connection, {
    bucket,
    prefix: '',
    decode: (bytes) => Resource.decode(bytes),
    onChange(path, after, before) {
      for (const listener of listeners) listener({ key: keyOf(path), before, after });
    },
  });
  return {
    get: (key) => mirror.get(pathOf(key)),
    list(tenant, kind) {
      const prefix = kind === undefined ? `${tenant}.` : `${tenant}.${kind}.`;
      return [...mirror.entries()].filter(([path]) => path.startsWith(prefix)).map(([, resource]) => resource);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      mirror.stop();
    },
  };
}
