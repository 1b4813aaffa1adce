import type { ResourceFile } from '@patchbay/contracts/directory/v1/directory_service';
import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { ParsedFiles } from './parsing/parse-files.ts';

/** A resource with the tenant it belongs to. */
export interface TenantResource {
  tenant: string;
  resource: Resource;
}

/** Name of a resource of a tenant. */
export interface ResourceKey {
  tenant: string;
  kind: string;
  name: string;
}

/** The table of resources that every service reads. Only this service writes it. */
export interface ResourceStore {
  /** Every resource of every tenant as it stands now; sees every write that ended before the call. */
  snapshot(): Promise<TenantResource[]>;
  /** Stores the resource unless one of the same or a higher revision is there: doing it again changes nothing. */
  write(tenant: string, resource: Resource): Promise<void>;
  /** Removes the resource when its revision is below that of the removal. */
  remove(key: ResourceKey, revision: bigint): Promise<void>;
}

/** One change of the table. */
export type ResourceChange = { readonly key: ResourceKey; readonly before: Resource | undefined; readonly after: Resource | undefined };

/** The same table, live in memory; a few milliseconds behind writes of other processes. */
export interface ResourceMirror {
  get(key: ResourceKey): Resource | undefined;
  /** By kind and name. */
  list(tenant: string, kind?: string): readonly Resource[];
  /** Tells of every change from now on until cancelled. */
  onChange(listener: (change: ResourceChange) => void): () => void;
}

/** One value of the vault and what `write` compares. */
export interface VaultEntry {
  value: unknown;
  revision: number;
}

/** Private values that no other service reads: hashes, keys, secrets, unfinished changes. Values are plain JSON. */
export interface Vault {
  read(key: string): Promise<VaultEntry | undefined>;
  /**
   * Writes a value. With `expected`, only over exactly that revision, 0 for none: DIRECTORY_CONFLICT otherwise.
   * With `ttlMs`, the value goes by itself.
   */
  write(key: string, value: unknown, options?: { expected?: number; ttlMs?: number }): Promise<void>;
  /** Removes a value; harmless when there is none. */
  remove(key: string): Promise<void>;
  /** Keys below a prefix of whole tokens, sorted. */
  keys(prefix: string): Promise<string[]>;
}

/** A change of a resource that is told to everybody. */
export interface Announcement {
  key: ResourceKey;
  revision: bigint;
  author: string;
  removed: boolean;
  timeMs: number;
}

/** Tells the bus of changes. */
export interface Announcer {
  /** Appends facts in this order; the same announcement twice within ten minutes is one fact. */
  announce(changes: readonly Announcement[]): Promise<void>;
  /** Highest revision of the resource that was announced; 0n for none that is still kept. */
  lastAnnounced(key: ResourceKey): Promise<bigint>;
}

/** Lets one process at a time change resources. */
export interface WriterLock {
  /** Runs the task alone among all replicas; the signal aborts when the place was lost in the middle. */
  run<Value>(task: (lost: AbortSignal) => Promise<Value>): Promise<Value>;
}

/** Reads YAML off the main thread. */
export interface FileParser {
  /** Every fault at once. DIRECTORY_PARSE_TIMEOUT when it takes too long. */
  parse(files: readonly ResourceFile[]): Promise<ParsedFiles>;
  stop(): Promise<void>;
}

/** Slow one-way function for passwords. */
export interface PasswordHasher {
  /** Hash in PHC string form. DIRECTORY_BUSY when too many wait. */
  hash(password: string): Promise<string>;
  /** Whether the password has this hash. Takes the same time for both answers. DIRECTORY_BUSY when too many wait. */
  verify(hash: string, password: string): Promise<boolean>;
}
