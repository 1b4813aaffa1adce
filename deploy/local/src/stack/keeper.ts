import { backoffMs, type Backoff } from '@patchbay/runtime/backoff';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import { localError } from '../errors.ts';

/** A process that became ready. */
export interface ReadyProcess {
  readonly pid: number;
  /** Resolves when it ended. */
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** What a keeper tells. */
export type KeeperEvent =
  | { kind: 'ready'; pid: number; tookMs: number; again: boolean }
  | { kind: 'ended'; how: unknown; retryInMs: number }
  | { kind: 'did not start'; error: unknown; retryInMs: number };

/** How a process is kept. */
export interface KeeperOptions {
  name: string;
  /** Starts it; resolves when it is ready. When the signal aborts it ends what it started and rejects. */
  start(signal: AbortSignal): Promise<ReadyProcess>;
  clock: Clock;
  onEvent(event: KeeperEvent): void;
  /** Failures in a row before the first success after which the keeper gives up; default 4. */
  firstAttempts?: number;
  backoff?: Backoff;
}

/** Keeps a process running. */
export interface Keeper {
  readonly name: string;
  /** Resolves when it was ready for the first time; rejects when that never happened. */
  readonly ready: Promise<void>;
  /** Process id while it is ready. */
  pid(): number | undefined;
  /** SIGKILL, as in a crash; it is started again. Nothing happens while it is not ready. */
  kill(): Promise<void>;
  /** Stops it for good. */
  stop(): Promise<void>;
}

/** A process that was ready for longer counts as sound: its next failure is a first one. */
const soundAfterMs = 30_000;
const defaultBackoff: Backoff = { firstMs: 200, limitMs: 30_000 };

/** Starts a process and starts it again whenever it ends, after waits that double up to half a minute. */
export function keep(options: KeeperOptions): Keeper {
  const { clock, onEvent, firstAttempts = 4, backoff = defaultBackoff } = options;
  const stopping = new AbortController();
  const first = Promise.withResolvers<void>();
  // Whoever waits sees the failure; nobody waiting is no fault of its own.
  first.promise.catch(() => {});
  let current: ReadyProcess | undefined;
  let wasReady = false;

  async function life(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const startedMs = clock.monotonicMs();
      try {
        current = await options.start(stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) break;
        failures += 1;
        if (!wasReady && failures >= firstAttempts) {
          first.reject(error);
          return;
        }
        const retryInMs = Math.round(backoffMs(backoff, failures));
        onEvent({ kind: 'did not start', error, retryInMs });
        await pause(retryInMs);
        continue;
      }
      const readyMs = clock.monotonicMs();
      onEvent({ kind: 'ready', pid: current.pid, tookMs: readyMs - startedMs, again: wasReady });
      wasReady = true;
      first.resolve();
      const how = await current.exited;
      current = undefined;
      if (stopping.signal.aborted) break;
      failures = clock.monotonicMs() - readyMs >= soundAfterMs ? 1 : failures + 1;
      const retryInMs = Math.round(backoffMs(backoff, failures));
      onEvent({ kind: 'ended', how, retryInMs });
      await pause(retryInMs);
    }
    first.reject(stopping.signal.reason);
  }
  const pause = (ms: number) =>
    sleep(clock, ms, stopping.signal).catch(() => {
      // Woken by the stop, which the loop looks at next.
    });
  const lived = life();

  return {
    name: options.name,
    ready: first.promise,
    pid: () => current?.pid,
    kill: async () => current?.kill(),
    async stop() {
      stopping.abort(localError('LOCAL_STOPPED', { details: { name: options.name } }));
      await current?.stop();
      await lived;
    },
  };
}
