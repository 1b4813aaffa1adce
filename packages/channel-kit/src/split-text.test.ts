import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitText } from './split-text.ts';

const bytes = (text: string) => Buffer.byteLength(text, 'utf8');

describe('splitting long text', () => {
  test('short text stays whole and empty text has no part', () => {
    expect(splitText('您好', 6)).toEqual(['您好']);
    expect(splitText('', 6)).toEqual([]);
    expect(splitText('anything', 0)).toEqual(['anything']);
  });

  test('cuts at ends of Chinese sentences', () => {
    expect(splitText('您的订单已发货。预计明天到。请留意电话。', 45)).toEqual(['您的订单已发货。预计明天到。', '请留意电话。']);
  });

  test('cuts between words when a sentence is too long', () => {
    expect(splitText('one two three four', 9)).toEqual(['one two ', 'three ', 'four']);
  });

  test('keeps a family emoji with its joiners in one piece', () => {
    const family = '👨‍👩‍👧‍👦';
    expect(splitText(family.repeat(3), bytes(family) + 3)).toEqual([family, family, family]);
  });

  test('cuts a grapheme of endless combining marks between code points', () => {
    const parts = splitText(`a${'\u0301'.repeat(50)}`, 16);
    expect(parts.every((part) => bytes(part) <= 16)).toBe(true);
    expect(parts.join('')).toBe(`a${'\u0301'.repeat(50)}`);
  });

  test('joined parts are the text and each keeps the limit, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 4, max: 80 }), (text, limit) => {
        const parts = splitText(text, limit);
        expect(parts.join('')).toBe(text.toWellFormed());
        expect(parts.every((part) => part !== '' && bytes(part) <= limit)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('64 KB of one sentence is cut in a moment', () => {
    const started = performance.now();
    expect(splitText('汉'.repeat(21_000), 2048).length).toBe(31);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
