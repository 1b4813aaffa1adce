import { isObject, readChoice, readList, readNumber, readObject, type Faults, type JsonObject } from './faults.ts';
import { compilePattern, type LinearPattern } from './linear-pattern.ts';
import type { PhraseTable } from './phrase-table.ts';
import type { Condition, SequenceStep, Speaker } from './rule-set.ts';

/** What reading conditions needs to know of the rest of the file. */
export interface ConditionReader {
  faults: Faults;
  phrases: PhraseTable;
  /** Ids of all rules of the file, for references. */
  ruleIds: ReadonlySet<string>;
}

const deepest = 8;
const none: Condition = { kind: 'phrases', terms: [] };
const operators = ['any', 'any_lex', 'all', 'none', 'n_of', 'regex', 'near', 'seq', 'count', 'rule', 'acoustic', 'event'] as const;
type Operator = (typeof operators)[number];

const speakers = ['agent', 'customer', 'any'] as const;

/** Keys that go with an operator besides `speaker`. */
const companions: Partial<Record<Operator, readonly string[]>> = {
  regex: ['exclude'],
  seq: ['within_s'],
  acoustic: ['gt_s', 'not_covered_by', 'begun_by'],
  event: ['phrase', 'within_s'],
};

/** Reads a condition: a phrase, the id of a rule, or an object with one operator. */
export function parseCondition(reader: ConditionReader, path: string, value: unknown, depth = 0): Condition {
  const { faults, phrases } = reader;
  if (depth > deepest) {
    faults.add(path, `conditions go ${deepest} deep`);
    return none;
  }
  if (typeof value === 'string') {
    if (reader.ruleIds.has(value)) return { kind: 'rule', rule: value };
    return { kind: 'phrases', terms: [phrases.phrase(path, value)] };
  }
  if (!isObject(value)) {
    faults.add(path, `must be a phrase or an object with one of ${operators.join(', ')}`);
    return none;
  }
  const present = operators.filter((operator) => operator in value);
  const operator = present[0];
  if (present.length !== 1 || operator === undefined) {
    faults.add(path, `must have exactly one of ${operators.join(', ')}`);
    return none;
  }
  readObject(faults, path, value, [operator, 'speaker', ...(companions[operator] ?? [])]);
  const condition = parseOperator(reader, operator, value, { path, depth });
  if (value['speaker'] === undefined) return condition;
  return { kind: 'by', speaker: readChoice(faults, `${path}.speaker`, value['speaker'], speakers), of: condition };
}

interface Place {
  path: string;
  depth: number;
}

function parseOperator(reader: ConditionReader, operator: Operator, value: JsonObject, { path, depth }: Place): Condition {
  const inner = { path: `${path}.${operator}`, depth: depth + 1 };
  switch (operator) {
    case 'any':
      return parseAny(reader, value[operator], inner);
    case 'any_lex': {
      const names = Array.isArray(value[operator]) ? (value[operator] as unknown[]) : [value[operator]];
      return { kind: 'phrases', terms: names.flatMap((name) => reader.phrases.lexicon(inner.path, name)) };
    }
    case 'all':
    case 'none':
      return { kind: operator, of: parseOperands(reader, value[operator], inner) };
    case 'n_of':
      return parseNOf(reader, value[operator], inner);
    case 'regex':
      return parseRegex(reader, value, path);
    case 'near':
      return parseNear(reader, value[operator], inner);
    case 'seq':
      return parseSequence(reader, value, inner);
    case 'count':
      return parseCount(reader, value[operator], inner);
    case 'rule':
      return { kind: 'rule', rule: readRuleId(reader, inner.path, value[operator]) };
    case 'acoustic':
      return parseAcoustic(reader, value, path);
    case 'event':
      return parseEvent(reader, value, { path, depth });
  }
}

function parseOperands(reader: ConditionReader, value: unknown, { path, depth }: Place): Condition[] {
  return readList(reader.faults, path, value).map((operand, index) => parseCondition(reader, `${path}[${index}]`, operand, depth));
}

/** Phrases next to each other become one look-up. */
function parseAny(reader: ConditionReader, value: unknown, place: Place): Condition {
  const operands = parseOperands(reader, value, place);
  const terms = operands.flatMap((operand) => (operand.kind === 'phrases' ? operand.terms : []));
  const others = operands.filter((operand) => operand.kind !== 'phrases');
  const phrases: Condition = { kind: 'phrases', terms };
  if (others.length === 0) return phrases;
  return { kind: 'any', of: terms.length === 0 ? others : [phrases, ...others] };
}

function parseNOf(reader: ConditionReader, value: unknown, { path, depth }: Place): Condition {
  const fields = readObject(reader.faults, path, value, ['n', 'of']);
  const of = parseOperands(reader, fields['of'], { path: `${path}.of`, depth });
  return { kind: 'n_of', n: readNumber(reader.faults, `${path}.n`, fields['n'], { min: 1, max: Math.max(1, of.length), whole: true }), of };
}

function readPattern(faults: Faults, path: string, value: unknown): LinearPattern | undefined {
  if (typeof value !== 'string') {
    faults.add(path, 'must be a pattern');
    return undefined;
  }
  const compiled = compilePattern(value);
  if (!('fault' in compiled)) return compiled;
  faults.add(path, compiled.fault);
  return undefined;
}

function parseRegex(reader: ConditionReader, value: JsonObject, path: string): Condition {
  const pattern = readPattern(reader.faults, `${path}.regex`, value['regex']);
  const exclude = value['exclude'] === undefined ? undefined : readPattern(reader.faults, `${path}.exclude`, value['exclude']);
  return pattern === undefined ? none : { kind: 'pattern', pattern, exclude };
}

