import { headers as createHeaders, type MsgHdrs } from '@nats-io/nats-core';
import { AppError } from '@patchbay/runtime/app-error';
import { sleep } from '@patchbay/runtime/clock';
import { askAgain } from './ask-again.ts';
import { serverTimeoutMs, type BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import { lastOfSubject, readStream } from './leader-reads.ts';
import { toBusError, writeInFlightCode } from './nats-errors.ts';
import { kvStream, type KvBucket } from './topology.ts';

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
  /** How long to wait for the answer, milliseconds; default 5 s. BUS_UNAVAILABLE then: it may or may not be written. */
  timeoutMs?: number;
}

/** A key-value bucket; what it reads is never older than what was acknowledged. Keys: letters, digits, `-`, `_`, `=`, `/`, with `.` between tokens; BUS_BAD_NAME for others. */
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

/** What stands for "no value": a removal of ours (ADR-8), or a mark that the server left when a value's time was over (ADR-43). */
const operationHeader = 'KV-Operation';
const markerHeader = 'Nats-Marker-Reason';

/** Whether a message of a bucket's stream says that its key has no value any more. */
export function isRemoval(headers: MsgHdrs | undefined): boolean {
  return headers !== undefined && (headers.has(operationHeader) || headers.has(markerHeader));
}

/** `$KV.<bucket>.<key>`, as every NATS client names it (ADR-8); wildcards allowed. */
export const kvSubject = (bucket: KvBucket, key: string) => `$KV.${bucket}.${key}`;

/** Pause before a key whose last revision is on its way is asked for again, milliseconds. */
const inFlightPauseMs = 20;

const keyPattern = /^[-/_=A-Za-z0-9]+(\.[-/_=A-Za-z0-9]+)*$/;

/** Opens a bucket. */
export function openKv(connection: BusConnection, bucket: KvBucket): Promise<Kv> {
  const subjectOf = (key: string) => {
    if (!keyPattern.test(key)) throw busError('BUS_BAD_NAME', { details: { bucket } });
    return kvSubject(bucket, key);
  };
  const lastOf = (key: string) => lastOfSubject(connection, kvStream(bucket), subjectOf(key));

  async function write(key: string, value: Uint8Array, expected: number | undefined, options: KvWrite, operation?: 'DEL'): Promise<number> {
    const headers = createHeaders();
    if (operation !== undefined) headers.set(operationHeader, operation);
    const deadlineMs = connection.clock.monotonicMs() + (options.timeoutMs ?? serverTimeoutMs);
    for (;;) {
      try {
        return await publishOnce(key, value, headers, { ...options, expected });
      } catch (thrown) {
        const error = toBusError(thrown);
        if (error.code === 'BUS_STALE_WRITER') throw busError('BUS_CONFLICT', { cause: error, details: { bucket } });
        if (error.details['apiCode'] !== String(writeInFlightCode) || connection.clock.monotonicMs() > deadlineMs) throw error;
        await sleep(connection.clock, inFlightPauseMs, connection.closing);
      }
    }
  }

  async function publishOnce(key: string, value: Uint8Array, headers: MsgHdrs, options: KvWrite & { expected: number | undefined }): Promise<number> {
    const { expected, ttlMs, timeoutMs = serverTimeoutMs } = options;
    const answer = await connection.js.publish(subjectOf(key), value, {
      headers,
      timeout: timeoutMs,
      ...(expected === undefined ? {} : { expect: { lastSubjectSequence: expected } }),
      ...(ttlMs === undefined ? {} : { ttl: `${Math.max(1, Math.ceil(ttlMs / 1_000))}s` }),
    });
    return answer.seq;
  }

  const kv: Kv = {
    async get(key) {
      const last = await lastOf(key);
      return last === undefined || isRemoval(last.header) ? undefined : { value: last.data, revision: last.seq, createdMs: last.time.getTime() };
    },
    async create(key, value, options = {}) {
      try {
        return await write(key, value, 0, options);
      } catch (error) {
        if (AppError.from(error).code !== 'BUS_CONFLICT') throw error;
        // A deleted or expired key leaves a marker behind: writing over exactly that marker is a creation, too.
        const last = await lastOf(key);
        if (last === undefined || !isRemoval(last.header)) throw error;
        return write(key, value, last.seq, options);
      }
    },
    update: (key, value, revision, options = {}) => write(key, value, revision, options),
    put: (key, value, options = {}) => askAgain(connection, (timeoutMs) => write(key, value, undefined, { ...options, timeoutMs })),
    async delete(key, revision) {
      await write(key, new Uint8Array(), revision, {}, 'DEL');
    },
    async keys(prefix = '') {
      const found: string[] = [];
      const filters = [kvSubject(bucket, prefix === '' ? '>' : `${prefix}.>`)];
      for await (const { subject, headers } of readStream(connection, { stream: kvStream(bucket), filters, config: { deliver_policy: 'last_per_subject', headers_only: true } })) {
        if (!isRemoval(headers)) found.push(subject.slice(kvSubject(bucket, '').length));
      }
      return found.sort();
    },
  };
  return Promise.resolve(kv);
}
