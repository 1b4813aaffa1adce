import { abortable } from '@patchbay/runtime/deadline';
import type { Changes } from './writer.ts';

/** Tells watchers which queues and agents changed. */
export interface ChangeFeed {
  publish(changes: Changes): void;
  /** Names that change from now on are gathered. */
  watch(kind: keyof Changes): Watch;
}

/** One watcher's view of a feed. Bounded: a name is kept once, however often it changed. */
export interface Watch {
  /** Waits until something changed. Rejects with the signal's reason. */
  changed(signal: AbortSignal): Promise<void>;
  /** Names that changed since the last call. */
  take(): ReadonlySet<string>;
  close(): void;
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(changes: Changes) => void>();
  return {
    publish(changes) {
      for (const listener of listeners) listener(changes);
    },
    watch(kind) {
      let gathered = new Set<string>();
      let wake = () => {};
      const listener = (changes: Changes) => {
        for (const name of changes[kind]) gathered.add(name);
        if (gathered.size > 0) wake();
      };
      listeners.add(listener);
      return {
        async changed(signal) {
          if (gathered.size > 0) return;
          const first = new Promise<void>((resolve) => {
            wake = resolve;
          });
          await abortable(first, signal);
        },
        take() {
          const names = gathered;
          gathered = new Set();
          return names;
        },
        close: () => void listeners.delete(listener),
      };
    },
  };
}
