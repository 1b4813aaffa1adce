import type { EventType } from '@patchbay/contracts/event-types';
import type { ContactFact, FactLog } from '../ports.ts';

/** Stores facts for the desk under test. */
export interface FactSink {
  append(tenant: string, type: EventType, key: string, event: unknown, timeMs: number): Promise<void>;
}

/** A log of facts in memory. */
export function createMemoryLog(): FactLog & FactSink & { setConnected(now: boolean): void } {
  const facts: (ContactFact & { tenant: string })[] = [];
  const wakers = new Set<() => void>();
  let connected = true;
  return {
    setConnected: (now) => void (connected = now),
    connected: () => connected,
    append(tenant, type, key, event, timeMs) {
      const sequence = facts.length + 1;
      facts.push({ tenant, type, key, event, id: `fact-${sequence}`, timeMs, sequence } as ContactFact & { tenant: string });
      for (const wake of wakers) wake();
      return Promise.resolve();
    },
    read: (tenant, contactId) => Promise.resolve(facts.filter((fact) => fact.tenant === tenant && fact.key === contactId)),
    position: () => Promise.resolve(facts.length),
    async *watch(tenant, afterSequence, signal) {
      let at = afterSequence;
      while (!signal.aborted) {
        const fact = facts[at];
        if (fact !== undefined) {
          at += 1;
          if (fact.tenant === tenant) yield fact;
          continue;
        }
        await new Promise<void>((resolve) => {
          const wake = () => {
            wakers.delete(wake);
            signal.removeEventListener('abort', wake);
            resolve();
          };
          wakers.add(wake);
          signal.addEventListener('abort', wake);
        });
      }
    },
  };
}
