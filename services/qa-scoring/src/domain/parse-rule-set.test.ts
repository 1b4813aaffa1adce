import { expect, test } from '@jest/globals';
import { parseRuleSet } from './parse-rule-set.ts';

function faultsOf(definition: unknown): readonly string[] {
  const parsed = parseRuleSet(definition);
  return 'faults' in parsed ? parsed.faults : [];
}

const rule = { id: 'a', when: { any: ['好'] }, score: { points: 1 } };

test('every fault of a definition is named at once, each with its place', () => {
  const faults = faultsOf({
    version: 2,
    colour: 'red',
    lexicons: { empty: [], marks: ['！！'] },
    rules: [
      { id: 'Bad Id', when: { any: ['好'] } },
      { id: 'none' },
      { id: 'lex', when: { any_lex: 'missing' } },
      { id: 'pattern', when: { regex: '(a' } },
      { id: 'two', when: { any: ['好'], all: ['坏'] } },
      { id: 'ref', when: { rule: 'nowhere' } },
      { id: 'near', when: { near: { a: '好', b: '坏' } } },
      { id: 'two', when: { any: ['好'] }, score: { points: -1 }, group: 'unknown' },
      { id: 'clock', map: { table: { 早上好: '25:00-09:00' } }, expect: 'present' },
    ],
  });
  expect(faults).toEqual([
    'rule set.colour: is not known; known are version, titles, base_points, defaults, lexicons, senses, rules',
    'version: must be 1',
    'lexicons.empty: must be a list that is not empty',
    'lexicons.marks[0]: has nothing but punctuation and fillers',
    'rules[7](two): has the id of an earlier rule',
    'rules[0](Bad Id).id: must be lower-case words joined by dots, at most 64 signs',
    'rules[1](none): must have either when or map',
    'rules[2](lex).when.any_lex: names no lexicon; there are empty, marks',
    'rules[3](pattern).when.regex: a group is not closed',
    'rules[4](two).when: must have exactly one of any, any_lex, all, none, n_of, regex, near, seq, count, rule, acoustic, event',
    'rules[5](ref).when.rule: names no rule of this set',
    'rules[6](near).when.near: must have either chars or turns',
    'rules[7](two).score.points: must be a number from 0 to 1000',
    'rules[7](two).group: names no group; write {id, max_deduction} where it first stands',
    'rules[8](clock).map.table.早上好: must be HH:MM-HH:MM',
    'rules[8](clock).expect: match_if_present goes with map, and map with it',
    'rules: give no points at all: set base_points or the points of a rule',
  ]);
});

test('what is no rule set at all is told, not thrown', () => {
  for (const definition of [null, 7, 'rules', [], { version: 1 }, { version: 1, rules: [null, 3, []] }]) expect(faultsOf(definition).length).toBeGreaterThan(0);
});

test('rules that name each other in a circle are refused', () => {
  const faults = faultsOf({ version: 1, rules: [rule, { id: 'b.b', when: { all: ['c.c'] } }, { id: 'c.c', when: { seq: ['好', 'b.b'] } }] });
  expect(faults).toEqual(['rules(b.b): names itself over other rules', 'rules(c.c): names itself over other rules']);
});

test('conditions within conditions without end are refused', () => {
  let when: unknown = '好';
  for (let depth = 0; depth < 20; depth += 1) when = { any: [when] };
  expect(faultsOf({ version: 1, rules: [{ ...rule, when }] })[0]).toMatch(/conditions go 8 deep$/);
});

test('a definition of nothing but faults does not fill the memory with them', () => {
  expect(faultsOf({ version: 1, rules: Array.from({ length: 400 }, () => ({ id: 'X' })) }).length).toBeLessThanOrEqual(100);
});
