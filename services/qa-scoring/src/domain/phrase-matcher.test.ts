import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createPhraseMatcher } from './phrase-matcher.ts';

function scan(phrases: string[], text: string): string[] {
  const found: string[] = [];
  createPhraseMatcher(phrases).scan(text, (phrase, end) => found.push(`${phrases[phrase] ?? ''}@${end}`));
  return found.sort();
}

test('overlapping and nested phrases are all told', () => {
  expect(scan(['不知道', '知道', '道', '道理'], '我不知道道理')).toEqual(['不知道@4', '知道@4', '道@4', '道@5', '道理@6'].sort());
});

test('a sign outside all phrases ends what was begun', () => {
  expect(scan(['好像'], '好x像好像')).toEqual(['好像@5']);
});

test('finds what a search for each phrase finds, for any phrases and text', () => {
  const sign = fc.constantFrom('a', 'b', 'c');
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: sign, minLength: 1, maxLength: 4 }), { maxLength: 12 }), fc.string({ unit: sign, maxLength: 40 }), (phrases, text) => {
      const expected = phrases.flatMap((phrase) =>
        Array.from({ length: text.length }, (_, start) => start).flatMap((start) => (text.startsWith(phrase, start) ? [`${phrase}@${start + phrase.length}`] : [])),
      );
      expect(scan(phrases, text)).toEqual(expected.sort());
    }),
  );
});
