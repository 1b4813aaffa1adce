/** What comes in over a line, in order, and who waits for it: told at once, where polling would add up over hundreds of lines. */
export interface Arrivals {
  readonly all: readonly string[];
  readonly isClosed: boolean;
  put(text: string): void;
  /** The line is gone. */
  close(): void;
  /** The first that fits from a place on, come or to come; undefined when the line closes first. Rejects when neither happens in time. */
  next(what: string, fits: (text: string) => boolean, options?: { from?: number; timeoutMs?: number }): Promise<string | undefined>;
}

/** An empty line. */
export function createArrivals(): Arrivals {
  const all: string[] = [];
  const waiting = new Set<() => void>();
  let isClosed = false;
  const lookAll = () => {
    for (const look of waiting) look();
  };
  return {
    all,
    get isClosed() {
      return isClosed;
    },
    put(text) {
      all.push(text);
      lookAll();
    },
    close() {
      isClosed = true;
      lookAll();
    },
    next(what, fits, { from = 0, timeoutMs = 10_000 } = {}) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no ${what} in ${timeoutMs} ms; came: ${all.map((text) => text.slice(0, 60)).join(' | ')}`));
        }, timeoutMs);
        const look = () => {
          const found = all.slice(from).find(fits);
          if (found === undefined && !isClosed) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
  };
}
