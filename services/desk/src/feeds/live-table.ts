import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';

/** Told of rows that changed; `full` when they are all there are. */
export type RowListener<Row> = (changed: readonly Row[], full: boolean) => void;

/** Rows that a service streams, kept up to date. */
export interface LiveTable<Row> {
  get(key: string): Row | undefined;
  rows(): Iterable<Row>;
  /** Whether a first full set has come. */
  filled(): boolean;
  /** Returns how to stop. */
  subscribe(listener: RowListener<Row>): () => void;
  close(): void;
}

export interface LiveTableOptions<Row> {
  /** Name for the log. */
  name: string;
  keyOf(row: Row): string;
  /** Opens the stream: first all rows, then those that changed. */
  watch(signal: AbortSignal): AsyncIterable<readonly Row[]>;
  clock: Clock;
  log: Logger;
}

const reopen = { firstMs: 200, limitMs: 5_000 };

/** A table that opens its stream again whenever it breaks; the first rows after that replace all. */
export function createLiveTable<Row>(options: LiveTableOptions<Row>): LiveTable<Row> {
  const { name, keyOf, watch, clock, log } = options;
  const rows = new Map<string, Row>();
  const listeners = new Set<RowListener<Row>>();
  const closing = new AbortController();
  let filled = false;

  function take(changed: readonly Row[], full: boolean): void {
    if (full) rows.clear();
    for (const row of changed) rows.set(keyOf(row), row);
    filled = true;
    for (const listener of listeners) listener(changed, full);
  }

  async function follow(): Promise<void> {
    for (let attempt = 1; !closing.signal.aborted; attempt += 1) {
      try {
        let full = true;
        for await (const changed of watch(closing.signal)) {
          take(changed, full);
          full = false;
          attempt = 0;
        }
      } catch (error) {
        if (closing.signal.aborted) return;
        log.warn('feed interrupted', { feed: name, error });
      }
      // Rejects when the table is closed while it waits: nothing is left to do then.
      await sleep(clock, backoffMs(reopen, Math.max(1, attempt)), closing.signal).catch(() => undefined);
    }
  }

  void follow();
  return {
    get: (key) => rows.get(key),
    rows: () => rows.values(),
    filled: () => filled,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closing.abort();
      listeners.clear();
    },
  };
}
