import { expect, test } from '@jest/globals';
import { createLanes, type LaneSource } from './ordered-lanes.ts';

interface Message {
  contact: string;
  sequence: number;
}

/** A stream that drops what was settled, and lanes over it. */
function setUp(sequences: Record<string, number[]>) {
  const stream = new Map(Object.entries(sequences).map(([contact, list]) => [contact, new Set(list)]));
  const begun: string[] = [];
  const givenBack: number[] = [];
  const forgotten: number[] = [];
  const faults: unknown[] = [];
  const gates = new Map<number, () => void>();
  const stopping = new AbortController();
  const settings = { blocked: new Set<number>(), failing: new Set<number>() };
  const source: LaneSource<Message> = {
    keyOf: ({ contact }) => contact,
    sequenceOf: ({ sequence }) => sequence,
    firstUnsettled: async (contact) => [...(stream.get(contact) ?? [])].sort((left, right) => left - right)[0],
    async run({ contact, sequence }) {
      begun.push(`${contact}${sequence}`);
      if (settings.blocked.has(sequence)) await new Promise<void>((resolve) => gates.set(sequence, resolve));
      if (settings.failing.delete(sequence)) throw new Error(`no answer for ${sequence}`);
      stream.get(contact)?.delete(sequence);
    },
    giveBack: ({ sequence }) => void givenBack.push(sequence),
    forget: ({ sequence }) => void forgotten.push(sequence),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    onFault: (error) => void faults.push(error),
    stopping: stopping.signal,
  };
  const lanes = createLanes(source);
  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { lanes, begun, givenBack, forgotten, faults, gates, stopping, settings, turns, stream };
}

test('a command that waits for its platform holds up its own contact only', async () => {
  const { lanes, begun, gates, settings, turns } = setUp({ a: [1, 3], b: [2, 4] });
  settings.blocked.add(1);
  for (const [contact, sequence] of [['a', 1], ['b', 2], ['a', 3], ['b', 4]] as const) lanes.add({ contact, sequence });
  await turns(5);
  expect(begun).toEqual(['a1', 'b2', 'b4']);
  gates.get(1)?.();
  await lanes.idle();
  expect(begun).toEqual(['a1', 'b2', 'b4', 'a3']);
});

test('a later command does not begin while an earlier one of its contact is with a process that died', async () => {
  const { lanes, begun, turns } = setUp({ a: [1, 2, 3] });
  lanes.add({ contact: 'a', sequence: 3 });
  lanes.add({ contact: 'a', sequence: 2 });
  await turns(5);
  expect(begun).toEqual([]);
  lanes.add({ contact: 'a', sequence: 1 });
  await lanes.idle();
  expect(begun).toEqual(['a1', 'a2', 'a3']);
});

test('a command that was not settled comes again before the next of its contact', async () => {
  const { lanes, begun, faults, settings, turns } = setUp({ a: [1, 2] });
  settings.failing.add(1);
  lanes.add({ contact: 'a', sequence: 1 });
  lanes.add({ contact: 'a', sequence: 2 });
  await turns(5);
  expect(begun).toEqual(['a1']);
  expect(faults).toHaveLength(1);
  lanes.add({ contact: 'a', sequence: 1 });
  await lanes.idle();
  expect(begun).toEqual(['a1', 'a1', 'a2']);
});

test('a command that another process settled meanwhile is not carried out again', async () => {
  const { lanes, begun, forgotten } = setUp({ a: [2] });
  lanes.add({ contact: 'a', sequence: 1 });
  lanes.add({ contact: 'a', sequence: 2 });
  await lanes.idle();
  expect(begun).toEqual(['a2']);
  expect(forgotten).toEqual([1]);
});

test('a delivery of a command in hand is let go', async () => {
  const { lanes, begun, forgotten, gates, settings, turns } = setUp({ a: [1, 2] });
  settings.blocked.add(1);
  lanes.add({ contact: 'a', sequence: 1 });
  await turns(2);
  lanes.add({ contact: 'a', sequence: 1 });
  lanes.add({ contact: 'a', sequence: 2 });
  lanes.add({ contact: 'a', sequence: 2 });
  gates.get(1)?.();
  await lanes.idle();
  expect(begun).toEqual(['a1', 'a2']);
  expect(forgotten).toEqual([1, 2]);
});

test('a stop finishes what was begun and gives back what waits', async () => {
  const { lanes, begun, givenBack, gates, settings, stopping, turns } = setUp({ a: [1, 3], b: [2] });
  settings.blocked.add(1);
  lanes.add({ contact: 'a', sequence: 1 });
  lanes.add({ contact: 'a', sequence: 3 });
  await turns(2);
  stopping.abort();
  lanes.add({ contact: 'b', sequence: 2 });
  gates.get(1)?.();
  await lanes.idle();
  expect(begun).toEqual(['a1']);
  expect(givenBack.sort()).toEqual([2, 3]);
});
