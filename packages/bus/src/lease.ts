import { AppError } from '@patchbay/runtime/app-error';
import { sleep } from '@patchbay/runtime/clock';
import type { BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import { openKv, type Kv } from './kv.ts';

/** What to hold. */
export interface LeaseOptions {
  /** Name of the single place, e.g. `routing.demo.main`. */
  name: string;
  /** How long a holder that went silent still blocks the place; 2 s at least. Renewed every third of it. Default 6 s. */
  ttlMs?: number;
  /** Told once when the lease is gone without `release`: stop writing at once. */
  onLost(error: AppError): void;
  /** Gives up waiting. */
  signal?: AbortSignal;
}

/** A single place that is held. */
export interface Lease {
  readonly name: string;
  /** Fencing epoch: the KV revision that granted the lease. Higher than that of every earlier holder. */
  readonly epoch: bigint;
  /** Whether it is still held, by this process's monotonic clock: false as soon as the TTL may have passed. */
  isHeld(): boolean;
  /** Gives the place up at once. */
  release(): Promise<void>;
}

interface Held {
  kv: Kv;
  options: LeaseOptions;
  ttlMs: number;
  revision: number;
  validUntilMs: number;
}

/** What somebody who waits saw of the holder, and since when. */
interface Sighting {
  revision: number;
  ttlMs: number;
  sinceMs: number;
}

/** A holder's value: who, and how long its silence still blocks the place. */
const holderValue = (connection: BusConnection, ttlMs: number) => Buffer.from(`${connection.name} ${connection.ids.next()} ${String(ttlMs)}`);

/** The TTL that a holder wrote; undefined for a value without one, whose going only the server tells. */
function ttlOf(value: Uint8Array): number | undefined {
  const ttlMs = Number(Buffer.from(value).toString().split(' ')[2]);
  return Number.isInteger(ttlMs) && ttlMs > 0 ? ttlMs : undefined;
}

/**
 * Waits until the place is free, then holds it, renewing in the background. Free means given up, or not renewed for its TTL
 * by the clock of the one who waits: that began no earlier than the holder's own count, so the holder has stopped by then.
 * The server takes the value away as well, but counts in whole seconds and looks now and then.
 */
export async function acquireLease(connection: BusConnection, options: LeaseOptions): Promise<Lease> {
  const kv = await openKv(connection, 'leases');
  const ttlMs = Math.max(2_000, options.ttlMs ?? 6_000);
  const owner = holderValue(connection, ttlMs);
  let seen: Sighting | undefined;
  for (;;) {
    const askedMs = connection.clock.monotonicMs();
    try {
      seen = await lookAt(connection, kv, options.name, seen);
      const revision = await takeFrom(connection, kv, { name: options.name, owner, ttlMs }, seen);
      if (revision !== undefined) return keep(connection, owner, { kv, options, ttlMs, revision, validUntilMs: askedMs + ttlMs });
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (!error.retryable) throw error;
    }
    const silentForMs = seen === undefined ? 0 : connection.clock.monotonicMs() - seen.sinceMs;
    const pauseMs = Math.max(10, Math.min(ttlMs / 6, (seen?.ttlMs ?? ttlMs) - silentForMs));
    await sleep(connection.clock, pauseMs, options.signal ?? connection.closing);
  }
}

async function lookAt(connection: BusConnection, kv: Kv, name: string, seen: Sighting | undefined): Promise<Sighting | undefined> {
  const entry = await kv.get(name);
  if (entry === undefined) return undefined;
  if (seen?.revision === entry.revision) return seen;
  return { revision: entry.revision, ttlMs: ttlOf(entry.value) ?? Infinity, sinceMs: connection.clock.monotonicMs() };
}

/** Takes a place that is free: the revision, or undefined while somebody holds it. */
async function takeFrom(connection: BusConnection, kv: Kv, wanted: { name: string; owner: Uint8Array; ttlMs: number }, seen: Sighting | undefined): Promise<number | undefined> {
  const { name, owner, ttlMs } = wanted;
  const write = { ttlMs, timeoutMs: ttlMs / 3 };
  if (seen === undefined) return kv.create(name, owner, write);
  return connection.clock.monotonicMs() < seen.sinceMs + seen.ttlMs ? undefined : kv.update(name, owner, seen.revision, write);
}

function keep(connection: BusConnection, owner: Uint8Array, held: Held): Lease {
  const { options, kv, ttlMs } = held;
  const epoch = BigInt(held.revision);
  let over = false;
  const lose = (error: AppError) => {
    if (over) return;
    over = true;
    connection.log.warn('lease lost', { lease: options.name, epoch: String(epoch), error });
    options.onLost(error);
  };
  const renew = async () => {
    const askedMs = connection.clock.monotonicMs();
    try {
      held.revision = await kv.update(options.name, owner, held.revision, { ttlMs, timeoutMs: ttlMs / 3 });
      held.validUntilMs = askedMs + ttlMs;
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === 'BUS_CONFLICT') await recoverOrLose(error);
    }
  };
  /** An update whose answer was lost looks like a conflict: the value then is still ours. */
  const recoverOrLose = async (error: AppError) => {
    const entry = await kv.get(options.name).catch(() => undefined);
    if (entry !== undefined && Buffer.compare(entry.value, owner) === 0) held.revision = entry.revision;
    else lose(busError('BUS_LEASE_LOST', { cause: error, details: { lease: options.name } }));
  };
  const loop = (async () => {
    while (!over) {
      await sleep(connection.clock, ttlMs / 3, connection.closing).catch(() => undefined);
      if (over || connection.closing.aborted) return;
      await renew();
      if (connection.clock.monotonicMs() >= held.validUntilMs) lose(busError('BUS_LEASE_LOST', { details: { lease: options.name } }));
    }
  })();
  loop.catch((error: unknown) => {
    lose(AppError.from(error));
  });
  return {
    name: options.name,
    epoch,
    isHeld: () => !over && connection.clock.monotonicMs() < held.validUntilMs,
    async release() {
      if (over) return;
      over = true;
      // A failed removal only means that the next holder waits for the TTL.
      await kv.delete(options.name, held.revision).catch((error: unknown) => {
        connection.log.warn('lease was not released', { error, lease: options.name });
      });
    },
  };
}
