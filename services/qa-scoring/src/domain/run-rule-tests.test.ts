import { expect, test } from '@jest/globals';
import { parseRuleSet } from './parse-rule-set.ts';
import { runRuleTests } from './run-rule-tests.ts';

function run(tests: object, rule: object = {}): string[] {
  const parsed = parseRuleSet({ version: 1, base_points: 1, rules: [{ id: 'a', scope: { speaker: 'agent' }, when: { any: ['不知道'] }, expect: 'absent', score: { deduct: 1 }, tests, ...rule }] });
  if ('faults' in parsed) throw new Error(parsed.faults.join('\n'));
  return runRuleTests(parsed.ruleSet);
}

test('tests that hold say nothing', () => {
  expect(run({ hit: ['我不知道'], miss: ['您好', ['customer: 不知道', 'agent: 好的']], failed: ['不知道'], passed: ['您好'], na: [{ silences: [[1, 2]] }] })).toEqual([]);
});

test('each test that comes out otherwise is named with how it came out', () => {
  expect(run({ hit: ['您好'], miss: ['我不知道'], passed: ['不知道'], review: ['不知道'] })).toEqual([
    'rules[0](a).tests.hit[0]: is miss',
    'rules[0](a).tests.miss[0]: is hit',
    'rules[0](a).tests.passed[0]: is failed',
    'rules[0](a).tests.review[0]: is failed',
  ]);
});

test('a test brings its own surroundings', () => {
  const unsure = [{ turns: [{ agent: '不知道', confidence: 0.3 }] }];
  expect(run({ review: unsure }, { confidence: { review_below: 0.5 } })).toEqual([]);
  expect(run({ na: [{ channel: 'email', turns: ['agent: 不知道'] }] }, { scope: { speaker: 'agent', channels: ['voice'] } })).toEqual([]);
});
