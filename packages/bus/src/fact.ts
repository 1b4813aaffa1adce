import type { MsgHdrs } from '@nats-io/nats-core';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { busError } from './errors.ts';
import { parseFactSubject, partitionOf, type Domain } from './subjects.ts';
import { headerNames } from './topology.ts';

/** The message of a fact type. */
export type MessageOf<Type extends EventType> = ReturnType<(typeof eventTypes)[Type]['codec']['decode']>;

/** A fact as it stands in the stream: the envelope's fields and the decoded message. */
export interface Fact<Type extends EventType> {
  /** UUIDv7; the same for every delivery. */
  readonly id: string;
  /** Full type name, e.g. `patchbay.routing.v1.ContactOffered`. */
  readonly type: Type;
  readonly tenant: string;
  readonly domain: Domain;
  /** Key of the aggregate: contact id, agent id, or `<Kind>.<name>`. */
  readonly key: string;
  /** 0 to 15. */
  readonly partition: number;
  /** Service that wrote it. */
  readonly source: string;
  /** When it happened, by its writer's clock; milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** Place in the stream; rises, with gaps. 0 before it is stored. */
  readonly sequence: number;
  /** The fact or command that led to it. */
  readonly causationId: string | undefined;
  /** Lease under which a single writer wrote it: rises with every writer of the domain; absent where there is no single writer. */
  readonly epoch: bigint | undefined;
  /** W3C trace context of the writer. */
  readonly traceparent: string | undefined;
  readonly event: MessageOf<Type>;
}

/** Any fact, told apart by `type`. */
export type AnyFact = { [Type in EventType]: Fact<Type> }[EventType];

/** Whether the text names a known fact type. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventTypes, type);
}

function header(headers: MsgHdrs | undefined, name: string): string | undefined {
  const value = headers?.get(name);
  return value === undefined || value === '' ? undefined : value;
}

function readEpoch(headers: MsgHdrs | undefined): bigint | undefined {
  const text = header(headers, headerNames.epoch);
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}

/**
 * Reads a fact from a stored message. Throws BUS_BAD_MESSAGE when type, subject or body are not ours.
 * @param sequence place in the stream
 */
export function decodeFact(message: { subject: string; data: Uint8Array; headers?: MsgHdrs | undefined }, sequence: number): AnyFact {
  const type = header(message.headers, headerNames.type) ?? '';
  const place = parseFactSubject(message.subject);
  const id = header(message.headers, headerNames.id);
  const timeMs = Date.parse(header(message.headers, headerNames.time) ?? '');
  if (!isEventType(type) || place === undefined || id === undefined || Number.isNaN(timeMs)) {
    throw busError('BUS_BAD_MESSAGE', { details: { subject: message.subject, type, sequence: String(sequence) } });
  }
  const row = eventTypes[type];
  if (row.domain !== place.domain || partitionOf(place.key) !== place.partition) {
    throw busError('BUS_BAD_MESSAGE', { details: { subject: message.subject, type, sequence: String(sequence) } });
  }
  try {
    return {
      id,
      type,
      ...place,
      source: header(message.headers, headerNames.source) ?? '',
      timeMs,
      sequence,
      causationId: header(message.headers, headerNames.causationId),
      epoch: readEpoch(message.headers),
      traceparent: header(message.headers, headerNames.traceparent),
      event: row.codec.decode(message.data),
    } as AnyFact;
  } catch (error) {
    throw busError('BUS_BAD_MESSAGE', { cause: error, details: { subject: message.subject, type, sequence: String(sequence) } });
  }
}
