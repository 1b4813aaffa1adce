import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { normaliseText, originalSpan } from './normalise.ts';
import { simplifyUnit } from './traditional.ts';

const normalised = (text: string) => normaliseText(text).text;

describe('normalised text', () => {
  test('is half width, lower case and simplified', () => {
    expect(normalised('ＡＢＣ１２３')).toBe('abc123');
    expect(normalised('請問還有什麼可以幫您')).toBe('请问还有什么可以帮您');
  });

  test('has no punctuation, fillers, or spaces between Han characters', () => {
    expect(normalised('嗯，您好！ 请 问…有什么—可以帮您？')).toBe('您好请问有什么可以帮您');
  });

  test('keeps one space between Latin words and drops apostrophes within them', () => {
    expect(normalised("I  don't\tknow, sir!")).toBe('i dont know sir');
    expect(normalised('请打10086号')).toBe('请打10086号');
  });

  test('marks where punctuation stood, and only there', () => {
    const { text, borders } = normaliseText('好，像 这样');
    expect(text).toBe('好像这样');
    expect([...borders]).toEqual([0, 1, 0, 0]);
  });

  test('leads back to the place in the original', () => {
    const original = '  您好 ！我 不，知 道。';
    const result = normaliseText(original);
    const at = result.text.indexOf('不知道');
    const span = originalSpan(result, at, at + 3);
    expect(original.slice(span.start, span.end)).toBe('不，知 道');
  });

  test('leads back for any text: each unit came from its place, and places rise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (original) => {
        const result = normaliseText(original);
        expect(result.offsets).toHaveLength(result.text.length);
        expect([...result.offsets].every((offset, index, all) => index === 0 || offset > (all[index - 1] ?? 0))).toBe(true);
        expect(normalised(result.text)).toBe(result.text);
      }),
    );
  });

  test('is bounded for texts without end', () => {
    expect(normalised('啊'.repeat(100_000))).toHaveLength(20_000);
  });
});

test('no traditional character stands for one that is itself replaced', () => {
  const units = Array.from({ length: 0x9fff - 0x4e00 }, (_, index) => 0x4e00 + index);
  expect(units.filter((unit) => simplifyUnit(simplifyUnit(unit)) !== simplifyUnit(unit)).map((unit) => String.fromCharCode(unit))).toEqual([]);
});
