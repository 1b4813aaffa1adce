import { isObject, readChoice, readList, readNumber, readObject, readText, readTitles, type JsonObject } from './faults.ts';
import { parseCondition, readRuleId, type ConditionReader } from './parse-condition.ts';
import { parseRuleTests } from './parse-rule-tests.ts';
import type { ClockTable, Condition, Context, Expectation, Language, NotApplicable, Rule, Scope } from './rule-set.ts';

/** What reading rules needs besides conditions. */
export interface RuleReader extends ConditionReader {
  senses: ReadonlySet<string>;
  /** Most points each group takes; rules may add groups. */
  groups: Map<string, number>;
  reviewBelow: number;
}

const ruleKeys = ['id', 'titles', 'scope', 'when', 'map', 'expect', 'unless', 'doubt', 'group', 'score', 'fatal', 'confidence', 'na_if', 'tests'] as const;

/** Reads one rule; what is wrong goes to the reader's faults under the rule's id. */
export function parseRule(reader: RuleReader, place: string, value: unknown): Rule {
  const { faults } = reader;
  const id = isObject(value) && typeof value['id'] === 'string' ? value['id'] : '';
  const path = id === '' ? place : `${place}(${id})`;
  const fields = readObject(faults, path, value, ruleKeys);
  if (!/^[a-z0-9_]+(\.[a-z0-9_]+)*$/.test(id) || id.length > 64) faults.add(`${path}.id`, 'must be lower-case words joined by dots, at most 64 signs');
  const scope = parseScope(reader, `${path}.scope`, fields['scope'] ?? {});
  const when = fields['when'] === undefined ? undefined : parseCondition(reader, `${path}.when`, fields['when']);
  const clock = fields['map'] === undefined ? undefined : parseClock(reader, `${path}.map`, fields['map']);
  if ((when === undefined) === (clock === undefined)) faults.add(path, 'must have either when or map');
  const score = parseScore(reader, `${path}.score`, fields['score'] ?? {});
  const expect = parseExpect(reader, `${path}.expect`, fields['expect'], { when, clock, deducts: score.deduct > 0 });
  if (score.passShare !== undefined && (when?.kind !== 'all' || expect !== 'present')) faults.add(`${path}.score.pass_share`, 'needs a `when` of `all` that is expected present');
  return {
    id,
    titles: readTitles(faults, `${path}.titles`, fields['titles']),
    scope,
    when,
    clock,
    expect,
    unless: parseContexts(reader, `${path}.unless`, fields['unless']),
    doubt: parseContexts(reader, `${path}.doubt`, fields['doubt']),
    group: parseGroup(reader, `${path}.group`, fields['group']),
    ...score,
    fatal: readFlag(reader, `${path}.fatal`, fields['fatal']),
    reviewBelow: parseReviewBelow(reader, `${path}.confidence`, fields['confidence']),
    naIf: parseNaIf(reader, `${path}.na_if`, fields['na_if']),
    tests: fields['tests'] === undefined ? [] : parseRuleTests(faults, `${path}.tests`, { value: fields['tests'], speaker: scope.speaker === 'customer' ? 'customer' : 'agent', channel: scope.channels?.[0] }),
    needsText: clock !== undefined || needs(when, (kind) => kind !== 'silence' && kind !== 'overlap'),
    needsAudio: needs(when, (kind) => kind === 'silence' || kind === 'overlap'),
  };
}

/** Whether any leaf of the condition is of such a kind. */
function needs(condition: Condition | undefined, wanted: (kind: Condition['kind']) => boolean): boolean {
  if (condition === undefined) return false;
  switch (condition.kind) {
    case 'any':
    case 'all':
    case 'none':
    case 'n_of':
      return condition.of.some((operand) => needs(operand, wanted));
    case 'count':
    case 'by':
      return needs(condition.of, wanted);
    default:
      return wanted(condition.kind);
  }
}

function readFlag(reader: RuleReader, path: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') reader.faults.add(path, 'must be true or false');
  return value === true;
}

function optionalCount(reader: RuleReader, path: string, value: unknown): number | undefined {
  return value === undefined ? undefined : readNumber(reader.faults, path, value, { min: 1, max: 1_000, whole: true });
}

