import { sleep } from '@patchbay/runtime/clock';
import { deadlineSignal } from '@patchbay/runtime/deadline';
import type { Desk } from './desk.ts';
import type { RoutingState } from './domain/state.ts';
import type { Changes } from './writer.ts';

/** What to stream, and how often at most. */
export interface StreamChangesOptions {
  desk: Desk;
  kind: keyof Changes;
  everyMs: number;
  signal: AbortSignal;
}

/** Everything is given again after so long without a change: figures of the day turn at midnight without one. */
const refreshMs = 60_000;

/**
 * Gives everything to begin with, then what changed: the first change at once, later ones gathered so that nothing comes
 * more often than `everyMs`. The first list comes even when it is empty.
 * @param look what to give for these names, or for all
 */
export async function* streamChanges<Item>(
  { desk, kind, everyMs, signal }: StreamChangesOptions,
  look: (state: RoutingState, nowMs: number, names?: ReadonlySet<string>) => Item[],
): AsyncGenerator<Item[]> {
  // Watching begins before the first look, so that no change falls between the two.
  const watch = desk.feed.watch(kind);
  try {
    yield await desk.look((state, nowMs) => look(state, nowMs), signal);
    while (!signal.aborted) {
      const sentMs = desk.clock.monotonicMs();
      const changed = await watch.changed(deadlineSignal(refreshMs, signal)).then(
        () => true,
        () => false,
      );
      signal.throwIfAborted();
      const waitMs = sentMs + everyMs - desk.clock.monotonicMs();
      if (changed && waitMs > 0) await sleep(desk.clock, waitMs, signal);
      const names = watch.take();
      const items = await desk.look((state, nowMs) => (changed ? look(state, nowMs, names) : look(state, nowMs)), signal);
      if (items.length > 0) yield items;
    }
  } finally {
    watch.close();
  }
}
