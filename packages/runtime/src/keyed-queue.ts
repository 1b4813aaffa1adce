/** Runs tasks one after another for each key, keys side by side. */
export interface KeyedQueue {
  /** Runs the task when all earlier ones of the key are done; settles as the task does. A failed task holds nobody up. */
  run<Value>(key: string, task: () => Promise<Value>): Promise<Value>;
  /** Keys with tasks running or waiting. */
  size(): number;
  /** Resolves when no task runs or waits. */
  idle(): Promise<void>;
}

/** A queue whose tables hold only keys with work. */
export function createKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run<Value>(key: string, task: () => Promise<Value>): Promise<Value> {
      const previous = tails.get(key) ?? Promise.resolve();
      const result = previous.then(task, task);
      tails.set(key, result);
      const clear = () => {
        if (tails.get(key) === result) tails.delete(key);
      };
      result.then(clear, clear);
      return result;
    },
    size: () => tails.size,
    async idle() {
      while (tails.size > 0) await Promise.allSettled(tails.values());
    },
  };
}
