import type { JsMsg } from '@nats-io/jetstream';
import { headers as createHeaders } from '@nats-io/nats-core';
import { AppError } from '@patchbay/runtime/app-error';
import { serverTimeoutMs, type BusConnection, type StoredMessage } from './connection.ts';
import { busError } from './errors.ts';
import { readSubject } from './leader-reads.ts';
import { busMetrics } from './metrics.ts';
import { toBusError } from './nats-errors.ts';
import { deadLetterSubject } from './subjects.ts';
import { headerNames, streams } from './topology.ts';

/** A message that a service could not handle. */
export interface DeadLetter {
  /** Place in the stream of dead letters; its id. */
  sequence: number;
  service: string;
  /** Fact or command type; empty when it had none. */
  type: string;
  tenant: string;
  /** Subject it came on. */
  subject: string;
  /** Error code that ended it. */
  code: string;
  /** When it was given up, milliseconds since the Unix epoch. */
  timeMs: number;
  deliveries: number;
  eventId: string;
}

/** Stores a message with the reason; resolves when it is on disk, so that the original may be terminated. */
export async function putDeadLetter(connection: BusConnection, options: { message: JsMsg; consumer: string; error: AppError }): Promise<void> {
  const { message, consumer, error } = options;
  const service = connection.name;
  const headers = createHeaders();
  for (const key of message.headers?.keys() ?? []) if (!key.startsWith('Nats-')) headers.set(key, message.headers?.get(key) ?? '');
  headers.set(headerNames.messageId, `${consumer}:${message.info.stream}:${message.seq}`);
  headers.set(headerNames.deadLetterService, service);
  headers.set(headerNames.deadLetterConsumer, consumer);
  headers.set(headerNames.deadLetterSubject, message.subject);
  headers.set(headerNames.deadLetterSequence, String(message.seq));
  headers.set(headerNames.deadLetterCode, error.code);
  headers.set(headerNames.deadLetterDeliveries, String(message.info.deliveryCount));
  headers.set(headerNames.deadLetterTime, new Date(connection.clock.nowMs()).toISOString());
  await connection.js.publish(deadLetterSubject(service), message.data, { headers, timeout: serverTimeoutMs });
  connection.metrics.counter(busMetrics.dead_letters_total).inc({ consumer, code: error.code });
  connection.log.error('message went to the dead letters', { error, subject: message.subject, sequence: message.seq });
}

/** Lists dead letters, oldest first. */
export async function listDeadLetters(connection: BusConnection, options: { service?: string; tenant?: string; limit: number }): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  const subject = options.service === undefined ? 'dlq.>' : deadLetterSubject(options.service);
  for await (const { seq, header } of readSubject(connection, { stream: streams.deadLetters.name, subject, pageSize: 100 })) {
    const text = (name: string) => header.get(name) || '';
    if (options.tenant !== undefined && text(headerNames.tenant) !== options.tenant) continue;
    found.push({
      sequence: seq,
      service: text(headerNames.deadLetterService),
      type: text(headerNames.type),
      tenant: text(headerNames.tenant),
      subject: text(headerNames.deadLetterSubject),
      code: text(headerNames.deadLetterCode),
      timeMs: Date.parse(text(headerNames.deadLetterTime)),
      deliveries: Number(text(headerNames.deadLetterDeliveries)),
      eventId: text(headerNames.id),
    });
    if (found.length >= options.limit) break;
  }
  return found;
}

/** Subject on which the processes of a service take dead letters back. */
const replaySubject = (service: string) => `dlq-replay.${service}`;

/** Lets dead letters of a consumer be handed to it again in this process. */
export function registerRedelivery(connection: BusConnection, consumer: string, handle: (message: StoredMessage) => Promise<void>): void {
  if (connection.redelivery.size === 0) {
    connection.nc.subscribe(replaySubject(connection.name), {
      queue: connection.name,
      callback(error, message) {
        if (error !== null) return;
        const wanted = connection.redelivery.get(message.headers?.get(headerNames.deadLetterConsumer) ?? '');
        const original = {
          subject: message.headers?.get(headerNames.deadLetterSubject) ?? '',
          data: message.data,
          headers: message.headers,
          seq: Number(message.headers?.get(headerNames.deadLetterSequence) ?? 0),
        };
        const handled = wanted === undefined ? Promise.reject(busError('BUS_NO_RESPONDER')) : wanted(original);
        handled.then(
          () => message.respond('ok'),
          (fault: unknown) => message.respond(AppError.from(fault).code),
        );
      },
    });
  }
  connection.redelivery.set(consumer, handle);
}

/**
 * Hands dead letters to their consumers once more and removes each that was handled. Order against newer messages is
 * gone, so handlers must bear late facts (they do: late facts change nothing).
 * @returns how many were handled
 */
export async function replayDeadLetters(connection: BusConnection, letters: readonly Pick<DeadLetter, 'sequence' | 'service'>[]): Promise<number> {
  let replayed = 0;
  for (const { sequence, service } of letters) {
    try {
      const stored = await connection.jsm.streams.getMessage(streams.deadLetters.name, { seq: sequence });
      if (stored === null) continue;
      const answer = await connection.nc.request(replaySubject(service), stored.data, { headers: stored.header, timeout: 15_000 });
      if (answer.string() !== 'ok') continue;
      await connection.jsm.streams.deleteMessage(streams.deadLetters.name, sequence);
      replayed += 1;
    } catch (error) {
      throw toBusError(error);
    }
  }
  return replayed;
}
