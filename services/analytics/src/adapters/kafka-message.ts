import type { KafkaMessage, Message } from 'kafkajs';
import type { LogRecord, PlacedRecord } from '../ports.ts';

/** Header that carries the bus's stream sequence, beside the CloudEvents ones. */
const sequenceHeader = 'patchbay_sequence';

/** A Kafka message in CloudEvents binary mode: attributes as `ce_*` headers, the protobuf message as value. */
export function toMessage(record: LogRecord): Message & { partition: number } {
  const headers: Record<string, string> = { 'content-type': 'application/protobuf', [sequenceHeader]: String(record.sequence) };
  for (const [name, value] of Object.entries(record.attributes)) headers[name === 'traceparent' ? name : `ce_${name}`] = value;
  return { key: record.key, partition: record.partition, value: Buffer.from(record.body), headers };
}

/** The bus's stream sequence of a message; 0 when it has none. */
export function sequenceOf(message: Pick<KafkaMessage, 'headers'>): number {
  return Number(message.headers?.[sequenceHeader]?.toString() ?? 0);
}

/** Reads a message back. */
export function fromMessage(topic: string, partition: number, message: KafkaMessage): PlacedRecord {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    if (name.startsWith('ce_')) attributes[name.slice(3)] = String(value);
    else if (name === 'traceparent') attributes[name] = String(value);
  }
  return { topic, partition, key: message.key?.toString() ?? '', sequence: sequenceOf(message), attributes, body: message.value ?? new Uint8Array(), offset: Number(message.offset) };
}
