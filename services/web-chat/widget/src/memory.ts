/** A message that the server has not accepted yet. */
export interface Unsent {
  readonly clientMsgId: string;
  readonly text?: string;
  readonly choice?: { readonly id: string; readonly label: string };
  /** All of a message that was asked for. */
  readonly whole?: true;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** What the widget keeps from page to page, for all tabs of the browser. */
export interface Memory {
  token(): string | undefined;
  setToken(token: string | undefined): void;
  /** Oldest first. */
  unsent(): Unsent[];
  addUnsent(message: Unsent): void;
  removeUnsent(clientMsgId: string): void;
}

/** The part of Web Storage that is used. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** A shelf for pages that may not store anything: it lasts as long as the page. */
export function createShelf(): Shelf {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    key: (index) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  };
}

const keepUnsentMs = 6 * 86_400_000;

/** Each unsent message has a key of its own, so that tabs do not write over each other's. */
export function createMemory(shelf: Shelf, widgetKey: string, nowMs: () => number = Date.now): Memory {
  const tokenKey = `patchbay-chat:${widgetKey}:token`;
  const prefix = `patchbay-chat:${widgetKey}:unsent:`;
  /** A full or forbidden store must not keep the visitor from chatting. */
  function quietly(write: () => void): void {
    try {
      write();
    } catch {
      // The message is still in memory and on its way; it is only lost if the page goes before the server answers.
    }
  }
  return {
    token: () => shelf.getItem(tokenKey) ?? undefined,
    setToken(token) {
      quietly(() => {
        if (token === undefined) shelf.removeItem(tokenKey);
        else shelf.setItem(tokenKey, token);
      });
    },
    unsent() {
      const found: Unsent[] = [];
      for (const key of Array.from({ length: shelf.length }, (_, index) => shelf.key(index) ?? '')) {
        if (!key.startsWith(prefix)) continue;
        const message = JSON.parse(shelf.getItem(key) ?? '{"at":0}') as Unsent;
        // The server remembers ids for seven days: an older one could have a second effect.
        if (nowMs() - message.at < keepUnsentMs) found.push(message);
        else quietly(() => {
          shelf.removeItem(key);
        });
      }
      return found.sort((left, right) => (left.clientMsgId < right.clientMsgId ? -1 : 1));
    },
    addUnsent(message) {
      quietly(() => {
        shelf.setItem(prefix + message.clientMsgId, JSON.stringify(message));
      });
    },
    removeUnsent(clientMsgId) {
      quietly(() => {
        shelf.removeItem(prefix + clientMsgId);
      });
    },
  };
}
