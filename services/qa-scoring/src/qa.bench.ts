import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseRuleSet } from './domain/parse-rule-set.ts';
import type { RuleSet } from './domain/rule-set.ts';
import { scoreContact } from './domain/score-contact.ts';
import type { ScoringInput } from './domain/scoring-input.ts';

interface RawRuleSet {
  lexicons: Record<string, string[]>;
  rules: Record<string, unknown>[];
}

const agentLines = [
  '您好，很高兴为您服务，请问有什么可以帮您？',
  '请您稍等，我为您查询一下这个月的账单明细。',
  '让您久等了，您本月的套餐费用是五十九元，另有流量费十二元。',
  '这个我不知道，应该是系统的问题吧。',
  '您可以在手机上打开应用，点击我的账单查看详细的费用情况。',
  '非常抱歉给您带来不便，我马上为您登记处理。',
  '请问还有什么可以帮您？',
  '感谢您的来电，祝您生活愉快，再见。',
];
const customerLines = ['你好，我想问一下我这个月的话费怎么这么多啊', '好的，什么时候能处理好', '我建议你们晚上也开门', '没有了，谢谢'];
const turnsPerContact = 20;
const rulesWanted = 60;

function makeContact(seed: number): ScoringInput {
  const turns = Array.from({ length: turnsPerContact }, (_, index) => {
    const speaker = index % 2 === 0 ? ('agent' as const) : ('customer' as const);
    const lines = speaker === 'agent' ? agentLines : customerLines;
    const text = `${lines[(seed * 7 + index) % lines.length] ?? ''}${seed % 3 === 0 ? `单号${seed}` : ''}`;
    return { speaker, text, startMs: index * 6_000, endMs: index * 6_000 + 4_000, confidence: 1, index };
  });
  return { channel: 'voice', turns, audio: undefined, endedBy: 'customer', clockMinute: 600, holds: [], endMs: turnsPerContact * 6_000 };
}

/**
 * The default rules, repeated under other names until there are as many as a large centre has.
 * @param morePhrases words added to the lexicon of thanks, which stand for a centre's own lists of names and products
 */
function readRules(morePhrases: number): { ruleSet: RuleSet; raw: RawRuleSet } {
  const file = parse(readFileSync(new URL('../rule-sets/default.yaml', import.meta.url), 'utf8')) as RawRuleSet;
  const invented = Array.from({ length: morePhrases }, (_, index) => `第${index}号套餐产品`);
  const lexicons = { ...file.lexicons, thanks: [...(file.lexicons['thanks'] ?? []), ...invented] };
  const plain = file.rules.map((rule) => ({ ...rule, tests: undefined }));
  const rules = Array.from({ length: rulesWanted }, (_, index) => {
    const rule: Record<string, unknown> = plain[index % plain.length] ?? {};
    return index < plain.length ? rule : { ...rule, id: `${String(rule['id'])}.copy${index}` };
  });
  const raw = { ...file, lexicons, rules };
  const parsed = parseRuleSet(raw);
  if ('faults' in parsed) throw new Error(parsed.faults.join('\n'));
  return { ruleSet: parsed.ruleSet, raw };
}

/** Every string of a condition that is a phrase, lexicons resolved: what a list of regular expressions would look for. */
function phrasesOf(value: unknown, lexicons: RawRuleSet['lexicons']): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap((one) => phrasesOf(one, lexicons));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'any_lex') return [inner].flat().flatMap((name) => lexicons[String(name)] ?? []);
    return ['any', 'all', 'of', 'count', 'n_of', 'near', 'seq', 'phrase'].includes(key) ? phrasesOf(inner, lexicons) : [];
  });
}

function measure(contacts: readonly ScoringInput[], run: (contact: ScoringInput) => void, forMs = 3_000): number {
  for (const contact of contacts.slice(0, 200)) run(contact);
  const startedMs = performance.now();
  let done = 0;
  while (performance.now() - startedMs < forMs) {
    const contact = contacts[done % contacts.length];
    if (contact !== undefined) run(contact);
    done += 1;
  }
  return Math.round((done * turnsPerContact) / ((performance.now() - startedMs) / 1_000));
}

function benchNaive(raw: RawRuleSet, contacts: readonly ScoringInput[]): { expressions: number; utterancesPerSecond: number } {
  const expressions = raw.rules.map((rule) => phrasesOf(rule['when'], raw.lexicons).map((phrase) => new RegExp(phrase.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'iu')));
  let hits = 0;
  const utterancesPerSecond = measure(contacts, (contact) => {
    for (const turn of contact.turns ?? []) {
      if (turn.speaker !== 'agent') continue;
      for (const rule of expressions) for (const expression of rule) if (expression.test(turn.text)) hits += 1;
    }
  });
  if (hits === 0) throw new Error('the baseline found nothing');
  return { expressions: expressions.flat().length, utterancesPerSecond };
}

/**
 * Utterances a second on one core: the engine, and the naive way, a regular expression for each phrase of each rule over
 * each utterance of the agent, without normalising, scopes, contexts, order or evidence.
 */
export function bench(emit: (row: Record<string, unknown>) => void): void {
  const contacts = Array.from({ length: 500 }, (_, seed) => makeContact(seed));
  for (const morePhrases of [0, 2_000]) {
    const { ruleSet, raw } = readRules(morePhrases);
    const utterancesPerSecond = measure(contacts, (contact) => void scoreContact(ruleSet, contact));
    emit({ way: 'engine', rules: rulesWanted, phrases: ruleSet.terms.length, utterancesPerSecond, target: 10_000 });
    emit({ way: 'naive', rules: rulesWanted, ...benchNaive(raw, contacts) });
  }
}
