import { tagOf } from './message/headers.ts';
import type { SipRequest } from './message/message.ts';
import type { TabledSession } from './session/session-context.ts';

/** The calls of an endpoint, by Call-ID and our tag. */
export interface SessionTable {
  add(session: TabledSession): void;
  remove(session: TabledSession): void;
  /** The call that a request with a To tag is for. */
  find(request: SipRequest): TabledSession | undefined;
  size(): number;
  all(): readonly TabledSession[];
  /** Resolves when the table is empty; rejects with the signal's reason. */
  empty(signal: AbortSignal): Promise<void>;
}

function keyOf(callId: string, localTag: string): string {
  return `${callId}\n${localTag}`;
}

/** @param changed called with the new size */
export function createSessionTable(changed: (size: number) => void): SessionTable {
  const sessions = new Map<string, TabledSession>();
  const waiting = new Set<() => void>();
  return {
    add(session) {
      sessions.set(keyOf(session.callId, session.localTag), session);
      changed(sessions.size);
    },
    remove(session) {
      sessions.delete(keyOf(session.callId, session.localTag));
      changed(sessions.size);
      if (sessions.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting.clear();
    },
    find: (request) => sessions.get(keyOf(request.core.callId, tagOf(request.core.to) ?? '')),
    size: () => sessions.size,
    all: () => [...sessions.values()],
    empty(signal) {
      if (sessions.size === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const aborted = () => {
          waiting.delete(done);
          reject(signal.reason as Error);
        };
        const done = () => {
          signal.removeEventListener('abort', aborted);
          resolve();
        };
        if (signal.aborted) aborted();
        else {
          waiting.add(done);
          signal.addEventListener('abort', aborted, { once: true });
        }
      });
    },
  };
}
