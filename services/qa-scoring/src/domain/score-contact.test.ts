import { describe, expect, test } from '@jest/globals';
import { RuleOutcome } from '@patchbay/contracts/quality/v1/quality_event';
import { parseRuleSet } from './parse-rule-set.ts';
import type { RuleSet } from './rule-set.ts';
import { scoreContact } from './score-contact.ts';
import type { ScoringInput, Turn } from './scoring-input.ts';

function ruleSetOf(rules: unknown[], more: object = {}): RuleSet {
  const parsed = parseRuleSet({ version: 1, rules, ...more });
  if ('faults' in parsed) throw new Error(parsed.faults.join('\n'));
  return parsed.ruleSet;
}

/** `agent: …` and `customer: …`, five seconds apart, each three seconds long. */
function turnsOf(...lines: string[]): Turn[] {
  return lines.map((line, index) => {
    const [, speaker, text] = /^(\w+): (.*)$/.exec(line) ?? [];
    return { speaker: speaker as Turn['speaker'], text: text ?? '', startMs: index * 5_000, endMs: index * 5_000 + 3_000, confidence: 1, index };
  });
}

function inputOf(turns: Turn[] | undefined, more: Partial<ScoringInput> = {}): ScoringInput {
  return { channel: 'voice', turns, audio: undefined, endedBy: 'customer', clockMinute: 600, holds: [], endMs: 60_000, ...more };
}

function judge(rules: unknown[], turns: Turn[] | undefined, more: Partial<ScoringInput> = {}) {
  const score = scoreContact(ruleSetOf(rules, { base_points: 10 }), inputOf(turns, more));
  return { ...score, outcomes: score.findings.map((finding) => finding.outcome) };
}

const { PASSED, FAILED, NOT_APPLICABLE, REVIEW } = RuleOutcome;

describe('a score', () => {
  test('is points got over points possible, with what does not apply left out of both', () => {
    const { scorePct, findings } = scoreContact(
      ruleSetOf([
        { id: 'kept', when: { any: ['您好'] }, score: { points: 6 } },
        { id: 'broken', when: { any: ['再见'] }, score: { points: 2 } },
        { id: 'elsewhere', scope: { channels: ['email'] }, when: { any: ['您好'] }, score: { points: 100 } },
        { id: 'sound', when: { acoustic: 'silence', gt_s: 10 }, expect: 'absent', score: { points: 100 } },
      ]),
      inputOf(turnsOf('agent: 您好')),
    );
    expect(scorePct).toBe(75);
    expect(findings.map((finding) => [finding.rule, finding.outcome, finding.points, finding.pointsPossible])).toEqual([
      ['kept', PASSED, 6, 6],
      ['broken', FAILED, 0, 2],
      ['elsewhere', NOT_APPLICABLE, 0, 0],
      ['sound', NOT_APPLICABLE, 0, 0],
    ]);
  });

  test('without a transcript leaves all rules over words out, and is none when nothing is left', () => {
    const rules = [{ id: 'words', when: { any: ['您好'] }, score: { points: 5 } }];
    const score = scoreContact(ruleSetOf(rules), inputOf(undefined));
    expect(score.findings[0]?.outcome).toBe(NOT_APPLICABLE);
    expect(score.scorePct).toBeUndefined();
  });

  test('is zero after a fatal finding, and the raw score stays', () => {
    const rules = [{ id: 'insult', when: { any: ['滚开'] }, expect: 'absent', fatal: true, score: { deduct: 1 } }];
    expect(judge(rules, turnsOf('agent: 滚开'))).toMatchObject({ scorePct: 0, rawScorePct: 90 });
    expect(judge([{ ...rules[0], scope: { speaker: 'agent' } }], turnsOf('customer: 滚开', 'agent: 您好'))).toMatchObject({ scorePct: 100 });
  });

  test('takes no more of a group than its most', () => {
    const rules = ['喂', '什么', '好像'].map((word, index) => ({
      id: `banned${index}`,
      when: { any: [word] },
      expect: 'absent',
      score: { deduct: 2 },
      group: index === 0 ? { id: 'banned', max_deduction: 3 } : 'banned',
    }));
    const { scorePct, findings } = judge(rules, turnsOf('agent: 喂，喂，什么，好像'));
    expect(findings.map((finding) => finding.points)).toEqual([-3, -0, -0]);
    expect(scorePct).toBe(70);
  });

  test('never deducts twice for the same words', () => {
    const deduct = (id: string, phrase: string) => ({ id, when: { any: [phrase] }, expect: 'absent', score: { deduct: 2 } });
    const { findings } = judge([deduct('long', '不知道'), deduct('short', '知道')], turnsOf('agent: 我不知道'));
    expect(findings.map((finding) => finding.outcome)).toEqual([FAILED, FAILED]);
    expect(findings.map((finding) => finding.points)).toEqual([-2, -0]);
  });

  test('goes by the share of the parts that were there', () => {
    const rules = [{ id: 'polite', when: { all: ['请', '您好', '谢谢', '对不起', '再见'] }, score: { points: 5, pass_share: 0.6 } }];
    const most = judge(rules, turnsOf('agent: 您好，请讲', 'agent: 谢谢，再见'));
    expect(most.findings[0]).toMatchObject({ outcome: PASSED, points: 4, pointsPossible: 5 });
    expect(judge(rules, turnsOf('agent: 您好')).findings[0]).toMatchObject({ outcome: FAILED, points: 1 });
  });

  test('is the same for the same input', () => {
    const rules = [{ id: 'a', when: { any: ['您好'] }, score: { points: 5 } }];
    const turns = turnsOf('agent: 您好', 'customer: 好');
    expect(judge(rules, turns)).toEqual(judge(rules, turns));
  });
});

