import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern } from './linear-pattern.ts';

function find(pattern: string, text: string): string[] {
  const compiled = compilePattern(pattern);
  if ('fault' in compiled) throw new Error(compiled.fault);
  return compiled.find(text).map((match) => text.slice(match.start, match.end));
}

function faultOf(pattern: string): string {
  const compiled = compilePattern(pattern);
  return 'fault' in compiled ? compiled.fault : '';
}

describe('a pattern', () => {
  test('finds the leftmost and longest match, then the next', () => {
    expect(find('不(知道)?', '不知道不')).toEqual(['不知道', '不']);
    expect(find('a|ab', 'xab')).toEqual(['ab']);
    expect(find('(您|你)(怎么|咋)(这么|还)', '你怎么还不来，您咋这么急')).toEqual(['你怎么还', '您咋这么']);
  });

  test('knows classes, counts, anchors and escapes', () => {
    expect(find('[^\\d]{2,3}$', '12好的呀')).toEqual(['好的呀']);
    expect(find('^\\d{11}', '13800138000号')).toEqual(['13800138000']);
    expect(find('[一-龥]{2}', 'ab中文c')).toEqual(['中文']);
    expect(find('a\\.b', 'axba.b')).toEqual(['a.b']);
  });

  test('never matches nothing', () => {
    expect(find('a*', 'bbb')).toEqual([]);
  });

  test('takes linear time where a backtracking engine takes for ever', () => {
    // Backtracking over these would outlive the time limit of any test by far.
    expect(find('(a*)*b', 'a'.repeat(5_000))).toEqual([]);
    expect(find('(a|aa)+c', 'a'.repeat(5_000))).toEqual([]);
  });

  test.each([
    ['', 'the pattern is empty'],
    ['(a', 'a group is not closed'],
    ['a)', '`)` without `(`'],
    ['[a', '`[` is not closed'],
    ['*a', 'nothing to repeat before `*`'],
    ['a**', 'a repeat cannot be repeated, and lazy repeats are not known'],
    ['a{3,1}', 'the second count is below the first'],
    ['a{99}', 'counts go up to 50'],
    ['(?=a)', 'look-around and named groups are not known'],
    ['(a)\\1', '`\\1` is not known; there are \\d, \\w and \\s'],
    ['((a{50}){50}){50}', 'the pattern is too large: its counts multiply'],
    ['a'.repeat(300), 'the pattern is longer than 200 signs'],
  ])('%s is refused with the reason', (pattern, reason) => {
    expect(faultOf(pattern)).toBe(reason);
  });

  test('matches where the regular expression engine matches, for any small pattern', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab)', '(?:b|ab)');
    const repeat = fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '{0,}');
    const pattern = fc.array(fc.tuple(atom, repeat), { minLength: 1, maxLength: 4 }).map((parts) => parts.map(([one, times]) => one + times).join(''));
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 }), (source, text) => {
        const compiled = compilePattern(source);
        if ('fault' in compiled) throw new Error(compiled.fault);
        const [first] = compiled.find(text);
        const starts = Array.from({ length: text.length }, (_, start) => start).filter((start) => {
          const match = new RegExp(`^(?:${source})`).exec(text.slice(start));
          const longest = Array.from({ length: text.length - start }, (_, more) => text.slice(start, start + more + 1)).some((part) => new RegExp(`^(?:${source})$`).test(part));
          return match !== null && longest;
        });
        expect(first?.start).toBe(starts[0]);
        if (first !== undefined) {
          const ends = Array.from({ length: text.length - first.start }, (_, more) => first.start + more + 1).filter((end) => new RegExp(`^(?:${source})$`).test(text.slice(first.start, end)));
          expect(first.end).toBe(ends.at(-1));
        }
      }),
      { numRuns: 500 },
    );
  });
});
