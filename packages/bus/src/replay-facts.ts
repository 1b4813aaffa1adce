import type { Consumer, ConsumerMessages } from '@nats-io/jetstream';
import type { BusConnection } from './connection.ts';
import { decodeFact, type AnyFact } from './fact.ts';
import { toBusError } from './nats-errors.ts';
import { factFilter, type Domain } from './subjects.ts';
import { streams } from './topology.ts';

/** What to replay. */
export interface ReplayFactsOptions {
  tenant: string;
  domains: readonly Domain[];
  /** First stream sequence wanted; default all that the stream keeps. */
  fromSequence?: number;
  /** Gives up: the replay then throws the signal's reason. */
  signal?: AbortSignal;
}

async function openReplay(connection: BusConnection, options: ReplayFactsOptions): Promise<{ consumer: Consumer; pending: number }> {
  try {
    const consumer = await connection.js.consumers.get(streams.events.name, {
      filter_subjects: options.domains.map((domain) => factFilter(domain, '*', options.tenant)),
      deliver_policy: 'by_start_sequence',
      opt_start_seq: Math.max(1, options.fromSequence ?? 1),
    });
    return { consumer, pending: (await consumer.info()).num_pending };
  } catch (error) {
    throw toBusError(error);
  }
}

/**
 * Replays whole domains of a tenant in stream order, up to what is stored by the end: for a writer that builds its state
 * again. Read from the stream's leader, so every fact that was acknowledged before the call comes. Facts that do not
 * decode are left out and logged. Throws BUS_UNAVAILABLE when the server goes away in the middle.
 */
export async function* replayFacts(connection: BusConnection, options: ReplayFactsOptions): AsyncGenerator<AnyFact> {
  const { consumer, pending } = await openReplay(connection, options);
  if (pending === 0) return;
  let messages: ConsumerMessages | undefined;
  const close = () => void messages?.close();
  const signal = options.signal === undefined ? connection.closing : AbortSignal.any([options.signal, connection.closing]);
  try {
    messages = await consumer.consume({ max_messages: 1_000 });
    signal.addEventListener('abort', close, { once: true });
    for await (const message of messages) {
      try {
        yield decodeFact(message, message.seq);
      } catch (error) {
        connection.log.warn('fact does not decode', { error, subject: message.subject, sequence: message.seq });
      }
      if (message.info.pending === 0) return;
    }
    signal.throwIfAborted();
  } catch (error) {
    throw toBusError(error);
  } finally {
    signal.removeEventListener('abort', close);
    await messages?.close();
  }
}