describe('evidence', () => {
  test('quotes the original words with their place and time', () => {
    const turns: Turn[] = [{ speaker: 'agent', text: '這個，我 不知道 啊！', startMs: 10_000, endMs: 18_000, confidence: 1, index: 7 }];
    const [finding] = judge([{ id: 'a', when: { any: ['不知道'] }, expect: 'absent', score: { deduct: 1 } }], turns).findings;
    // Seven signs count after normalising: 这个我不知道啊 without 啊 being the eighth second.
    expect(finding?.evidence).toEqual([{ startMs: 13_429n, endMs: 16_857n, speaker: 'agent', quote: '不知道', turn: 7 }]);
  });

  test('for sound has a time and a side', () => {
    const audio = { silences: [], overlaps: [{ startMs: 4_000, endMs: 6_000, begunBy: 'agent' as const }], speech: { agent: [], customer: [] } };
    const [finding] = judge([{ id: 'a', when: { acoustic: 'overlap', gt_s: 1.5, begun_by: 'agent' }, expect: 'absent', score: { deduct: 1 } }], undefined, { audio }).findings;
    expect(finding?.evidence).toEqual([{ startMs: 4_000n, endMs: 6_000n, speaker: 'agent', quote: '', turn: -1 }]);
  });
});

describe('conditions', () => {
  const outcomeOf = (when: unknown, turns: Turn[], more: object = {}) => judge([{ id: 'r', when, expect: 'present', score: { points: 1 }, ...more }], turns).outcomes[0];

  test('all, none and n_of', () => {
    const turns = turnsOf('agent: 您好', 'agent: 谢谢');
    expect(outcomeOf({ all: ['您好', '谢谢'] }, turns)).toBe(PASSED);
    expect(outcomeOf({ all: ['您好', '再见'] }, turns)).toBe(FAILED);
    expect(outcomeOf({ none: ['再见'] }, turns)).toBe(PASSED);
    expect(outcomeOf({ none: ['谢谢'] }, turns)).toBe(FAILED);
    expect(outcomeOf({ n_of: { n: 2, of: ['您好', '再见', '谢谢'] } }, turns)).toBe(PASSED);
    expect(outcomeOf({ n_of: { n: 3, of: ['您好', '再见', '谢谢'] } }, turns)).toBe(FAILED);
  });

  test('near counts signs of the speaker only, or turns', () => {
    const when = (limit: object) => ({ near: { a: '您好', b: '帮您', ...limit } });
    const turns = turnsOf('agent: 您好', 'customer: 喂喂喂喂喂喂听得到吗', 'agent: 可以帮您');
    const scope = { scope: { speaker: 'agent' } };
    expect(outcomeOf(when({ chars: 2 }), turns, scope)).toBe(PASSED);
    expect(outcomeOf(when({ chars: 1 }), turns, scope)).toBe(FAILED);
    expect(outcomeOf(when({ chars: 2 }), turns)).toBe(FAILED);
    expect(outcomeOf(when({ turns: 1 }), turns, scope)).toBe(PASSED);
    expect(outcomeOf({ near: { a: '帮您', b: '您好', chars: 5, ordered: true } }, turns, scope)).toBe(FAILED);
  });

  test('a sequence holds its order, its distance, its waits and its time', () => {
    const turns = turnsOf('agent: 您好，请问有什么可以帮您', 'customer: 没有', 'agent: 谢谢');
    expect(outcomeOf({ seq: ['您好', { near: { any: ['有什么'], chars: 2 } }] }, turns)).toBe(PASSED);
    expect(outcomeOf({ seq: ['您好', { near: { any: ['帮您'], chars: 2 } }] }, turns)).toBe(FAILED);
    expect(outcomeOf({ seq: ['谢谢', '您好'] }, turns)).toBe(FAILED);
    expect(outcomeOf({ seq: ['帮您', { speaker: 'customer', or_pause_s: 100 }, '谢谢'] }, turns)).toBe(PASSED);
    expect(outcomeOf({ seq: ['帮您', { or_pause_s: 7 }, '谢谢'] }, turns)).toBe(PASSED);
    expect(outcomeOf({ seq: ['帮您', { or_pause_s: 8 }, '谢谢'] }, turns)).toBe(FAILED);
    expect(outcomeOf({ seq: ['您好', '谢谢'], within_s: 12 }, turns)).toBe(FAILED);
    expect(outcomeOf({ seq: ['您好', '谢谢'], within_s: 14 }, turns)).toBe(PASSED);
  });

  test('a sequence tries a later beginning when the first leads nowhere', () => {
    expect(outcomeOf({ seq: ['甲', { near: { any: ['乙'], chars: 0 } }] }, turnsOf('agent: 甲丙甲乙'))).toBe(PASSED);
  });

  test('count, a pattern with its exception, and words of the other side', () => {
    const turns = turnsOf('agent: 好啊好啊', 'customer: 我建议改进', 'agent: 谢谢');
    expect(outcomeOf({ count: { of: { any: ['啊'] }, at_least: 2 } }, turns)).toBe(PASSED);
    expect(outcomeOf({ count: { of: { any: ['啊'] }, at_least: 3 } }, turns)).toBe(FAILED);
    expect(outcomeOf({ regex: '建.改', exclude: '建议改' }, turns)).toBe(FAILED);
    expect(outcomeOf({ regex: '建.改' }, turns)).toBe(PASSED);
    expect(outcomeOf({ seq: [{ any: ['建议'], speaker: 'customer' }, '谢谢'] }, turns, { scope: { speaker: 'agent' } })).toBe(PASSED);
    expect(outcomeOf({ seq: ['建议', '谢谢'] }, turns, { scope: { speaker: 'agent' } })).toBe(FAILED);
  });

  test('scopes by turns and seconds', () => {
    const turns = turnsOf('customer: 喂', 'agent: 甲', 'agent: 乙', 'agent: 丙');
    const scoped = (phrase: string, scope: object) => outcomeOf({ any: [phrase] }, turns, { scope: { speaker: 'agent', ...scope } });
    expect(scoped('乙', { first_turns: 1 })).toBe(FAILED);
    expect(scoped('乙', { first_turns: 2 })).toBe(PASSED);
    expect(scoped('乙', { last_turns: 1 })).toBe(FAILED);
    expect(scoped('乙', { last_turns: 2 })).toBe(PASSED);
    expect(scoped('乙', { first_seconds: 4 })).toBe(FAILED);
    expect(scoped('乙', { first_seconds: 5 })).toBe(PASSED);
    expect(scoped('乙', { last_seconds: 3 })).toBe(FAILED);
    expect(scoped('乙', { last_seconds: 8 })).toBe(PASSED);
    expect(scoped('喂', {})).toBe(FAILED);
  });
});

