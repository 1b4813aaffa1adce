/** The part of `localStorage` that is used. */
export interface Storage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Values of one kind that outlive a reload, one key each, so that two tabs do not overwrite each other's. */
export interface Keeper<Value> {
  get(id: string): Value | undefined;
  put(id: string, value: Value): void;
  remove(id: string): void;
  all(): [id: string, value: Value][];
}

interface Kept<Value> {
  atMs: number;
  value: Value;
}

/**
 * Keeps values under `patchbay.<kind>.<owner>.<id>` for at most `keepMs`. A browser that keeps nothing (private window,
 * full disk) costs only what a reload would lose.
 */
export function createKeeper<Value>(options: { storage: Storage; kind: string; owner: string; keepMs: number; nowMs: () => number }): Keeper<Value> {
  const { storage, kind, owner, keepMs, nowMs } = options;
  const prefix = `patchbay.${kind}.${owner}.`;

  function read(key: string): Kept<Value> | undefined {
    try {
      const text = storage.getItem(key);
      return text === null ? undefined : (JSON.parse(text) as Kept<Value>);
    } catch {
      // Somebody else wrote there, or nothing can be read: the same as nothing kept.
      return undefined;
    }
  }

  function keys(): string[] {
    const found: string[] = [];
    for (let index = 0; index < storage.length; index += 1) {
      const key = storage.key(index);
      if (key?.startsWith(prefix) === true) found.push(key);
    }
    return found;
  }

  for (const key of keys()) {
    const kept = read(key);
    if (kept === undefined || nowMs() - kept.atMs > keepMs) storage.removeItem(key);
  }

  return {
    get: (id) => read(prefix + id)?.value,
    put(id, value) {
      try {
        storage.setItem(prefix + id, JSON.stringify({ atMs: nowMs(), value } satisfies Kept<Value>));
      } catch {
        // Nothing can be kept: the value lives as long as the page.
      }
    },
    remove: (id) => {
      storage.removeItem(prefix + id);
    },
    all: () =>
      keys()
        .map((key) => [key.slice(prefix.length), read(key)?.value] as const)
        .filter((entry): entry is [string, Value] => entry[1] !== undefined),
  };
}
