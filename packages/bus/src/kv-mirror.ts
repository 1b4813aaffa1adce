import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { sleep } from '@patchbay/runtime/clock';
import type { BusConnection } from './connection.ts';
import { isRemoval, kvSubject } from './kv.ts';
import { lastOfSubject, standstillMs } from './leader-reads.ts';
import { toBusError } from './nats-errors.ts';
import { kvStream, type KvBucket } from './topology.ts';

/** What to mirror. */
export interface KvMirrorOptions<Value> {
  bucket: KvBucket;
  /** Whole tokens; empty for the whole bucket. `*` stands for one token, e.g. `*.Queue`. */
  prefix: string;
  /** Reads a value; a throw leaves the key out and is logged. */
  decode(bytes: Uint8Array, key: string): Value;
  /** Told of each change, the snapshot's values included; `value` is undefined for a removal. */
  onChange?(key: string, value: Value | undefined, previous: Value | undefined): void;
}

/** A live, read-only copy of part of a bucket. */
export interface KvMirror<Value> {
  get(key: string): Value | undefined;
  /** By key. */
  entries(): IterableIterator<[string, Value]>;
  /** By no order. */
  values(): IterableIterator<Value>;
  stop(): void;
}

/** Found out by two that do not come, so that a server that died is noticed in seconds. */
const heartbeatMs = 1_000;
const pullExpiresMs = 10_000;
/** Between two rounds, milliseconds. */
const pauseMs = 200;

/**
 * Copies part of a bucket and follows it. Resolves when all that was acknowledged before the call has been read, in a
 * cluster too. After a lost connection it reads everything again and tells only what differs.
 */
export async function mirrorKv<Value>(connection: BusConnection, options: KvMirrorOptions<Value>): Promise<KvMirror<Value>> {
  const copy = createCopy(connection, options);
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, connection.closing]);
  const filter = kvSubject(options.bucket, options.prefix === '' ? '>' : `${options.prefix}.>`);
  let complete = () => {};
  const first = new Promise<void>((resolve) => {
    complete = resolve;
  });
  const following = (async () => {
    while (!signal.aborted) {
      try {
        await followOnce({ connection, bucket: options.bucket, filter, signal, copy, complete });
      } catch (error) {
        if (signal.aborted) return;
        connection.log.warn('mirror interrupted', { error: toBusError(error), bucket: options.bucket });
      }
      await sleep(connection.clock, pauseMs, signal).catch(() => undefined);
    }
  })();
  await Promise.race([first, following]);
  return { ...copy.view, stop: () => void stopping.abort() };
}

interface Copy<Value> {
  readonly view: Omit<KvMirror<Value>, 'stop'>;
  /** A round begins that will bring every key again. */
  begin(): void;
  apply(message: JsMsg): void;
  /** Every key was brought: what did not come is gone. */
  removeUnseen(): void;
}

function createCopy<Value>(connection: BusConnection, options: KvMirrorOptions<Value>): Copy<Value> {
  const values = new Map<string, Value>();
  const revisions = new Map<string, number>();
  let seen = new Set<string>();
  const start = kvSubject(options.bucket, '').length;

  function remove(key: string): void {
    const previous = values.get(key);
    if (!values.delete(key)) return;
    options.onChange?.(key, undefined, previous);
  }

  return {
    begin: () => void (seen = new Set()),
    apply(message) {
      const key = message.subject.slice(start);
      seen.add(key);
      if ((revisions.get(key) ?? 0) >= message.seq) return;
      revisions.set(key, message.seq);
      if (isRemoval(message.headers)) {
        remove(key);
        return;
      }
      const previous = values.get(key);
      try {
        const value = options.decode(message.data, key);
        values.set(key, value);
        options.onChange?.(key, value, previous);
      } catch (error) {
        connection.log.error('mirrored value was not taken', { error, bucket: options.bucket, key });
      }
    },
    removeUnseen() {
      for (const key of [...values.keys()]) {
        if (seen.has(key)) continue;
        revisions.delete(key);
        remove(key);
      }
    },
    view: {
      get: (key) => values.get(key),
      entries: () => new Map([...values].sort(([left], [right]) => (left < right ? -1 : 1))).entries(),
      values: () => values.values(),
    },
  };
}

interface Round<Value> {
  connection: BusConnection;
  bucket: KvBucket;
  filter: string;
  signal: AbortSignal;
  copy: Copy<Value>;
  /** Called once all that the leader had at the beginning was read. */
  complete(): void;
}

/** Reads the last value of every key, then what comes, until the watch breaks. */
async function followOnce<Value>({ connection, bucket, filter, signal, copy, complete }: Round<Value>): Promise<void> {
  const lastKept = async () => (await lastOfSubject(connection, kvStream(bucket), filter))?.seq ?? 0;
  let target = await lastKept();
  let reached = 0;
  let isComplete = false;
  copy.begin();
  const settle = () => {
    if (isComplete || reached < target) return;
    isComplete = true;
    copy.removeUnseen();
    complete();
  };
  const consumer = await connection.js.consumers.get(kvStream(bucket), { filter_subjects: [filter], deliver_policy: 'last_per_subject' });
  const messages: ConsumerMessages = await consumer.consume({ max_messages: 256, expires: pullExpiresMs, idle_heartbeat: heartbeatMs });
  const close = () => void messages.close();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  let reachedBefore = -1;
  const watchdog = setInterval(() => {
    const stands = reached === reachedBefore;
    reachedBefore = reached;
    if (isComplete || !stands) return;
    lastKept().then((last) => {
      // The last one may have gone without a trace meanwhile; otherwise this consumer stands still.
      target = Math.min(target, last);
      settle();
      if (!isComplete) close();
    }, close);
  }, standstillMs);
  try {
    settle();
    for await (const message of messages) {
      copy.apply(message);
      reached = message.seq;
      settle();
    }
  } finally {
    clearInterval(watchdog);
    signal.removeEventListener('abort', close);
    await messages.close();
  }
}