describe('doubt', () => {
  const banned = { id: 'b', scope: { speaker: 'agent' }, when: { any: ['不知道'] }, expect: 'absent', score: { deduct: 2 }, confidence: { review_below: 0.8 } };

  test('words that were badly recognised go to a person and cost nothing', () => {
    const turns = turnsOf('agent: 不知道').map((turn) => ({ ...turn, confidence: 0.6 }));
    expect(judge([banned], turns)).toMatchObject({ outcomes: [REVIEW], scorePct: undefined });
    const kept = { id: 'k', when: { any: ['不知道'] }, score: { points: 5 } };
    expect(judge([banned, kept], turns)).toMatchObject({ outcomes: [REVIEW, PASSED], scorePct: 100 });
  });

  test('one sure find is enough to fail, and only sure ones cost', () => {
    const turns = turnsOf('agent: 不知道', 'agent: 不知道').map((turn, index) => ({ ...turn, confidence: index === 0 ? 0.6 : 0.9 }));
    const { findings } = judge([banned], turns);
    expect(findings[0]).toMatchObject({ outcome: FAILED, points: -2, confidence: 0.9 });
  });

  test('a missing greeting in words that were badly recognised goes to a person', () => {
    const greeting = { id: 'g', scope: { speaker: 'agent' }, when: { any: ['您好'] }, score: { points: 5 }, confidence: { review_below: 0.8 } };
    const turns = turnsOf('agent: 宁浩').map((turn) => ({ ...turn, confidence: 0.4 }));
    expect(judge([greeting], turns).outcomes).toEqual([REVIEW]);
    expect(judge([greeting], turnsOf('agent: 说吧')).outcomes).toEqual([FAILED]);
  });

  test('words the agent repeats from the customer do not count', () => {
    const rule = { ...banned, unless: [{ echo: true }] };
    expect(judge([rule], turnsOf('customer: 我不知道密码怎么改', 'agent: 您是指不知道密码怎么改')).outcomes).toEqual([PASSED]);
    expect(judge([rule], turnsOf('customer: 密码怎么改', 'agent: 不知道密码怎么改')).outcomes).toEqual([FAILED]);
  });
});

