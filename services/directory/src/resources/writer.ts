import type { Announcer, ResourceStore, Vault, WriterLock } from '../ports.ts';
import { type Change, createChangeLog } from './change-log.ts';
import { finishChange } from './finish-change.ts';

/** Decides and carries out changes, one at a time over all replicas. */
export interface Writer {
  /**
   * Runs a decision on the resources as they stand; the change it gives is stored, then carried out. A fault after it was
   * stored reaches the caller, but the change is finished by `heal`, by the next change, or when a replica starts.
   */
  change<Value>(decide: () => Promise<{ change: Change | undefined; value: Value }>): Promise<Value>;
  /** Finishes what was cut off, here or in another process; gives the number of changes. */
  heal(): Promise<number>;
  /** Whether a change of this process was stored and not finished. */
  isBehind(): boolean;
}

export function createWriter(parts: { lock: WriterLock; vault: Vault; store: ResourceStore; announcer: Announcer }): Writer {
  const log = createChangeLog(parts.vault);
  let behind = false;

  async function finishPending(lost: AbortSignal): Promise<number> {
    const pending = await log.pending();
    for (const change of pending) {
      await finishChange(parts, change, { resumed: true, lost });
      await log.forget(change.id);
    }
    behind = false;
    return pending.length;
  }

  return {
    change: (decide) =>
      parts.lock.run(async (lost) => {
        await finishPending(lost);
        const { change, value } = await decide();
        if (change === undefined) return value;
        lost.throwIfAborted();
        behind = true;
        await log.store(change);
        await finishChange(parts, change, { resumed: false, lost });
        await log.forget(change.id);
        behind = false;
        return value;
      }),
    heal: () => parts.lock.run(finishPending),
    isBehind: () => behind,
  };
}
