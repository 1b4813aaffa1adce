import type { RawFact } from '@patchbay/bus/consume-fact-batches';
import { parseFactSubject } from '@patchbay/bus/subjects';
import type { LogRecord } from './ports.ts';

/** Topic of a domain's facts. */
export const topicOf = (domain: string): string => `patchbay.${domain}.v1`;

/** The record of a fact: key and partition as on the bus, CloudEvents attributes without their prefix. */
export function toLogRecord(fact: RawFact): LogRecord {
  const place = parseFactSubject(fact.subject);
  const attributes: Record<string, string> = {};
  for (const [name, value] of fact.headers) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = value;
    else if (name === 'traceparent') attributes[name] = value;
  }
  return { topic: topicOf(place?.domain ?? 'unknown'), partition: fact.partition, key: place?.key ?? '', sequence: fact.sequence, attributes, body: fact.body };
}
