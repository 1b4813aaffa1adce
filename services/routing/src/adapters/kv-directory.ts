import type { BusConnection } from '@patchbay/bus/connection';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { referredKinds, type Directory, type DirectoryChange } from '../directory.ts';

/** Kinds that routing uses; others are not kept. */
const usedKinds = new Set<string>([...referredKinds, 'Queue', 'Agent', 'User']);

function toChange(path: string): DirectoryChange {
  const [tenant = '', kind = '', ...name] = path.split('.');
  return { tenant, kind, name: name.join('.') };
}

/** The directory's bucket, live in memory; goes on while the directory itself is down. */
export async function createKvDirectory(bus: BusConnection): Promise<Directory & { stop(): void }> {
  const listeners = new Set<(change: DirectoryChange) => void>();
  const tables = new Map<string, Map<string, Resource>>();
  const mirror = await mirrorKv(bus, {
    bucket: 'directory',
    prefix: '',
    decode: (bytes) => Resource.decode(bytes),
    onChange(path, resource) {
      const change = toChange(path);
      if (!usedKinds.has(change.kind)) return;
      const table = tables.get(`${change.tenant}.${change.kind}`) ?? new Map<string, Resource>();
      tables.set(`${change.tenant}.${change.kind}`, table);
      if (resource === undefined) table.delete(change.name);
      else table.set(change.name, resource);
      for (const listener of listeners) listener(change);
    },
  });
  return {
    tenants: () => [...tables].filter(([key, table]) => key.endsWith('.Tenant') && table.size > 0).map(([key]) => key.slice(0, -'.Tenant'.length)),
    get: (tenant, kind, name) => tables.get(`${tenant}.${kind}`)?.get(name),
    list: (tenant, kind) => [...(tables.get(`${tenant}.${kind}`)?.values() ?? [])],
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      mirror.stop();
    },
  };
}
