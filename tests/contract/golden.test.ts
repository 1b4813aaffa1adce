import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { sampleMessage } from './sample-message.ts';

/**
 * One line a fact: its bytes as the first writer wrote them, and what they say. Lines are only ever added: a reader of
 * today must understand every byte that was ever written. `UPDATE_GOLDEN=1` adds lines for new facts and fields and
 * never changes one.
 */
const file = new URL('./golden-facts.jsonl', import.meta.url);

interface Golden {
  type: string;
  hex: string;
  json: Record<string, unknown>;
}

interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  fromJSON(json: unknown): unknown;
  toJSON(message: unknown): unknown;
}

const codecOf = (type: string): Codec => eventTypes[type as EventType].codec as unknown as Codec;
const goldens = (): Golden[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Golden);

function writeSample(type: string): Golden {
  const json = sampleMessage(`.${type}`);
  const codec = codecOf(type);
  return { type, hex: Buffer.from(codec.encode(codec.fromJSON(json)).finish()).toString('hex'), json: codec.toJSON(codec.fromJSON(json)) as Record<string, unknown> };
}

if (process.env['UPDATE_GOLDEN'] === '1') {
  const known = new Set(goldens().map(({ type, hex }) => `${type} ${hex}`));
  const added = Object.keys(eventTypes).map(writeSample).filter(({ type, hex }) => !known.has(`${type} ${hex}`));
  writeFileSync(file, [...goldens(), ...added].map((golden) => `${JSON.stringify(golden)}\n`).join(''));
}

describe('golden bytes', () => {
  test('every fact has its bytes on file, with all its fields of today', () => {
    const known = new Set(goldens().map(({ type, hex }) => `${type} ${hex}`));
    const missing = Object.keys(eventTypes).filter((type) => !known.has(`${type} ${writeSample(type).hex}`));
    expect(missing).toEqual([]);
  });

  test.each(goldens().map((golden) => [golden.type, golden] as const))('%s is read as it was written', (type, { hex, json }) => {
    const codec = codecOf(type);
    const message = codec.decode(Buffer.from(hex, 'hex'));
    expect(codec.toJSON(message)).toEqual(json);
    expect(Buffer.from(codec.encode(message).finish()).toString('hex')).toBe(hex);
  });

  test('a field of a newer writer is passed over', () => {
    const [{ type, hex, json } = { type: '', hex: '', json: {} }] = goldens();
    // Field 1999, length-delimited, two bytes.
    const newer = Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from('fa7c026869', 'hex')]);
    expect(codecOf(type).toJSON(codecOf(type).decode(newer))).toEqual(json);
  });
});
