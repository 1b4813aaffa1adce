import { expect, test } from '@jest/globals';
import { decodeTable } from './g711.ts';

test.each([
  ['PCMU', 0xff, 0],
  ['PCMU', 0x7f, 0],
  ['PCMU', 0x80, 32_124],
  ['PCMU', 0x00, -32_124],
  ['PCMU', 0xf0, 120],
  ['PCMU', 0xef, 132],
  ['PCMA', 0xd5, 8],
  ['PCMA', 0x55, -8],
  ['PCMA', 0xaa, 32_256],
  ['PCMA', 0x2a, -32_256],
  ['PCMA', 0xc5, 264],
])('%s octet %i is the decision value of G.711', (codec, octet, value) => {
  expect(Math.abs((decodeTable(codec)?.[octet] ?? NaN) - value)).toBe(0);
});

test.each(['PCMU', 'PCMA'])('%s rises with its code over all 256 octets, symmetric around zero', (codec) => {
  const table = decodeTable(codec);
  const values = [...(table ?? [])].sort((left, right) => left - right);
  expect(values).toHaveLength(256);
  for (let index = 0; index < 128; index += 1) expect((values[index] ?? 0) + (values[255 - index] ?? 0)).toBe(0);
});

test('another codec has no table', () => {
  expect(decodeTable('opus')).toBeUndefined();
});
