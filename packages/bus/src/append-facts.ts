import { MsgHdrsImpl, type MsgHdrs } from '@nats-io/nats-core';
import { context } from '@opentelemetry/api';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { AppError } from '@patchbay/runtime/app-error';
import { failSpan, type Traceparent } from '@patchbay/runtime/spans';
import { askAgain } from './ask-again.ts';
import type { BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import type { MessageOf } from './fact.ts';
import { traceAppend } from './fact-trace.ts';
import { lastOfSubject } from './leader-reads.ts';
import { busMetrics } from './metrics.ts';
import { apiError, toBusError } from './nats-errors.ts';
import { factSubject, type Domain } from './subjects.ts';
import { headerNames, streams } from './topology.ts';

/** A codec of a fact, from packages/contracts. */
export interface FactCodec<Type extends EventType = EventType> {
  readonly $type: Type;
}

/** What goes into a new fact besides its type. */
export interface NewFactFields<Type extends EventType> {
  tenant: string;
  /** Key of the aggregate; its writer must be the caller's service. */
  key: string;
  event: MessageOf<Type>;
  /** Id; give a deterministic one where the cause may come twice. Default: a new UUIDv7. */
  id?: string | undefined;
  /** When it happened; default now. */
  timeMs?: number | undefined;
  /** Id of the fact or command that led to it. */
  causationId?: string | undefined;
  /** Lease under which a single writer writes; default none. */
  epoch?: bigint | undefined;
  /** W3C trace context of the work that led to it, for a writer that appends the facts of several at once. Default: the active span. */
  traceparent?: Traceparent | undefined;
  /**
   * W3C trace context of the aggregate, i.e. of its first fact: the fact then belongs to that trace, and what led to it from
   * outside of it is linked. Default: the trace of what led to it.
   */
  home?: Traceparent | undefined;
  /**
   * Stream sequence of the aggregate's last fact in this domain that the writer knows, 0 for none: the append fails with
   * BUS_STALE_WRITER when there is a newer one. In a batch only the first fact of a subject may carry it.
   */
  expectedSequence?: number | undefined;
}

/** A fact to be appended. */
export interface NewFact {
  readonly type: EventType;
  readonly domain: Domain;
  readonly subject: string;
  readonly tenant: string;
  readonly key: string;
  readonly body: Uint8Array;
  readonly id: string | undefined;
  readonly timeMs: number | undefined;
  readonly causationId: string | undefined;
  readonly epoch: bigint | undefined;
  readonly traceparent: Traceparent | undefined;
  readonly home: Traceparent | undefined;
  readonly expectedSequence: number | undefined;
}

/** Where a fact stands after the append. */
export interface Appended {
  /** Stream sequence. */
  sequence: number;
  /** Whether the stream had a fact of this id already; then nothing was stored now. */
  duplicate: boolean;
}

const lineBreak = /[\r\n]/;

/** Makes a fact: `newFact(ContactStarted, { tenant, key: contactId, event: {…} })`. */
export function newFact<Type extends EventType>(codec: FactCodec<Type>, fields: NewFactFields<Type>): NewFact {
  const row = eventTypes[codec.$type];
  // In a header it would begin another one.
  if (lineBreak.test(fields.id ?? '') || lineBreak.test(fields.causationId ?? '')) throw busError('BUS_BAD_NAME', { details: { type: codec.$type } });
  const encode = row.codec.encode as (event: MessageOf<Type>) => { finish(): Uint8Array };
  return {
    type: codec.$type,
    domain: row.domain,
    subject: factSubject(fields.tenant, row.domain, fields.key),
    tenant: fields.tenant,
    key: fields.key,
    body: encode(fields.event).finish(),
    id: fields.id,
    timeMs: fields.timeMs,
    causationId: fields.causationId,
    epoch: fields.epoch,
    traceparent: fields.traceparent,
    home: fields.home,
    expectedSequence: fields.expectedSequence,
  };
}

/** A fact whose id is settled, so that it can be sent again without harm. */
type NamedFact = NewFact & { readonly id: string };

/** Place of a fact in an atomic batch. */
interface BatchPlace {
  readonly batchId: string;
  /** From 1. */
  readonly number: number;
  readonly isLast: boolean;
}

/**
 * Headers of a fact. Made in one go: the library's `set` looks through all names that are there for each, which took a
 * tenth of a busy writer's CPU time. It refuses line breaks in values; `newFact` does so here.
 */
function factHeaders(connection: BusConnection, fact: NamedFact, place?: BatchPlace): MsgHdrs {
  const { id, key, causationId, epoch, expectedSequence, traceparent } = fact;
  const values: Record<string, string[]> = {
    [headerNames.specVersion]: ['1.0'],
    [headerNames.id]: [id],
    [headerNames.messageId]: [id],
    [headerNames.type]: [fact.type],
    [headerNames.source]: [connection.name],
    [headerNames.time]: [new Date(fact.timeMs ?? connection.clock.nowMs()).toISOString()],
    [headerNames.subject]: [key],
    [headerNames.tenant]: [fact.tenant],
    [headerNames.partitionKey]: [key],
  };
  if (causationId !== undefined) values[headerNames.causationId] = [causationId];
  if (epoch !== undefined) values[headerNames.epoch] = [String(epoch)];
  if (expectedSequence !== undefined) values[headerNames.expectedLastSubjectSequence] = [String(expectedSequence)];
  if (traceparent !== undefined) values[headerNames.traceparent] = [traceparent];
  if (place !== undefined) {
    values['Nats-Batch-Id'] = [place.batchId];
    values['Nats-Batch-Sequence'] = [String(place.number)];
    if (place.isLast) values['Nats-Batch-Commit'] = ['1'];
  }
  return MsgHdrsImpl.fromRecord(values);
}

/** What the server answers to a publish (JetStream API, `PubAck`). */
interface PublishAnswer {
  seq: number;
  duplicate?: boolean;
  error?: { err_code: number; description: string };
}

async function request(connection: BusConnection, fact: NamedFact, headers: MsgHdrs, timeoutMs: number): Promise<PublishAnswer> {
  const answer = await connection.nc.request(fact.subject, fact.body, { headers, timeout: timeoutMs });
  return answer.json<PublishAnswer>();
}

/** How long and while what to go on asking. */
export interface AppendOptions {
  /** Whole time, milliseconds; default 15 s. */
  timeoutMs?: number;
  /** Asked before each further try: false gives up. For a writer whose lease may end meanwhile. */
  isWanted?: () => boolean;
}

async function appendUntilAnswered(connection: BusConnection, facts: readonly NamedFact[], options: AppendOptions): Promise<Appended[]> {
  const [first] = facts as [NamedFact];
  return askAgain(connection, async (limitMs) => (facts.length === 1 ? [await appendOne(connection, first, limitMs)] : await appendBatch(connection, facts, limitMs)), {
    ...options,
    // After a try whose answer was lost, being stale can mean that these very facts are what made it so.
    async explain(error, attempt) {
      return error.code === 'BUS_STALE_WRITER' && attempt > 1 ? storedPlaces(connection, facts) : undefined;
    },
  });
}

/** Where facts stand that were stored next to each other, if nothing of the last one's subject came after it. */
async function storedPlaces(connection: BusConnection, facts: readonly NamedFact[]): Promise<Appended[] | undefined> {
  const last = facts.at(-1) as NamedFact;
  const stored = await lastOfSubject(connection, streams.events.name, last.subject);
  if (stored?.header.get(headerNames.id) !== last.id) return undefined;
  return facts.map((_, index) => ({ sequence: stored.seq - (facts.length - 1) + index, duplicate: true }));
}

/** The server's limit of one batch (nats-server `jetstream_batching.go`). */
const batchLimit = 1_000;
const duplicateInBatch = 10201;

async function appendBatch(connection: BusConnection, facts: readonly NamedFact[], timeoutMs: number): Promise<Appended[]> {
  const batchId = connection.ids.next();
  const last = facts.length - 1;
  for (const [index, fact] of facts.entries()) {
    const headers = factHeaders(connection, fact, { batchId, number: index + 1, isLast: index === last });
    if (index < last) {
      connection.nc.publish(fact.subject, fact.body, { headers });
      continue;
    }
    const answer = await request(connection, fact, headers, timeoutMs);
    // A batch is stored whole or not at all, so one known id means that all of it was stored before.
    if (answer.error?.err_code === duplicateInBatch) return (await storedPlaces(connection, facts)) ?? facts.map(() => ({ sequence: 0, duplicate: true }));
    if (answer.error !== undefined) throw apiError(answer.error.err_code, answer.error.description);
    return facts.map((_, place) => ({ sequence: answer.seq - last + place, duplicate: false }));
  }
  return [];
}

/**
 * Appends facts to EVENTS: one as it is, several as one atomic batch, all or none, in this order and next to each other.
 * Resolves when the server has them on disk. Asks again under the same ids while no answer comes, so a server that
 * restarts is bridged. Gives BUS_STALE_WRITER when an expected sequence is wrong, BUS_FULL when the stream takes no more,
 * BUS_UNAVAILABLE when no answer came at all: then the facts may or may not be stored, and appending the same ids again
 * within ten minutes is harmless.
 */
export async function appendFacts(connection: BusConnection, facts: readonly NewFact[], options: AppendOptions = {}): Promise<Appended[]> {
  const [first] = facts;
  if (first === undefined) return [];
  if (facts.length > batchLimit) throw busError('BUS_FULL', { details: { facts: String(facts.length), limit: String(batchLimit) } });
  const traced = traceAppend(facts);
  const named = facts.map((fact, index) => ({
    ...fact,
    id: fact.id ?? connection.ids.next(),
    timeMs: fact.timeMs ?? connection.clock.nowMs(),
    traceparent: traced.traceparents[index],
  }));
  const written = connection.metrics.counter(busMetrics.facts_appended_total);
  const seconds = connection.metrics.histogram(busMetrics.fact_append_seconds);
  const startedMs = connection.clock.monotonicMs();
  const observe = (outcome: string) => {
    seconds.observe({ outcome }, (connection.clock.monotonicMs() - startedMs) / 1_000);
  };
  try {
    const appended = await context.with(traced.context, () => appendUntilAnswered(connection, named, options));
    for (const fact of facts) written.inc({ type: fact.type });
    observe('ok');
    return appended;
  } catch (thrown) {
    const error = AppError.from(toBusError(thrown));
    failSpan(traced.span, error.code);
    observe(error.code);
    throw error;
  } finally {
    traced.span.end();
  }
}

async function appendOne(connection: BusConnection, fact: NamedFact, timeoutMs: number): Promise<Appended> {
  const answer = await request(connection, fact, factHeaders(connection, fact), timeoutMs);
  if (answer.error !== undefined) throw apiError(answer.error.err_code, answer.error.description);
  return { sequence: answer.seq, duplicate: answer.duplicate === true };
}
