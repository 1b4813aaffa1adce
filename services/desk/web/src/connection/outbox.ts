import type { TimelineItem } from '../../../src/domain/views.ts';
import type { ErrorView } from '../../../src/protocol.ts';
import type { Keeper } from './keeper.ts';
import { createStore, type Store } from './store.ts';

/** A message of the agent's on its way. */
export interface Sending {
  commandId: string;
  contactId: string;
  text: string;
  createdMs: number;
  /** `sending` until the desk has it, `accepted` until its outcome is known, `refused` when the desk would not take it. */
  state: 'sending' | 'accepted' | 'refused';
  /** Code of the refusal. */
  code: string;
}

/** Messages that are not known to have arrived. They outlive reload and restart; the command id makes sending twice harmless. */
export interface Outbox {
  /** By command id. */
  sendings: Store<Readonly<Record<string, Sending>>>;
  send(contactId: string, text: string): void;
  /** Sends a message that failed again, as a new one. */
  resend(commandId: string): void;
  /** Forgets a message that failed. */
  discard(commandId: string): void;
  /** The connection is there: sends what waits. */
  flush(): void;
  /** Outcomes came: what arrived is forgotten; what failed stays, for its words. */
  settle(items: readonly TimelineItem[]): void;
}

export interface OutboxEnvironment {
  keeper: Keeper<Sending>;
  newId(): string;
  nowMs(): number;
  setTimer(delayMs: number, callback: () => void): () => void;
  deliver(sending: Sending): Promise<void>;
  /** What the desk said about a failure. */
  errorOf(thrown: unknown): ErrorView;
}

const againMs = 2_000;

export function createOutbox(environment: OutboxEnvironment): Outbox {
  const { keeper, newId, nowMs, setTimer, deliver, errorOf } = environment;
  const sendings = createStore<Readonly<Record<string, Sending>>>(Object.fromEntries(keeper.all()));
  const inFlight = new Set<string>();
  let cancelAgain = () => {};

  function put(sending: Sending): void {
    keeper.put(sending.commandId, sending);
    sendings.update((now) => ({ ...now, [sending.commandId]: sending }));
  }

  function drop(commandId: string): void {
    keeper.remove(commandId);
    sendings.update((now) => Object.fromEntries(Object.entries(now).filter(([id]) => id !== commandId)));
  }

  async function tryOne(sending: Sending): Promise<void> {
    if (inFlight.has(sending.commandId)) return;
    inFlight.add(sending.commandId);
    try {
      await deliver(sending);
      if (sendings.get()[sending.commandId] !== undefined) put({ ...sending, state: 'accepted' });
    } catch (thrown) {
      const error = errorOf(thrown);
      if (error.retryable) {
        cancelAgain();
        cancelAgain = setTimer(againMs, flush);
      } else put({ ...sending, state: 'refused', code: error.code });
    } finally {
      inFlight.delete(sending.commandId);
    }
  }

  function flush(): void {
    const waiting = Object.values(sendings.get()).filter((sending) => sending.state === 'sending');
    waiting.sort((left, right) => left.createdMs - right.createdMs);
    void waiting.reduce((before, sending) => before.then(() => tryOne(sending)), Promise.resolve());
  }

  function send(contactId: string, text: string): void {
    put({ commandId: newId(), contactId, text, createdMs: nowMs(), state: 'sending', code: '' });
    flush();
  }

  return {
    sendings,
    send,
    flush,
    discard: drop,
    resend(commandId) {
      const failed = sendings.get()[commandId];
      if (failed === undefined) return;
      drop(commandId);
      send(failed.contactId, failed.text);
    },
    settle(items) {
      for (const item of items) {
        if (item.kind !== 'message' || item.commandId === '') continue;
        const known = sendings.get()[item.commandId];
        if (known === undefined) continue;
        const arrived = item.delivery === 'sent' || item.delivery === 'delivered' || item.delivery === 'read';
        if (arrived) drop(item.commandId);
        else if (known.state !== 'accepted') put({ ...known, state: 'accepted' });
      }
    },
  };
}
