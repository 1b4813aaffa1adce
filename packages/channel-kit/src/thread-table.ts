import { AppError } from '@patchbay/runtime/app-error';
import type { ThreadMatch } from './channel-adapter.ts';
import type { ChannelBus, KeyValue } from './channel-bus.ts';
import { claimKey, messageKey, recordTtlMs, threadKey, type AccountPlace } from './keys.ts';

/** The contact that a thread's next message joins. */
export interface ThreadRecord {
  readonly tenant: string;
  readonly contactId: string;
  readonly conversationId: string;
  readonly createdMs: number;
}

/** Which contact an inbound message goes to: written before the message, so that a redelivery looks there first. */
export interface Claim {
  readonly contactId: string;
  readonly messageId: string;
}

/** A record with its revision; absent when nothing is stored. */
export interface Stored<Value> {
  readonly value: Value;
  readonly revision: number;
}

/** The tables that make one contact of a thread and one effect of a message, whichever replica is asked. */
export interface ThreadTable {
  getThread(place: AccountPlace, thread: string): Promise<Stored<ThreadRecord> | undefined>;
  /** Writes over `previous` (or nothing); undefined when another replica was faster. */
  putThread(place: AccountPlace, thread: string, record: ThreadRecord, previous: Stored<ThreadRecord> | undefined): Promise<Stored<ThreadRecord> | undefined>;
  getClaim(place: AccountPlace, dedupKey: string): Promise<Stored<Claim> | undefined>;
  /** Writes over `previous` (or nothing); undefined when another replica was faster. Goes after 7 days. */
  putClaim(place: AccountPlace, dedupKey: string, claim: Claim, previous: Stored<Claim> | undefined): Promise<Stored<Claim> | undefined>;
  getMessage(place: AccountPlace, platformMessageId: string): Promise<(ThreadMatch & { readonly messageId: string }) | undefined>;
  putMessage(place: AccountPlace, platformMessageId: string, match: ThreadMatch & { readonly messageId: string }): Promise<void>;
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

async function get<Value>(bucket: KeyValue, key: string): Promise<Stored<Value> | undefined> {
  const entry = await bucket.get(key);
  return entry === undefined ? undefined : { value: JSON.parse(Buffer.from(entry.value).toString()) as Value, revision: entry.revision };
}

async function compareAndPut<Value>(
  bucket: KeyValue,
  key: string,
  write: { value: Value; previous: Stored<Value> | undefined; ttlMs?: number },
): Promise<Stored<Value> | undefined> {
  const { value, previous, ttlMs } = write;
  const options = ttlMs === undefined ? {} : { ttlMs };
  try {
    const revision =
      previous === undefined ? await bucket.create(key, encode(value), options) : await bucket.update(key, encode(value), previous.revision, options);
    return { value, revision };
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.code === 'BUS_CONFLICT') return undefined;
    throw error;
  }
}

/** Opens the tables. */
export async function createThreadTable(bus: ChannelBus): Promise<ThreadTable> {
  const [threads, claims] = await Promise.all([bus.keyValue('channel-threads'), bus.keyValue('channel-dedup')]);
  return {
    getThread: (place, thread) => get(threads, threadKey(place, thread)),
    putThread: (place, thread, value, previous) => compareAndPut(threads, threadKey(place, thread), { value, previous, ttlMs: recordTtlMs }),
    getClaim: (place, dedupKey) => get(claims, claimKey(place, dedupKey)),
    putClaim: (place, dedupKey, value, previous) => compareAndPut(claims, claimKey(place, dedupKey), { value, previous }),
    getMessage: async (place, id) => (await get<ThreadMatch & { messageId: string }>(threads, messageKey(place, id)))?.value,
    async putMessage(place, id, match) {
      await threads.put(messageKey(place, id), encode(match), { ttlMs: recordTtlMs });
    },
  };
}
