import { eventTypes, type EventType } from '@patchbay/contracts/event-types';

/** One row of the table of facts. */
export interface FactRow {
  eventId: string;
  tenant: string;
  type: string;
  domain: string;
  key: string;
  source: string;
  occurredAt: Date;
  sequence: number;
  partition: number;
  causationId: string;
  traceId: string;
  /** The message in protobuf's JSON form; `{}` when its type is not known here. */
  json: string;
}

/** What a log record says, decoded. */
export interface FactRecord {
  partition: number;
  key: string;
  sequence: number;
  attributes: Readonly<Record<string, string>>;
  body: Uint8Array;
}

interface AnyCodec {
  decode(bytes: Uint8Array): unknown;
  toJSON(message: unknown): unknown;
}

/** Makes the row of a record. A type from a newer writer is kept with an empty body, so that counts stay exact. */
export function toFactRow({ partition, key, sequence, attributes, body }: FactRecord): FactRow {
  const type = attributes['type'] ?? '';
  const codec = Object.hasOwn(eventTypes, type) ? (eventTypes[type as EventType].codec as unknown as AnyCodec) : undefined;
  return {
    eventId: attributes['id'] ?? '',
    tenant: attributes['tenant'] ?? '',
    type: type.split('.').at(-1) ?? '',
    domain: type.split('.')[1] ?? '',
    key,
    source: attributes['source'] ?? '',
    occurredAt: new Date(attributes['time'] ?? 0),
    sequence,
    partition,
    causationId: attributes['causationid'] ?? '',
    traceId: attributes['traceparent']?.split('-')[1] ?? '',
    json: codec === undefined ? '{}' : decodeToJson(codec, body),
  };
}

function decodeToJson(codec: AnyCodec, body: Uint8Array): string {
  try {
    return JSON.stringify(codec.toJSON(codec.decode(body)));
  } catch {
    // A body that does not decode is kept as a row without fields: the warehouse counts facts, it does not judge them.
    return '{}';
  }
}
