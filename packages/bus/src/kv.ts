import { Kvm, type KV } from '@nats-io/kv';
import { headers as createHeaders } from '@nats-io/nats-core';
import { AppError } from '@patchbay/runtime/app-error';
import { askAgain } from './ask-again.ts';
import { serverTimeoutMs, type BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import { toBusError } from './nats-errors.ts';
import type { KvBucket } from './topology.ts';

/** A value with its place. */
export interface KvEntry {
  value: Uint8Array;
  /** Rises with every change in the bucket; what `update` compares. */
  revision: number;
  /** When it was written, milliseconds since the Unix epoch. */
  createdMs: number;
}

/** How a value is written. */
export interface KvWrite {
  /** The value goes by itself after this long, 1 s at least, to the second; default never (or the bucket's own). */
  ttlMs?: number;
}

/** A key-value bucket. Keys: letters, digits, `-`, `_`, `=`, `/`, with `.` between tokens. */
export interface Kv {
  /** The value, or undefined when there is none. */
  get(key: string): Promise<KvEntry | undefined>;
  /** Writes where nothing is; BUS_CONFLICT when something is. Gives the revision. */
  create(key: string, value: Uint8Array, write?: KvWrite): Promise<number>;
  /** Writes over exactly this revision; BUS_CONFLICT when there is a newer one. */
  update(key: string, value: Uint8Array, revision: number, write?: KvWrite): Promise<number>;
  /** Writes over whatever is there. */
  put(key: string, value: Uint8Array, write?: KvWrite): Promise<number>;
  /** Removes; with a revision, only exactly that one (BUS_CONFLICT). */
  delete(key: string, revision?: number): Promise<void>;
  /** Keys at or below a prefix of whole tokens; all keys when empty. */
  keys(prefix?: string): Promise<string[]>;
}

/** Opens the library's view of a bucket that `ensureTopology` made. */
export async function openBucket(connection: BusConnection, bucket: KvBucket): Promise<KV> {
  try {
    return await new Kvm(connection.js).open(bucket, { allow_direct: true });
  } catch (error) {
    throw toBusError(error);
  }
}

/** The server's "no value" operations, which the library writes as headers (ADR-8). */
const operationHeader = 'KV-Operation';

/** Opens a bucket. */
export async function openKv(connection: BusConnection, bucket: KvBucket): Promise<Kv> {
  const view = await openBucket(connection, bucket);

  async function write(key: string, value: Uint8Array, expected: number | undefined, options: KvWrite & { timeoutMs?: number }, operation?: 'DEL'): Promise<number> {
    const headers = createHeaders();
    if (operation !== undefined) headers.set(operationHeader, operation);
    try {
      const answer = await connection.js.publish(`$KV.${bucket}.${key}`, value, {
        headers,
        timeout: options.timeoutMs ?? serverTimeoutMs,
        ...(expected === undefined ? {} : { expect: { lastSubjectSequence: expected } }),
        ...(options.ttlMs === undefined ? {} : { ttl: `${Math.max(1, Math.ceil(options.ttlMs / 1_000))}s` }),
      });
      return answer.seq;
    } catch (thrown) {
      const error = toBusError(thrown);
      throw error.code === 'BUS_STALE_WRITER' ? busError('BUS_CONFLICT', { cause: error, details: { bucket } }) : error;
    }
  }

  const kv: Kv = {
    async get(key) {
      const entry = await askAgain(connection, () => view.get(key));
      if (entry === null || entry.operation !== 'PUT') return undefined;
      return { value: entry.value, revision: entry.revision, createdMs: entry.created.getTime() };
    },
    async create(key, value, options = {}) {
      try {
        return await write(key, value, 0, options);
      } catch (error) {
        if (AppError.from(error).code !== 'BUS_CONFLICT') throw error;
        // A deleted or expired key leaves a marker behind: writing over exactly that marker is a creation, too.
        const entry = await view.get(key);
        if (entry === null || entry.operation === 'PUT') throw error;
        return write(key, value, entry.revision, options);
      }
    },
    update: (key, value, revision, options = {}) => write(key, value, revision, options),
    put: (key, value, options = {}) => askAgain(connection, (timeoutMs) => write(key, value, undefined, { ...options, timeoutMs })),
    async delete(key, revision) {
      await write(key, new Uint8Array(), revision, {}, 'DEL');
    },
    async keys(prefix = '') {
      const found: string[] = [];
      try {
        for await (const key of await view.keys(prefix === '' ? '>' : `${prefix}.>`)) found.push(key);
      } catch (error) {
        throw toBusError(error);
      }
      return found.sort();
    },
  };
  return kv;
}
