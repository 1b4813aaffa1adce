import { sleep } from '@patchbay/runtime/clock';
import { closeWhenLost } from './close-when-lost.ts';
import type { BusConnection } from './connection.ts';
import { decodeFact, isEventType, type AnyFact } from './fact.ts';
import { toBusError } from './nats-errors.ts';
import { factFilters, type Domain } from './subjects.ts';
import { headerNames, streams } from './topology.ts';

/** What to watch. */
export interface WatchFactsOptions {
  tenant: string;
  domains: readonly Domain[];
  /** Only this aggregate. */
  key?: string;
  /** First stream sequence wanted; default what comes now. */
  fromSequence?: number;
  /** Ends the watch. */
  signal: AbortSignal;
}

/**
 * A server that crashed has forgotten the consumer, and the library finds out by two heartbeats that do not come. Its own
 * default is one in fifteen seconds: half a minute in which nobody is told anything.
 */
const heartbeatMs = 1_000;
const pullExpiresMs = 10_000;

/**
 * Follows facts live, in stream order, without a durable: for pushes to people and programs. A lost connection or server
 * is bridged: nothing is left out and nothing comes twice, as long as the stream still keeps it.
 */
export async function* watchFacts(connection: BusConnection, options: WatchFactsOptions): AsyncGenerator<AnyFact> {
  const { tenant, key, signal } = options;
  const { subject, wants } = factFilters(options.domains, key === undefined ? { tenant } : { tenant, key });
  let next = options.fromSequence ?? (await factRange(connection)).last + 1;
  while (!signal.aborted && !connection.closing.aborted) {
    try {
      const consumer = await connection.js.consumers.get(streams.events.name, {
        filter_subjects: [subject],
        deliver_policy: 'by_start_sequence',
        opt_start_seq: Math.max(1, next),
      });
      const messages = await consumer.consume({ max_messages: 256, expires: pullExpiresMs, idle_heartbeat: heartbeatMs });
      const close = () => void messages.close();
      const forget = closeWhenLost(connection, messages);
      signal.addEventListener('abort', close, { once: true });
      connection.closing.addEventListener('abort', close, { once: true });
      // An abort while the consumer was being made has fired already.
      if (signal.aborted || connection.closing.aborted) close();
      try {
        for await (const message of messages) {
          next = message.seq + 1;
          if (wants(message.subject) && isEventType(message.headers?.get(headerNames.type) ?? '')) yield decodeFact(message, message.seq);
          if (signal.aborted) return;
        }
      } finally {
        forget();
        signal.removeEventListener('abort', close);
        connection.closing.removeEventListener('abort', close);
        await messages.close();
      }
    } catch (error) {
      if (signal.aborted || connection.closing.aborted) return;
      connection.log.warn('watch interrupted', { error: toBusError(error) });
      await sleep(connection.clock, 500, signal).catch(() => undefined);
    }
  }
}

/** Sequences that the stream of facts keeps now: first and last; last is 0 when it is empty. */
export async function factRange(connection: BusConnection): Promise<{ first: number; last: number }> {
  try {
    const { state } = await connection.jsm.streams.info(streams.events.name);
    return { first: state.first_seq, last: state.last_seq };
  } catch (error) {
    throw toBusError(error);
  }
}