describe('sound', () => {
  const silence = { id: 's', when: { acoustic: 'silence', gt_s: 10, not_covered_by: 'announced_hold' }, expect: 'absent', score: { points: 10, deduct: 5 } };
  const audio = { silences: [{ startMs: 10_000, endMs: 25_000 }, { startMs: 40_000, endMs: 52_000 }], overlaps: [], speech: { agent: [], customer: [] } };

  test('a long silence costs points of its rule, each once, never below none', () => {
    expect(judge([silence], undefined, { audio }).findings[0]).toMatchObject({ outcome: FAILED, points: 0, pointsPossible: 10 });
    const once = { ...audio, silences: audio.silences.slice(0, 1) };
    expect(judge([silence], undefined, { audio: once }).findings[0]).toMatchObject({ points: 5 });
  });

  test('what was on hold is no silence of the agent', () => {
    const holds = [{ startMs: 9_000, endMs: 24_000 }, { startMs: 41_000, endMs: 53_000 }];
    expect(judge([silence], undefined, { audio, holds }).outcomes).toEqual([PASSED]);
  });
});

test('an agent who never comes back after “one moment” has broken the rule, unless the customer hung up', () => {
  const rule = { id: 'h', scope: { speaker: 'agent' }, when: { event: 'announced_hold', phrase: { any: ['稍等'] }, within_s: { value: 20 } }, score: { points: 5 } };
  const turns = turnsOf('agent: 请稍等');
  expect(judge([rule], turns, { endedBy: 'agent', endMs: 60_000 }).outcomes).toEqual([FAILED]);
  expect(judge([rule], turns, { endedBy: 'customer', endMs: 60_000 }).outcomes).toEqual([PASSED]);
  expect(judge([rule], turns, { endedBy: 'agent', endMs: 20_000 }).outcomes).toEqual([PASSED]);
});

test('a conversation in another language is not judged by words it cannot have', () => {
  const rule = { id: 'g', scope: { speaker: 'agent', languages: ['zh', 'en'] }, when: { any: ['您好', 'hello'] }, score: { points: 5 } };
  expect(judge([rule], turnsOf('agent: Bonjour, comment puis-je vous aider avec votre commande')).outcomes).toEqual([NOT_APPLICABLE]);
  expect(judge([rule], turnsOf('agent: お電話ありがとうございます')).outcomes).toEqual([NOT_APPLICABLE]);
  expect(judge([rule], turnsOf('agent: What do you want')).outcomes).toEqual([FAILED]);
  expect(judge([rule], turnsOf('agent: 您的iPhone订单已经发货')).outcomes).toEqual([FAILED]);
});
