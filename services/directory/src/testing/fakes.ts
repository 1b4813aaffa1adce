import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { Clock } from '@patchbay/runtime/clock';
import { directoryError } from '../errors.ts';
import { parseFiles } from '../parsing/parse-files.ts';
import type { Announcement, Announcer, FileParser, PasswordHasher, ResourceChange, ResourceKey, ResourceMirror, ResourceStore, Vault, WriterLock } from '../ports.ts';

/** A vault in memory whose values go by the clock. `failOn` lets a write fail as a lost connection would. */
export function createFakeVault(clock: Clock) {
  const values = new Map<string, { text: string; revision: number; untilMs: number }>();
  let revision = 0;
  const find = (key: string) => {
    const entry = values.get(key);
    return entry === undefined || entry.untilMs <= clock.nowMs() ? undefined : entry;
  };
  const vault: Vault & { values: typeof values; failOn: (key: string) => boolean } = {
    values,
    failOn: () => false,
    async read(key) {
      const entry = find(key);
      return entry === undefined ? undefined : { value: JSON.parse(entry.text) as unknown, revision: entry.revision };
    },
    async write(key, value, { expected, ttlMs } = {}) {
      if (vault.failOn(key)) throw new Error('connection lost');
      if (expected !== undefined && (find(key)?.revision ?? 0) !== expected) throw directoryError('DIRECTORY_CONFLICT');
      revision += 1;
      values.set(key, { text: JSON.stringify(value), revision, untilMs: ttlMs === undefined ? Infinity : clock.nowMs() + ttlMs });
    },
    async remove(key) {
      values.delete(key);
    },
    keys: async (prefix) => [...values.keys()].filter((key) => key.startsWith(`${prefix}.`) && find(key) !== undefined).sort(),
  };
  return vault;
}

/** Store and mirror of resources in memory. `failAfter` writes the store fails. */
export function createFakeResources() {
  const table = new Map<string, { key: ResourceKey; resource: Resource }>();
  const listeners = new Set<(change: ResourceChange) => void>();
  const pathOf = ({ tenant, kind, name }: ResourceKey) => `${tenant}.${kind}.${name}`;
  const tell = (key: ResourceKey, before: Resource | undefined, after: Resource | undefined) => {
    for (const listener of listeners) listener({ key, before, after });
  };
  const fake = {
    table,
    failAfter: Infinity,
    writes: [] as string[],
    store: {
      snapshot: async () => [...table.values()].map(({ key, resource }) => ({ tenant: key.tenant, resource })),
      async write(tenant, resource) {
        if (fake.writes.length >= fake.failAfter) throw new Error('connection lost');
        const key = { tenant, kind: resource.kind, name: resource.name };
        const before = table.get(pathOf(key))?.resource;
        if ((before?.revision ?? 0n) >= resource.revision) return;
        fake.writes.push(`${resource.kind}/${resource.name}`);
        table.set(pathOf(key), { key, resource });
        tell(key, before, resource);
      },
      async remove(key, revision) {
        const before = table.get(pathOf(key))?.resource;
        if (before === undefined || before.revision >= revision) return;
        table.delete(pathOf(key));
        tell(key, before, undefined);
      },
    } satisfies ResourceStore as ResourceStore,
    mirror: {
      get: (key) => table.get(pathOf(key))?.resource,
      list: (tenant, kind) => [...table.values()].filter(({ key }) => key.tenant === tenant && (kind === undefined || key.kind === kind)).map(({ resource }) => resource),
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    } satisfies ResourceMirror as ResourceMirror,
  };
  return fake;
}

/** Keeps what was announced. */
export function createFakeAnnouncer() {
  const announced: Announcement[] = [];
  const announcer: Announcer & { announced: Announcement[]; fail: boolean } = {
    announced,
    fail: false,
    async announce(changes) {
      if (announcer.fail) throw new Error('connection lost');
      announced.push(...changes);
    },
    lastAnnounced: async (key) => announced.filter((one) => one.key.kind === key.kind && one.key.name === key.name).reduce((last, one) => (one.revision > last ? one.revision : last), 0n),
  };
  return announcer;
}

/** Runs tasks at once. */
export const freeLock: WriterLock = { run: (task) => task(new AbortController().signal) };

/** Parses on the main thread. */
export const directParser: FileParser = { parse: async (files) => parseFiles(files), stop: async () => {} };

/** No hash at all, but as slow for right as for wrong. */
export function createFakeHasher() {
  const hasher: PasswordHasher & { checks: number } = {
    checks: 0,
    hash: async (password) => `fake$${password}`,
    async verify(hash, password) {
      hasher.checks += 1;
      return hash === `fake$${password}`;
    },
  };
  return hasher;
}
