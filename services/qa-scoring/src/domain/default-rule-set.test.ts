import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseRuleSet } from './parse-rule-set.ts';
import { runRuleTests } from './run-rule-tests.ts';

const definition = parse(readFileSync(new URL('../../rule-sets/default.yaml', import.meta.url), 'utf8')) as { rules: { id: string; tests?: object }[] };

test('the rule set of a centre without one is well formed, and every rule keeps its own tests', () => {
  const parsed = parseRuleSet(definition);
  if ('faults' in parsed) throw new Error(parsed.faults.join('\n'));
  expect(runRuleTests(parsed.ruleSet)).toEqual([]);
});

test('every rule of the file brings tests', () => {
  expect(definition.rules.filter((rule) => rule.tests === undefined).map((rule) => rule.id)).toEqual([]);
});
