/** Contacts whose customer and agent can talk, for those who wait for it with the phone in hand. */
export interface Connections {
  assigned(contactId: string, queue: string): void;
  connected(contactId: string): void;
  ended(contactId: string): void;
  /** Resolves with the contact's queue; rejects with the signal's reason. */
  wait(contactId: string, signal: AbortSignal): Promise<string>;
}

/** None yet. */
export function createConnections(): Connections {
  const queues = new Map<string, string>();
  const connected = new Set<string>();
  const waiting = new Map<string, () => void>();
  return {
    assigned: (contactId, queue) => void queues.set(contactId, queue),
    connected(contactId) {
      connected.add(contactId);
      waiting.get(contactId)?.();
    },
    ended(contactId) {
      queues.delete(contactId);
      connected.delete(contactId);
    },
    wait: (contactId, signal) =>
      new Promise((resolve, reject) => {
        const settle = () => {
          waiting.delete(contactId);
          if (signal.aborted) reject(signal.reason as Error);
          else resolve(queues.get(contactId) ?? '');
        };
        if (connected.has(contactId) || signal.aborted) settle();
        else {
          waiting.set(contactId, settle);
          signal.addEventListener('abort', settle, { once: true });
        }
      }),
  };
}
