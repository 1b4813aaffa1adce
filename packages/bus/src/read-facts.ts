import { askAgain } from './ask-again.ts';
import type { BusConnection } from './connection.ts';
import { decodeFact, type AnyFact } from './fact.ts';
import { readSubject } from './leader-reads.ts';
import { factSubject, type Domain } from './subjects.ts';
import { streams } from './topology.ts';

/** Which facts to read. */
export interface ReadFactsOptions {
  tenant: string;
  /** Key of the aggregate. */
  key: string;
  domains: readonly Domain[];
  /** First stream sequence wanted; default all that the stream keeps. */
  fromSequence?: number;
}

/**
 * Replays one aggregate: its facts of these domains in stream order, with all that was acknowledged before the call, in a
 * cluster too. Facts that do not decode are left out and logged.
 */
export async function readFacts(connection: BusConnection, options: ReadFactsOptions): Promise<AnyFact[]> {
  // A bound taken first makes the domains one consistent prefix: nothing before a fact that is given is left out.
  const bound = options.domains.length > 1 ? await lastSequence(connection) : Number.MAX_SAFE_INTEGER;
  const perDomain = await Promise.all(
    options.domains.map((domain) => readAggregate(connection, factSubject(options.tenant, domain, options.key), options.fromSequence ?? 1)),
  );
  return perDomain.flat().filter((fact) => fact.sequence <= bound).sort((left, right) => left.sequence - right.sequence);
}

async function lastSequence(connection: BusConnection): Promise<number> {
  return askAgain(connection, async () => (await connection.leaderReads.streams.info(streams.events.name)).state.last_seq);
}

async function readAggregate(connection: BusConnection, subject: string, fromSequence: number): Promise<AnyFact[]> {
  const facts: AnyFact[] = [];
  for await (const { data, header, seq } of readSubject(connection, { stream: streams.events.name, subject, fromSequence })) {
    try {
      facts.push(decodeFact({ subject, data, headers: header }, seq));
    } catch (error) {
      connection.log.warn('fact does not decode', { error, subject, sequence: seq });
    }
  }
  return facts;
}
