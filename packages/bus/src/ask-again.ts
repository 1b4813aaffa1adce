import type { AppError } from '@patchbay/runtime/app-error';
import { sleep } from '@patchbay/runtime/clock';
import type { BusConnection } from './connection.ts';
import { isRefusal, toBusError } from './nats-errors.ts';

/** One try without an answer, milliseconds; short, since a lost connection swallows what was sent into it. */
const tryMs = 2_000;
/** How long to go on asking by default, milliseconds. */
const defaultPatienceMs = 15_000;

/** How to go on asking. */
export interface AskAgainOptions {
  /** Whole time, milliseconds; default 15 s. */
  timeoutMs?: number;
  /** Asked before each further try: false gives up, with the error of the last one. */
  isWanted?: () => boolean;
  /** Whether a refusal of the server is final: not for reads, since what is missing now may be there when a leader is found. */
  heedsRefusals?: boolean;
  /** Called with an error that is not `unavailable`: gives a result in its place, or undefined to throw it. */
  explain?: (error: AppError, attempt: number) => Promise<unknown>;
}

/**
 * Asks the server until it answers, for requests that may be made twice without harm: a server that restarts or a
 * cluster that elects is bridged.
 * @param ask makes one try within the milliseconds it is given
 */
export async function askAgain<Value>(connection: BusConnection, ask: (limitMs: number) => Promise<Value>, options: AskAgainOptions = {}): Promise<Value> {
  const deadlineMs = connection.clock.monotonicMs() + (options.timeoutMs ?? defaultPatienceMs);
  for (let attempt = 1; ; attempt += 1) {
    const leftMs = deadlineMs - connection.clock.monotonicMs();
    try {
      return await ask(Math.max(50, Math.min(tryMs, leftMs)));
    } catch (thrown) {
      const error = toBusError(thrown);
      if (options.heedsRefusals === true && isRefusal(thrown)) throw error;
      const explained = await options.explain?.(error, attempt);
      if (explained !== undefined) return explained as Value;
      if (error.status !== 'unavailable' || leftMs <= tryMs || options.isWanted?.() === false || connection.closing.aborted || connection.nc.isClosed()) throw error;
      await sleep(connection.clock, 100, connection.closing);
    }
  }
}