function optionalMs(reader: RuleReader, path: string, value: unknown): number | undefined {
  return value === undefined ? undefined : Math.round(readNumber(reader.faults, path, value, { min: 0, max: 86_400 }) * 1_000);
}

function parseScope(reader: RuleReader, path: string, value: unknown): Scope {
  const { faults, phrases } = reader;
  const fields = readObject(faults, path, value, ['speaker', 'first_turns', 'last_turns', 'first_seconds', 'last_seconds', 'channels', 'languages', 'exclude_spans']);
  const texts = (key: string) => (fields[key] === undefined ? undefined : readList(faults, `${path}.${key}`, fields[key]));
  return {
    speaker: fields['speaker'] === undefined ? 'any' : readChoice(faults, `${path}.speaker`, fields['speaker'], ['agent', 'customer', 'any']),
    firstTurns: optionalCount(reader, `${path}.first_turns`, fields['first_turns']),
    lastTurns: optionalCount(reader, `${path}.last_turns`, fields['last_turns']),
    firstMs: optionalMs(reader, `${path}.first_seconds`, fields['first_seconds']),
    lastMs: optionalMs(reader, `${path}.last_seconds`, fields['last_seconds']),
    channels: texts('channels')?.map((channel, index) => readText(faults, `${path}.channels[${index}]`, channel)),
    languages: texts('languages')?.map((language, index) => readChoice<Language>(faults, `${path}.languages[${index}]`, language, ['zh', 'en', 'other'])),
    excludeTerms: (texts('exclude_spans') ?? []).flatMap((name, index) => phrases.lexicon(`${path}.exclude_spans[${index}]`, name)),
  };
}

function parseExpect(reader: RuleReader, path: string, value: unknown, rule: { when: Condition | undefined; clock: ClockTable | undefined; deducts: boolean }): Expectation {
  const hold = rule.when?.kind === 'announced_hold';
  const usual: Expectation = rule.clock !== undefined ? 'match_if_present' : hold ? 'satisfied' : rule.deducts ? 'absent' : 'present';
  const expect = value === undefined ? usual : readChoice<Expectation>(reader.faults, path, value, ['present', 'absent', 'satisfied', 'match_if_present']);
  if ((expect === 'match_if_present') !== (rule.clock !== undefined)) reader.faults.add(path, 'match_if_present goes with map, and map with it');
  if ((expect === 'satisfied') !== hold) reader.faults.add(path, 'satisfied goes with an event, and an event with it');
  return expect;
}

function parseScore(reader: RuleReader, path: string, value: unknown): { points: number; deduct: number; passShare: number | undefined } {
  const { faults } = reader;
  const fields = readObject(faults, path, value, ['points', 'deduct', 'pass_share']);
  const read = (key: string) => (fields[key] === undefined ? 0 : readNumber(faults, `${path}.${key}`, fields[key], { min: 0, max: 1_000 }));
  return {
    points: read('points'),
    deduct: read('deduct'),
    passShare: fields['pass_share'] === undefined ? undefined : readNumber(faults, `${path}.pass_share`, fields['pass_share'], { min: 0, max: 1 }),
  };
}

function parseGroup(reader: RuleReader, path: string, value: unknown): string | undefined {
  const { faults, groups } = reader;
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    if (!groups.has(value)) faults.add(path, 'names no group; write {id, max_deduction} where it first stands');
    return value;
  }
  const fields = readObject(faults, path, value, ['id', 'max_deduction']);
  const id = readText(faults, `${path}.id`, fields['id']);
  const most = readNumber(faults, `${path}.max_deduction`, fields['max_deduction'], { min: 0, max: 1_000 });
  if (groups.has(id) && groups.get(id) !== most) faults.add(path, `group ${id} has max_deduction ${groups.get(id) ?? 0} elsewhere`);
  groups.set(id, most);
  return id;
}

function parseReviewBelow(reader: RuleReader, path: string, value: unknown): number {
  if (value === undefined) return reader.reviewBelow;
  const fields = readObject(reader.faults, path, value, ['review_below']);
  return readNumber(reader.faults, `${path}.review_below`, fields['review_below'], { min: 0, max: 1 });
}

