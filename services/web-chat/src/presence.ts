import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { StateStore } from './ports.ts';

/** Who is there: contacts whose visitor went away for too long end, whichever replica sees it. */
export interface Presence {
  /** A connection follows the contact. */
  enter(tenant: string, contactId: string): void;
  /** A connection stopped following it. */
  leave(tenant: string, contactId: string): void;
  /** The contact ended. */
  forget(contactId: string): void;
  /** Looks once for visitors who stayed away. */
  sweep(): Promise<void>;
  /** Waits for writes in hand and stops. */
  stop(): Promise<void>;
}

/** What presence stands on. */
export interface PresenceDependencies {
  readonly store: StateStore;
  /** Unique to this process. */
  readonly replica: string;
  /** How long a visitor may be away while waiting and while connected, milliseconds. */
  readonly awayLimit: { waitingMs: number; connectedMs: number };
  /** Whether somebody serves the contact now; undefined when it has ended. */
  isServed(tenant: string, contactId: string): Promise<boolean | undefined>;
  /** Ends the contact: the visitor left. */
  end(tenant: string, contactId: string): Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Kept for each open contact: where its visitor is connected, or since when nowhere. */
interface PresenceRecord {
  readonly tenant: string;
  /** Replica with the connection; empty when there is none. */
  readonly replica: string;
  readonly sinceMs: number;
}

const prefix = 'webchat-present';
const replicaPrefix = 'webchat-replica';
const aliveTtlMs = 30_000;
const aliveEveryMs = 10_000;
const sweepEvery = { leastMs: 1_000, mostMs: 15_000 };
const recordTtlMs = 7 * 86_400_000;

/**
 * Creates the presence table in the state bucket. A replica that dies leaves records with its name; since it no longer
 * refreshes its own key, the others take its visitors as away from the moment they notice.
 */
export function createPresence(dependencies: PresenceDependencies): Presence {
  const { store, replica, awayLimit, clock, log } = dependencies;
  const sweepEveryMs = Math.max(sweepEvery.leastMs, Math.min(sweepEvery.mostMs, awayLimit.waitingMs / 4));
  const here = new Map<string, number>();
  let writes: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  const recordKey = (contactId: string) => `${prefix}.${contactId}`;
  /** Writes one after another; a lost write only makes a visitor look present or away for one sweep longer. */
  function write(task: () => Promise<unknown>): void {
    writes = writes.then(task).catch((error: unknown) => {
      log.warn('presence was not written', { error: AppError.from(error) });
    });
  }
  function put(contactId: string, record: PresenceRecord): void {
    write(() => store.put(recordKey(contactId), Buffer.from(JSON.stringify(record)), { ttlMs: recordTtlMs }));
  }

  async function check(contactId: string, alive: ReadonlySet<string>): Promise<void> {
    const entry = await store.get(recordKey(contactId));
    if (entry === undefined) return;
    const record = JSON.parse(Buffer.from(entry.value).toString()) as PresenceRecord;
    if (here.has(contactId)) {
      // Another replica lost its connection of the same visitor, who is still here.
      if (record.replica !== replica) put(contactId, { tenant: record.tenant, replica, sinceMs: clock.nowMs() });
      return;
    }
    if (record.replica !== '' && alive.has(record.replica)) return;
    if (record.replica !== '') {
      put(contactId, { tenant: record.tenant, replica: '', sinceMs: clock.nowMs() });
      return;
    }
    const awayMs = clock.nowMs() - record.sinceMs;
    if (awayMs < Math.min(awayLimit.waitingMs, awayLimit.connectedMs)) return;
    const isServed = await dependencies.isServed(record.tenant, contactId);
    if (isServed !== undefined && awayMs < (isServed ? awayLimit.connectedMs : awayLimit.waitingMs)) return;
    if (isServed !== undefined) {
      log.info('visitor stayed away: the contact ends', { contactId, tenantId: record.tenant });
      await dependencies.end(record.tenant, contactId);
    }
    await store.delete(recordKey(contactId), entry.revision);
  }

  async function sweep(): Promise<void> {
    const alive = new Set((await store.keys(replicaPrefix)).map((key) => key.slice(replicaPrefix.length + 1)));
    for (const key of await store.keys(prefix)) {
      if (isStopped) return;
      await check(key.slice(prefix.length + 1), alive).catch((error: unknown) => {
        log.warn('presence of a contact was not checked', { error: AppError.from(error) });
      });
    }
  }

  const announce = () => {
    write(() => store.put(`${replicaPrefix}.${replica}`, new Uint8Array(), { ttlMs: aliveTtlMs }));
  };
  let stopAnnouncing = () => {};
  let stopSweeping = () => {};
  function announceAgain(): void {
    announce();
    stopAnnouncing = clock.setTimer(aliveEveryMs, announceAgain);
  }
  function sweepAgain(): void {
    stopSweeping = clock.setTimer(sweepEveryMs, () => {
      void sweep()
        .catch((error: unknown) => {
          log.warn('presence was not swept', { error: AppError.from(error) });
        })
        .finally(() => {
          if (!isStopped) sweepAgain();
        });
    });
  }
  announceAgain();
  sweepAgain();

  return {
    enter(tenant, contactId) {
      const count = here.get(contactId) ?? 0;
      here.set(contactId, count + 1);
      if (count === 0) put(contactId, { tenant, replica, sinceMs: clock.nowMs() });
    },
    leave(tenant, contactId) {
      const count = here.get(contactId);
      if (count === undefined) return;
      if (count > 1) {
        here.set(contactId, count - 1);
        return;
      }
      here.delete(contactId);
      put(contactId, { tenant, replica: '', sinceMs: clock.nowMs() });
    },
    forget(contactId) {
      if (!here.delete(contactId)) return;
      write(() => store.delete(recordKey(contactId)));
    },
    sweep,
    async stop() {
      isStopped = true;
      stopAnnouncing();
      stopSweeping();
      write(() => store.delete(`${replicaPrefix}.${replica}`));
      await writes;
    },
  };
}
