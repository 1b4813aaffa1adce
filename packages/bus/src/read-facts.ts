import type { BusConnection } from './connection.ts';
import { decodeFact, type AnyFact } from './fact.ts';
import { toBusError } from './nats-errors.ts';
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

const pageSize = 500;

/**
 * Replays one aggregate: its facts of these domains in stream order, up to what is stored now. Direct reads: a replica
 * may answer, so a fact appended by somebody else a moment ago can be missing; one's own appends are seen on one server.
 * Facts that do not decode are left out and logged.
 */
export async function readFacts(connection: BusConnection, options: ReadFactsOptions): Promise<AnyFact[]> {
  // A bound taken first makes the domains one consistent prefix: nothing before a fact that is given is left out.
  const bound = options.domains.length > 1 ? await lastSequence(connection) : Number.MAX_SAFE_INTEGER;
  const perDomain = await Promise.all(
    options.domains.map((domain) => readSubject(connection, factSubject(options.tenant, domain, options.key), options.fromSequence ?? 1)),
  );
  return perDomain.flat().filter((fact) => fact.sequence <= bound).sort((left, right) => left.sequence - right.sequence);
}

async function lastSequence(connection: BusConnection): Promise<number> {
  try {
    return (await connection.jsm.streams.info(streams.events.name)).state.last_seq;
  } catch (error) {
    throw toBusError(error);
  }
}

async function readSubject(connection: BusConnection, subject: string, fromSequence: number): Promise<AnyFact[]> {
  const facts: AnyFact[] = [];
  let next = fromSequence;
  for (;;) {
    let count = 0;
    try {
      const page = await connection.jsm.direct.getBatch(streams.events.name, { seq: next, next_by_subj: subject, batch: pageSize });
      for await (const message of page) {
        count += 1;
        next = message.seq + 1;
        const fact = decodeOrLog(connection, message);
        if (fact !== undefined) facts.push(fact);
      }
    } catch (error) {
      if (isNotFound(error)) return facts;
      throw toBusError(error);
    }
    if (count < pageSize) return facts;
  }
}

function decodeOrLog(connection: BusConnection, message: { subject: string; data: Uint8Array; header: Parameters<typeof decodeFact>[0]['headers']; seq: number }): AnyFact | undefined {
  try {
    return decodeFact({ subject: message.subject, data: message.data, headers: message.header }, message.seq);
  } catch (error) {
    connection.log.warn('fact does not decode', { error, subject: message.subject, sequence: message.seq });
    return undefined;
  }
}

function isNotFound(error: unknown): boolean {
  const fault = error as { code?: number; message?: string } | undefined;
  return fault?.code === 404 || /message not found|no message/i.test(fault?.message ?? '');
}