function parseContexts(reader: RuleReader, path: string, value: unknown): Context[] {
  const { faults, phrases, senses } = reader;
  if (value === undefined) return [];
  return readList(faults, path, value).map((entry, index): Context => {
    const place = `${path}[${index}]`;
    const fields = readObject(faults, place, entry, ['inside_word', 'sense', 'echo']);
    if (Object.keys(fields).length !== 1) faults.add(place, 'must have exactly one of inside_word, sense, echo');
    const word = fields['inside_word'];
    if (word === true) return { kind: 'inside_word', terms: phrases.lexicon(`${place}.inside_word`, 'exception_words') };
    if (typeof word === 'string') return { kind: 'inside_word', terms: phrases.lexicon(`${place}.inside_word`, word) };
    if (word !== undefined) return { kind: 'inside_word', terms: phrases.phrases(`${place}.inside_word`, word) };
    if (fields['echo'] !== undefined) return { kind: 'echo' };
    const sense = fields['sense'];
    if (typeof sense !== 'string' || !senses.has(sense)) faults.add(`${place}.sense`, `names no sense; there are ${[...senses].join(', ')}`);
    return { kind: 'sense', sense: String(sense) };
  });
}

function parseNaIf(reader: RuleReader, path: string, value: unknown): NotApplicable[] {
  if (value === undefined) return [];
  return readList(reader.faults, path, value).map((entry, index) => parseNotApplicable(reader, `${path}[${index}]`, entry));
}

function parseNotApplicable(reader: RuleReader, path: string, value: unknown): NotApplicable {
  const { faults } = reader;
  const fields: JsonObject = readObject(faults, path, value, ['ended_by', 'before', 'transferred', 'agent_turns_below', 'customer_turns_below', 'present', 'absent']);
  const kinds = Object.keys(fields).filter((key) => key !== 'before');
  const kind = kinds[0];
  if (kinds.length !== 1) faults.add(path, 'must have exactly one of ended_by, transferred, agent_turns_below, customer_turns_below, present, absent');
  switch (kind) {
    case 'agent_turns_below':
    case 'customer_turns_below': {
      const count = readNumber(faults, `${path}.${kind}`, fields[kind], { min: 1, max: 1_000, whole: true });
      return { kind: 'turns_below', speaker: kind === 'agent_turns_below' ? 'agent' : 'customer', count };
    }
    case 'present':
    case 'absent':
      return { kind, condition: parseCondition(reader, `${path}.${kind}`, fields[kind]) };
    case 'ended_by':
      return {
        kind,
        by: readChoice(faults, `${path}.ended_by`, fields['ended_by'], ['customer', 'agent', 'system']),
        before: fields['before'] === undefined ? undefined : readRuleId(reader, `${path}.before`, fields['before']),
      };
    default:
      return { kind: 'transferred' };
  }
}

/** `HH:MM` to minutes of the day. */
function readMinute(reader: RuleReader, path: string, text: string | undefined): number {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text ?? '');
  if (found === null) reader.faults.add(path, 'must be HH:MM-HH:MM');
  return Number(found?.[1] ?? 0) * 60 + Number(found?.[2] ?? 0);
}

function parseClock(reader: RuleReader, path: string, value: unknown): ClockTable {
  const { faults, phrases } = reader;
  const fields = readObject(faults, path, value, ['clock', 'tolerance_min', 'table']);
  readChoice(faults, `${path}.clock`, fields['clock'] ?? 'contact.local_time', ['contact.local_time']);
  const table = isObject(fields['table']) ? fields['table'] : {};
  if (Object.keys(table).length === 0) faults.add(`${path}.table`, 'must be spans of the day by phrase');
  return {
    toleranceMinutes: fields['tolerance_min'] === undefined ? 0 : readNumber(faults, `${path}.tolerance_min`, fields['tolerance_min'], { min: 0, max: 180, whole: true }),
    rows: Object.entries(table).map(([phrase, span]) => {
      const place = `${path}.table.${phrase}`;
      const [from, to] = typeof span === 'string' ? span.split('-') : [];
      return { term: phrases.phrase(place, phrase), fromMinute: readMinute(reader, place, from), toMinute: readMinute(reader, place, to) };
    }),
  };
}
