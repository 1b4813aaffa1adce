import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { Writer } from './writer.ts';

/** The writer of now: built at the start, and again whenever its state became worth nothing. */
export interface WriterSlot {
  /** The writer, once it is built. Rejects when the slot is closed. */
  current(): Promise<Writer>;
  /** Throws the state away and builds it again. */
  rebuild(because: string): void;
  /** Resolves when the writer in hand has stored what it took. */
  close(): Promise<void>;
}

const buildBackoff = { firstMs: 50, limitMs: 2_000 };

/** @param parts.build builds state and writer; `onBroken` is the writer's to call */
export function createWriterSlot(parts: {
  build(onBroken: (error: AppError) => void): Promise<Writer>;
  clock: Clock;
  log: Logger;
  /** Ends building and rebuilding. */
  signal: AbortSignal;
  onRebuild(because: string): void;
}): WriterSlot {
  const { clock, log, signal } = parts;
  let round = 0;
  let current = start();
  // Whoever needs the writer sees the fault; nobody may be there to.
  current.catch(() => {});

  async function start(): Promise<Writer> {
    const mine = (round += 1);
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return await parts.build((error) => {
          if (mine === round) again(error.code);
        });
      } catch (thrown) {
        signal.throwIfAborted();
        log.warn('routing state could not be built', { error: AppError.from(thrown), attempt });
        await sleep(clock, backoffMs(buildBackoff, attempt), signal);
      }
    }
  }

  function again(because: string, after: Promise<unknown> = Promise.resolve()): void {
    if (signal.aborted) return;
    parts.onRebuild(because);
    current = after.then(start);
    current.catch(() => {});
  }

  return {
    current: () => current,
    rebuild(because) {
      // The old writer first stores what it took: two that write side by side would not know of each other.
      const stopped = current.then(
        (writer) => writer.stop(),
        () => undefined,
      );
      again(because, stopped);
    },
    async close() {
      // A slot that never built a writer has none to stop.
      const writer = await current.catch(() => undefined);
      await writer?.stop();
    },
  };
}
