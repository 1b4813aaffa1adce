import { RuleOutcome } from '@patchbay/contracts/quality/v1/quality_event';
import { prepareConversation } from './conversation.ts';
import { createEvaluation, type Evaluation } from './evaluate.ts';
import type { ExpectedResult, Rule, RuleSet, RuleTest } from './rule-set.ts';
import { judgeRule } from './score-contact.ts';
import type { ScoringInput } from './scoring-input.ts';

/** Runs the tests that the rules of a set carry. @returns one line for each that came out otherwise; empty when all hold */
export function runRuleTests(ruleSet: RuleSet): string[] {
  return ruleSet.rules.flatMap((rule) => rule.tests.flatMap((test) => runTest(ruleSet, rule, test)));
}

function runTest(ruleSet: RuleSet, rule: Rule, test: RuleTest): string[] {
  const input = toInput(test);
  const evaluation = createEvaluation(ruleSet, prepareConversation(ruleSet, input), input);
  const actual = test.expected === 'hit' || test.expected === 'miss' ? findResult(evaluation, rule) : outcomeResult(evaluation, rule);
  return actual === test.expected ? [] : [`${test.path}: is ${actual}`];
}

function toInput(test: RuleTest): ScoringInput {
  const turns = test.turns?.map((turn, index) => ({ ...turn, index }));
  const sound = test.silences !== undefined || test.overlaps !== undefined;
  const ends = [...(turns ?? []), ...(test.silences ?? []), ...(test.overlaps ?? [])].map((span) => span.endMs);
  return {
    channel: test.channel,
    turns,
    audio: sound ? { silences: test.silences ?? [], overlaps: test.overlaps ?? [], speech: { agent: [], customer: [] } } : undefined,
    endedBy: test.endedBy,
    clockMinute: test.clockMinute,
    holds: [],
    endMs: Math.max(0, ...ends),
  };
}

/** Whether the rule finds anything, its scope and contexts heeded. */
function findResult(evaluation: Evaluation, rule: Rule): ExpectedResult {
  return evaluation.findRule(rule.id).length > 0 ? 'hit' : 'miss';
}

function outcomeResult(evaluation: Evaluation, rule: Rule): ExpectedResult {
  switch (judgeRule(evaluation, rule).outcome) {
    case RuleOutcome.PASSED:
      return 'passed';
    case RuleOutcome.FAILED:
      return 'failed';
    case RuleOutcome.REVIEW:
      return 'review';
    default:
      return 'na';
  }
}
