import { expect, test } from '@jest/globals';
import { readByteRange, sliceBytes } from './byte-range.ts';

test.each([
  [undefined, undefined],
  ['bytes=0-', { first: 0, last: 99 }],
  ['bytes=10-19', { first: 10, last: 19 }],
  ['bytes=90-500', { first: 90, last: 99 }],
  ['bytes=-10', { first: 90, last: 99 }],
  ['bytes=-500', { first: 0, last: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', undefined],
  ['bytes=0-1,5-6', undefined],
  ['items=0-1', undefined],
  ['bytes=-', undefined],
])('%s of 100 bytes', (header, expected) => {
  expect(readByteRange(header, 100)).toEqual(expected);
});

test('a span is cut out of chunks, and no more is read than it needs', async () => {
  let read = 0;
  async function* chunks() {
    for (let at = 0; at < 100; at += 10) {
      read += 1;
      yield Uint8Array.from({ length: 10 }, (_, index) => at + index);
    }
  }
  const bytes: number[] = [];
  for await (const chunk of sliceBytes(chunks(), { first: 8, last: 22 })) bytes.push(...chunk);
  expect(bytes).toEqual(Array.from({ length: 15 }, (_, index) => index + 8));
  expect(read).toBe(3);
});
