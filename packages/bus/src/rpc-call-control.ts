import type { BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import { aliveEveryMs, silenceLimitMs, streamWindow } from './rpc-definition.ts';
import { rpcControlSubject } from './subjects.ts';

/** What a caller says about a call that runs: `cancel`, `alive`, or `credit <n>` for n more messages. */
export type ControlWord = 'cancel' | 'alive' | `credit ${number}`;

/** One call as its server sees it. */
export interface ControlledCall {
  /** Aborted when the caller cancels or is silent for too long. */
  readonly signal: AbortSignal;
  /** Resolves when one more message may be sent. */
  credit(): Promise<void>;
  /** Calls back with every sign of life that is due; returns how to stop. */
  everyTick(callback: () => void): () => void;
  close(): void;
}

/** The calls that a served service has in hand. */
export interface CallControl {
  open(callId: string, watched: boolean): ControlledCall;
  close(): void;
}

interface OpenCall {
  abort: AbortController;
  credits: number;
  waiting: (() => void) | undefined;
  heardMs: number;
}

/** Listens to callers' words on `rpc-control.*`; one subscription a served service. */
export function createCallControl(connection: BusConnection): CallControl {
  const calls = new Map<string, OpenCall>();
  const subscription = connection.nc.subscribe(rpcControlSubject('*'), {
    callback(error, message) {
      if (error !== null) return;
      const call = calls.get(message.subject.slice(message.subject.lastIndexOf('.') + 1));
      if (call === undefined) return;
      call.heardMs = connection.clock.monotonicMs();
      const word = message.string();
      if (word === 'cancel') call.abort.abort(new DOMException('The caller cancelled.', 'AbortError'));
      else if (word.startsWith('credit ')) {
        call.credits += Number(word.slice(7)) || 0;
        call.waiting?.();
      }
    },
  });
  return {
    open(callId, watched) {
      const call: OpenCall = { abort: new AbortController(), credits: streamWindow, waiting: undefined, heardMs: connection.clock.monotonicMs() };
      calls.set(callId, call);
      const silence = watched
        ? setInterval(() => {
            if (connection.clock.monotonicMs() - call.heardMs > silenceLimitMs) call.abort.abort(busError('BUS_CALL_BROKEN'));
          }, aliveEveryMs)
        : undefined;
      return {
        signal: call.abort.signal,
        async credit() {
          while (call.credits <= 0) {
            await new Promise<void>((resolve) => {
              call.waiting = resolve;
            });
          }
          call.credits -= 1;
        },
        everyTick(callback) {
          const ticker = setInterval(callback, aliveEveryMs);
          return () => {
            clearInterval(ticker);
          };
        },
        close() {
          clearInterval(silence);
          calls.delete(callId);
        },
      };
    },
    close() {
      subscription.unsubscribe();
    },
  };
}
