import { demoError } from './errors.ts';

/** Messages that came for somebody, to be taken one after the other. */
export interface Inbox {
  put(text: string): void;
  /** The next message; DEMO_NO_ANSWER when none comes in time. */
  take(timeoutMs: number, signal?: AbortSignal): Promise<string>;
}

/** An inbox that holds what nobody has taken yet. */
export function createInbox(): Inbox {
  const waiting: string[] = [];
  let wake = () => {};
  return {
    put(text) {
      waiting.push(text);
      wake();
    },
    async take(timeoutMs, signal) {
      const deadlineMs = performance.now() + timeoutMs;
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) return next;
        signal?.throwIfAborted();
        const leftMs = deadlineMs - performance.now();
        if (leftMs <= 0) throw demoError('DEMO_NO_ANSWER');
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(leftMs, 500));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
  };
}

/** Inboxes by address, made when they are first named. */
export function createInboxes(): (address: string) => Inbox {
  const inboxes = new Map<string, Inbox>();
  return (address) => {
    const inbox = inboxes.get(address) ?? createInbox();
    inboxes.set(address, inbox);
    return inbox;
  };
}
