import type { BusConnection } from './connection.ts';
import { decodeFact, type AnyFact } from './fact.ts';
import { readStream } from './leader-reads.ts';
import { factFilters, type Domain } from './subjects.ts';
import { streams } from './topology.ts';

/** What to replay. */
export interface ReplayFactsOptions {
  tenant: string;
  domains: readonly Domain[];
  /** First stream sequence wanted; default all that the stream keeps. */
  fromSequence?: number;
  /** Whether the fact of this stream sequence is left out, unread. Default: none is. */
  skips?(sequence: number): boolean;
  /** Gives up: the replay then throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Replays whole domains of a tenant in stream order: for a writer that builds its state again. Every fact that was
 * acknowledged before the call comes, in a cluster too. Facts that do not decode are left out and logged. Throws
 * BUS_UNAVAILABLE when the server goes away in the middle.
 */
export async function* replayFacts(connection: BusConnection, options: ReplayFactsOptions): AsyncGenerator<AnyFact> {
  const { subject, wants } = factFilters(options.domains, { tenant: options.tenant });
  const messages = readStream(connection, {
    stream: streams.events.name,
    filters: [subject],
    config: { deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(1, options.fromSequence ?? 1) },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  for await (const message of messages) {
    if (!wants(message.subject) || options.skips?.(message.seq) === true) continue;
    let fact: AnyFact;
    try {
      fact = decodeFact(message, message.seq);
    } catch (error) {
      connection.log.warn('fact does not decode', { error, subject: message.subject, sequence: message.seq });
      continue;
    }
    yield fact;
  }
}
