/** Items that come one by one and are taken as they have piled up. */
export interface Arrivals<Item> {
  /** Came, and not taken yet. */
  readonly waiting: readonly Item[];
  /** Waits for one item and takes what else is there, `most` at most; undefined when no more comes. Throws what the source threw. */
  take(most: number): Promise<Item[] | undefined>;
}

/** Reads a source ahead, as fast as it gives, so that whoever takes gets what came meanwhile at once. */
export function collectArrivals<Item>(source: AsyncIterable<Item>): Arrivals<Item> {
  const waiting: Item[] = [];
  let changed = Promise.withResolvers<void>();
  let isOver = false;
  const reading = (async () => {
    try {
      for await (const item of source) {
        waiting.push(item);
        changed.resolve();
      }
    } finally {
      isOver = true;
      changed.resolve();
    }
  })();
  // It is thrown to whoever takes.
  reading.catch(() => undefined);
  return {
    waiting,
    async take(most) {
      while (waiting.length === 0) {
        if (isOver) {
          await reading;
          return undefined;
        }
        changed = Promise.withResolvers();
        await changed.promise;
      }
      return waiting.splice(0, most);
    },
  };
}
