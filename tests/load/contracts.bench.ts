import { readFileSync } from 'node:fs';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { hundredth } from './measure.ts';

interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  fromJSON(json: unknown): unknown;
}

const rounds = 400;
const runs = 5;

/** Pieces of work a second of CPU: the best of some runs, so that neighbours count little. */
function perCpuSecond<Item>(items: readonly Item[], work: (item: Item) => unknown): number {
  let best = 0;
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round += 1) for (const item of items) work(item);
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (items.length * rounds) / ((user + system) / 1e6));
  }
  return Math.round(best);
}

/** Every golden fact, encoded and decoded, beside JSON of the same content. */
export async function bench(emit: (row: Record<string, unknown>) => void): Promise<void> {
  const lines = readFileSync(new URL('../contract/golden-facts.jsonl', import.meta.url), 'utf8').trim().split('\n');
  const facts = lines
    .map((line) => JSON.parse(line) as { type: EventType; hex: string; json: unknown })
    .map(({ type, hex, json }) => {
      const codec = eventTypes[type].codec as unknown as Codec;
      return { codec, bytes: Buffer.from(hex, 'hex'), message: codec.fromJSON(json), json, text: JSON.stringify(json) };
    });
  const mean = (sizes: readonly number[]) => Math.round(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
  emit({ measure: 'golden facts', facts: facts.length, protobufBytes: mean(facts.map(({ bytes }) => bytes.length)), jsonBytes: mean(facts.map(({ text }) => Buffer.byteLength(text))) });
  const stringify = perCpuSecond(facts, ({ json }) => JSON.stringify(json));
  const encode = perCpuSecond(facts, ({ codec, message }) => codec.encode(message).finish());
  emit({ measure: 'encode', factsPerCpuSecond: encode, jsonStringifyPerCpuSecond: stringify, ratioToJson: hundredth(encode / stringify) });
  const parse = perCpuSecond(facts, ({ text }) => JSON.parse(text) as unknown);
  const decode = perCpuSecond(facts, ({ codec, bytes }) => codec.decode(bytes));
  emit({ measure: 'decode', factsPerCpuSecond: decode, jsonParsePerCpuSecond: parse, ratioToJson: hundredth(decode / parse) });
  return Promise.resolve();
}
