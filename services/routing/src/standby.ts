import { AppError } from '@patchbay/runtime/app-error';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { buildState, takeFact, type BuildParts, type BuiltState } from './build-writer.ts';

/** A routing domain's state, kept up to date by a process that does not write. */
export interface Standby {
  /** Ends following and gives the state, which is the caller's from here on; undefined when it is worth nothing. */
  take(): Promise<BuiltState | undefined>;
}

/** Facts after which the state is built anew from the writer's snapshot: what a writer lets go of as it fires its timers stays here. */
const refreshFacts = 200_000;
const pauseMs = 500;

/**
 * Follows a domain's facts, so that whoever takes over has only the last moments to read. Resources that change make the
 * state worth nothing: it is built again.
 */
export function createStandby(parts: BuildParts & { clock: Clock; log: Logger }): Standby {
  const { directory, place, journal, clock, log } = parts;
  const taking = new AbortController();
  const stopped = AbortSignal.any([parts.signal, taking.signal]);
  let following = new AbortController();
  let built: BuiltState | undefined;
  const stopListening = directory.onChange(({ tenant }) => {
    if (tenant !== place.tenant) return;
    built = undefined;
    following.abort();
  });

  async function follow(): Promise<void> {
    following = new AbortController();
    const signal = AbortSignal.any([stopped, following.signal]);
    const fresh = await buildState({ ...parts, signal: AbortSignal.any([parts.signal, following.signal]) });
    if (following.signal.aborted) return;
    built = fresh;
    for await (const fact of journal.follow(fresh.lastSequence + 1, signal)) {
      if (signal.aborted) return;
      takeFact(fresh, fact);
      if (fresh.replayed > refreshFacts) return;
    }
  }

  const loop = (async () => {
    while (!stopped.aborted) {
      await follow().catch((thrown: unknown) => {
        if (!stopped.aborted && !following.signal.aborted) log.warn('standby was interrupted', { error: AppError.from(thrown) });
      });
      // Resources come in crowds, and a fault may last.
      await sleep(clock, pauseMs, stopped).catch(() => undefined);
    }
  })().finally(stopListening);
  return {
    async take() {
      taking.abort();
      await loop;
      return built;
    },
  };
}
