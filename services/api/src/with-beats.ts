import type { Clock } from '@patchbay/runtime/clock';

/**
 * Passes values on and gives a beat whenever none came for a while. Ends with the source, which is told to end when the
 * reader goes away; the source must end by itself when its own signal aborts.
 */
export async function* withBeats<Value>(source: AsyncIterable<Value>, options: { everyMs: number; clock: Clock }): AsyncGenerator<Value | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      let cancel = () => {};
      const beat = new Promise<undefined>((resolve) => {
        cancel = options.clock.setTimer(options.everyMs, () => {
          resolve(undefined);
        });
      });
      const first = await Promise.race([next, beat]).finally(cancel);
      if (first === undefined) {
        yield undefined;
        continue;
      }
      if (first.done === true) return;
      next = iterator.next();
      // A fault that comes while the reader is busy is seen at the next turn.
      next.catch(() => undefined);
      yield first.value;
    }
  } finally {
    // Not awaited: the source may be waiting for something that never comes.
    iterator.return?.(undefined).catch(() => undefined);
  }
}