function parseNear(reader: ConditionReader, value: unknown, { path, depth }: Place): Condition {
  const { faults } = reader;
  const fields = readObject(faults, path, value, ['a', 'b', 'chars', 'turns', 'ordered']);
  if ((fields['chars'] === undefined) === (fields['turns'] === undefined)) faults.add(path, 'must have either chars or turns');
  return {
    kind: 'near',
    a: parseCondition(reader, `${path}.a`, fields['a'], depth),
    b: parseCondition(reader, `${path}.b`, fields['b'], depth),
    chars: fields['chars'] === undefined ? undefined : readNumber(faults, `${path}.chars`, fields['chars'], { min: 0, max: 1_000, whole: true }),
    turns: fields['turns'] === undefined ? undefined : readNumber(faults, `${path}.turns`, fields['turns'], { min: 0, max: 100, whole: true }),
    ordered: fields['ordered'] === true,
  };
}

function parseSequence(reader: ConditionReader, value: JsonObject, { path, depth }: Place): Condition {
  const { faults } = reader;
  const steps = readList(faults, path, value['seq'], 10).map((step, index) => parseStep(reader, step, { path: `${path}[${index}]`, depth }));
  if (steps[0]?.kind === 'wait' || steps.at(-1)?.kind === 'wait') faults.add(path, 'must begin and end with something to find');
  const within = value['within_s'];
  return { kind: 'seq', steps, withinMs: within === undefined ? undefined : readSeconds(faults, path.replace(/seq$/, 'within_s'), within) };
}

function readSeconds(faults: Faults, path: string, value: unknown): number {
  return Math.round(readNumber(faults, path, value, { min: 0, max: 86_400 }) * 1_000);
}

/** `{near: {<condition>, chars}}` looks close behind the step before; `{speaker, or_pause_s}` asks for a turn or a pause between two. */
function parseStep(reader: ConditionReader, value: unknown, { path, depth }: Place): SequenceStep {
  const { faults } = reader;
  if (isObject(value) && 'or_pause_s' in value) {
    const fields = readObject(faults, path, value, ['speaker', 'or_pause_s']);
    return {
      kind: 'wait',
      speaker: fields['speaker'] === undefined ? undefined : readChoice<Speaker>(faults, `${path}.speaker`, fields['speaker'], ['agent', 'customer']),
      pauseMs: readSeconds(faults, `${path}.or_pause_s`, fields['or_pause_s']),
    };
  }
  const near = isObject(value) ? value['near'] : undefined;
  if (isObject(near) && !('a' in near)) {
    const { chars, ...condition } = near;
    return {
      kind: 'condition',
      condition: parseCondition(reader, `${path}.near`, condition, depth),
      withinChars: readNumber(faults, `${path}.near.chars`, chars, { min: 0, max: 1_000, whole: true }),
    };
  }
  return { kind: 'condition', condition: parseCondition(reader, path, value, depth), withinChars: undefined };
}

function parseCount(reader: ConditionReader, value: unknown, { path, depth }: Place): Condition {
  const fields = readObject(reader.faults, path, value, ['of', 'at_least']);
  return {
    kind: 'count',
    of: parseCondition(reader, `${path}.of`, fields['of'], depth),
    atLeast: readNumber(reader.faults, `${path}.at_least`, fields['at_least'], { min: 1, max: 1_000, whole: true }),
  };
}

/** Reads the id of a rule of the same file. */
export function readRuleId(reader: ConditionReader, path: string, value: unknown): string {
  if (typeof value !== 'string' || !reader.ruleIds.has(value)) reader.faults.add(path, 'names no rule of this set');
  return typeof value === 'string' ? value : '';
}

function parseAcoustic(reader: ConditionReader, value: JsonObject, path: string): Condition {
  const { faults } = reader;
  const kind = readChoice(faults, `${path}.acoustic`, value['acoustic'], ['silence', 'overlap']);
  const longerMs = readSeconds(faults, `${path}.gt_s`, value['gt_s']);
  const covered = value['not_covered_by'];
  const begunBy = value['begun_by'];
  if (covered !== undefined && (kind !== 'silence' || covered !== 'announced_hold')) faults.add(`${path}.not_covered_by`, 'must be announced_hold, and only for silence');
  if (kind === 'silence') {
    if (begunBy !== undefined) faults.add(`${path}.begun_by`, 'is only for overlap');
    return { kind, longerMs, exceptHold: covered !== undefined };
  }
  return { kind, longerMs, begunBy: begunBy === undefined ? undefined : readChoice<Speaker>(faults, `${path}.begun_by`, begunBy, ['agent', 'customer']) };
}

function parseEvent(reader: ConditionReader, value: JsonObject, { path, depth }: Place): Condition {
  const { faults } = reader;
  readChoice(faults, `${path}.event`, value['event'], ['announced_hold']);
  const within = readObject(faults, `${path}.within_s`, value['within_s'], ['value', 'from', 'until']);
  readChoice(faults, `${path}.within_s.from`, within['from'] ?? 'end_of_phrase', ['end_of_phrase']);
  readChoice(faults, `${path}.within_s.until`, within['until'] ?? 'next_agent_turn', ['next_agent_turn']);
  return {
    kind: 'announced_hold',
    phrase: parseCondition(reader, `${path}.phrase`, value['phrase'], depth + 1),
    withinMs: readSeconds(faults, `${path}.within_s.value`, within['value']),
  };
}
