import type { KvWatchEntry } from '@nats-io/kv';
import type { QueuedIterator } from '@nats-io/nats-core';
import { sleep } from '@patchbay/runtime/clock';
import type { BusConnection } from './connection.ts';
import { openBucket } from './kv.ts';
import type { KvBucket } from './topology.ts';

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

/**
 * Copies part of a bucket and follows it. Resolves when what is there now has been read. After a lost connection it
 * reads everything again and tells only what differs.
 */
export async function mirrorKv<Value>(connection: BusConnection, options: KvMirrorOptions<Value>): Promise<KvMirror<Value>> {
  const values = new Map<string, Value>();
  const revisions = new Map<string, number>();
  let stopped = false;
  let watch: QueuedIterator<KvWatchEntry> | undefined;
  let pending = { missing: new Set<string>(), done: () => {} };

  function apply(entry: KvWatchEntry): void {
    if ((revisions.get(entry.key) ?? 0) >= entry.revision) return;
    revisions.set(entry.key, entry.revision);
    const previous = values.get(entry.key);
    if (entry.operation !== 'PUT') {
      values.delete(entry.key);
      if (previous !== undefined) options.onChange?.(entry.key, undefined, previous);
      return;
    }
    try {
      const value = options.decode(entry.value, entry.key);
      values.set(entry.key, value);
      options.onChange?.(entry.key, value, previous);
    } catch (error) {
      connection.log.error('mirrored value was not taken', { error, bucket: options.bucket, key: entry.key });
    }
  }

  const filter = options.prefix === '' ? '>' : `${options.prefix}.>`;
  const first = await openWatch();
  watch = first.watch;
  void follow(first.watch);
  await first.snapshot;

  /** Opens a watch; its snapshot is done when as many values as the bucket had have come, or it was empty. */
  async function openWatch(): Promise<{ watch: QueuedIterator<KvWatchEntry>; snapshot: Promise<void> }> {
    const bucket = await openBucket(connection, options.bucket);
    const keys: string[] = [];
    for await (const key of await bucket.keys(filter)) keys.push(key);
    const missing = new Set(keys);
    // Keys that went while the connection was away are told as removals.
    for (const key of [...values.keys()]) {
      if (missing.has(key)) continue;
      const previous = values.get(key);
      values.delete(key);
      revisions.delete(key);
      options.onChange?.(key, undefined, previous);
    }
    const opened = await bucket.watch({ key: filter });
    let done = () => {};
    const snapshot = new Promise<void>((resolve) => {
      done = resolve;
    });
    if (missing.size === 0) done();
    pending = { missing, done };
    return { watch: opened, snapshot };
  }

  async function follow(opened: QueuedIterator<KvWatchEntry>): Promise<void> {
    let current = opened;
    for (;;) {
      try {
        for await (const entry of current) {
          apply(entry);
          pending.missing.delete(entry.key);
          if (pending.missing.size === 0) pending.done();
        }
      } catch (error) {
        connection.log.warn('mirror interrupted', { error, bucket: options.bucket });
      }
      if (stopped || connection.closing.aborted) return;
      try {
        await sleep(connection.clock, 500, connection.closing);
        current = (await openWatch()).watch;
        watch = current;
      } catch {
        // The connection is still away; the next round tries again.
        if (connection.closing.aborted) return;
      }
    }
  }

  return {
    get: (key) => values.get(key),
    entries: () => new Map([...values].sort(([left], [right]) => (left < right ? -1 : 1))).entries(),
    values: () => values.values(),
    stop() {
      stopped = true;
      watch?.stop();
    },
  };
}
