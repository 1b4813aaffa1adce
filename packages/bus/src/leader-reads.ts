import type { ConsumerConfig, ConsumerMessages, JsMsg, StoredMsg } from '@nats-io/jetstream';
import { sleep } from '@patchbay/runtime/clock';
import { askAgain } from './ask-again.ts';
import type { BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import { toBusError } from './nats-errors.ts';

/*
 * In a cluster a replica may answer a direct get, or hold an ordered consumer, and not have yet what the stream's leader
 * acknowledged (nats-architecture-and-design ADR-53, "JetStream Read-after-Write"). So everything that somebody decides on
 * is read here: from the leader, or from any replica but not ended before what the leader has was seen.
 */

/** How long a replica may lag, or a cluster elect, before a read gives up, milliseconds. */
const patienceMs = 15_000;
const lagPauseMs = 20;
/**
 * A consumer on a replica that lagged when it was made may miss that the replica caught up. One that brought nothing this
 * long, although the leader has more, is made again, milliseconds.
 */
export const standstillMs = 400;

function read(connection: BusConnection, stream: string, query: { last_by_subj: string } | { seq: number; next_by_subj: string }): Promise<StoredMsg | undefined> {
  return askAgain(connection, async () => (await connection.leaderReads.streams.getMessage(stream, query)) ?? undefined);
}

/** Last message of a subject, wildcards allowed, as the stream's leader has it; undefined for none. */
export function lastOfSubject(connection: BusConnection, stream: string, subject: string): Promise<StoredMsg | undefined> {
  return read(connection, stream, { last_by_subj: subject });
}

/** First message of a subject that the stream still holds, from a sequence on, as its leader has it; undefined for none. */
export function firstOfSubject(connection: BusConnection, stream: string, subject: string, fromSequence = 1): Promise<StoredMsg | undefined> {
  return read(connection, stream, { seq: fromSequence, next_by_subj: subject });
}

/** Which messages to read, and how many at once. */
export interface SubjectRead {
  stream: string;
  /** Wildcards allowed. */
  subject: string;
  /** First stream sequence wanted; default 1. */
  fromSequence?: number;
  /** Most messages of one request; default 500. */
  pageSize?: number;
}

function isNotFound(error: unknown): boolean {
  const fault = error as { code?: number; message?: string } | undefined;
  return fault?.code === 404 || /message not found|no message/i.test(fault?.message ?? '');
}

async function* readPage(connection: BusConnection, { stream, subject, pageSize = 500 }: SubjectRead, fromSequence: number): AsyncGenerator<StoredMsg> {
  try {
    yield* await connection.jsm.direct.getBatch(stream, { seq: fromSequence, next_by_subj: subject, batch: pageSize });
  } catch (error) {
    if (isNotFound(error)) return;
    const fault = toBusError(error);
    // A replica that died in the middle: what is missing is read from another.
    if (fault.status !== 'unavailable') throw fault;
  }
}

/**
 * Messages of a subject in stream order, with all that was acknowledged before the call. BUS_UNAVAILABLE when no replica
 * gets there within 15 s.
 */
export async function* readSubject(connection: BusConnection, options: SubjectRead): AsyncGenerator<StoredMsg> {
  let next = options.fromSequence ?? 1;
  let target = (await lastOfSubject(connection, options.stream, options.subject))?.seq ?? 0;
  let movedMs = connection.clock.monotonicMs();
  while (next <= target) {
    const before = next;
    for await (const message of readPage(connection, options, next)) {
      next = message.seq + 1;
      yield message;
    }
    if (next > before) {
      movedMs = connection.clock.monotonicMs();
      continue;
    }
    if (connection.clock.monotonicMs() - movedMs > patienceMs) throw busError('BUS_UNAVAILABLE', { details: { stream: options.stream } });
    await sleep(connection.clock, lagPauseMs, connection.closing);
    // What was to come may have been purged or grown too old.
    target = (await lastOfSubject(connection, options.stream, options.subject))?.seq ?? 0;
  }
}

/** What to read of a stream with a consumer. */
export interface StreamRead {
  stream: string;
  filters: readonly string[];
  config: Pick<ConsumerConfig, 'deliver_policy'> & Partial<Pick<ConsumerConfig, 'opt_start_seq' | 'headers_only'>>;
  /** Ends the read: it then throws the signal's reason. */
  signal?: AbortSignal;
}

/** Last sequence that the leader has of any of the filters; 0 for none. */
export async function lastOfFilters(connection: BusConnection, stream: string, filters: readonly string[]): Promise<number> {
  const last = await Promise.all(filters.map((filter) => lastOfSubject(connection, stream, filter)));
  return Math.max(0, ...last.map((message) => message?.seq ?? 0));
}

/**
 * Reads many subjects in stream order, with all that was acknowledged before the call. Throws BUS_UNAVAILABLE when the
 * server goes away in the middle.
 */
export async function* readStream(connection: BusConnection, options: StreamRead): AsyncGenerator<JsMsg> {
  const signal = options.signal === undefined ? connection.closing : AbortSignal.any([options.signal, connection.closing]);
  const progress = { seen: 0, target: await lastOfFilters(connection, options.stream, options.filters), isWaiting: true };
  if (progress.target < (options.config.opt_start_seq ?? 1)) return;
  while (progress.seen < progress.target) {
    for await (const message of readWithConsumer(connection, options, { progress, signal })) {
      progress.seen = message.seq;
      progress.isWaiting = false;
      yield message;
      progress.isWaiting = true;
      if (progress.seen >= progress.target) return;
    }
    signal.throwIfAborted();
  }
}

interface Progress {
  seen: number;
  target: number;
  /** Whether the reader waits for the server, and not the server for the reader. */
  isWaiting: boolean;
}

/** One consumer's messages, until there is nothing more to wait for or it stands still: then another one may do better. */
async function* readWithConsumer(connection: BusConnection, { stream, filters, config }: StreamRead, { progress, signal }: { progress: Progress; signal: AbortSignal }): AsyncGenerator<JsMsg> {
  let messages: ConsumerMessages | undefined;
  let fault: unknown;
  let seenBefore = -1;
  const close = () => void messages?.close();
  const watchdog = setInterval(() => {
    const stands = progress.isWaiting && progress.seen === seenBefore;
    seenBefore = progress.seen;
    if (!stands) return;
    lastOfFilters(connection, stream, filters)
      .then((last) => void (progress.target = Math.min(progress.target, last)))
      .catch((error: unknown) => void (fault = error))
      .finally(close);
  }, standstillMs);
  try {
    const { seen } = progress;
    // The last of each subject comes in stream order, too, so what was seen needs no second look.
    const rest = seen === 0 ? {} : ({ deliver_policy: 'by_start_sequence', opt_start_seq: seen + 1 } as const);
    const consumer = await connection.js.consumers.get(stream, { filter_subjects: [...filters], ...config, ...rest });
    messages = await consumer.consume({ max_messages: 1_000 });
    signal.addEventListener('abort', close, { once: true });
    yield* messages;
    if (fault !== undefined) throw toBusError(fault);
  } catch (error) {
    throw toBusError(error);
  } finally {
    clearInterval(watchdog);
    signal.removeEventListener('abort', close);
    await messages?.close();
  }
}
