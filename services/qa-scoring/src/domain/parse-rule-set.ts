import { createFaults, isObject, readList, readNumber, readObject, readTitles, type Faults } from './faults.ts';
import { createPhraseMatcher } from './phrase-matcher.ts';
import { createPhraseTable, type PhraseTable } from './phrase-table.ts';
import { parseRule, type RuleReader } from './parse-rule.ts';
import type { Condition, Rule, RuleSet, Sense } from './rule-set.ts';
import { commonSenses } from './senses.ts';

/** A rule set, or everything that is wrong with its definition. */
export type ParsedRuleSet = { ruleSet: RuleSet } | { faults: readonly string[] };

const mostRules = 500;

/**
 * Reads the definition of a rule set (the JSON form of the rule files; the README has the language) and makes it ready
 * to score. Names every fault at once, each with the rule and the path within it.
 * @param definition parsed JSON
 */
export function parseRuleSet(definition: unknown): ParsedRuleSet {
  const faults = createFaults();
  const fields = readObject(faults, 'rule set', definition, ['version', 'titles', 'base_points', 'defaults', 'lexicons', 'senses', 'rules']);
  if (fields['version'] !== 1) faults.add('version', 'must be 1');
  const phrases = createPhraseTable(faults, isObject(fields['lexicons']) ? fields['lexicons'] : {});
  const senses = parseSenses(faults, phrases, fields['senses']);
  const rows = readList(faults, 'rules', fields['rules'], mostRules);
  const ids = rows.map((row) => (isObject(row) && typeof row['id'] === 'string' ? row['id'] : ''));
  for (const [index, id] of ids.entries()) if (id !== '' && ids.indexOf(id) < index) faults.add(`rules[${index}](${id})`, 'has the id of an earlier rule');
  const groups = new Map<string, number>();
  const reader: RuleReader = { faults, phrases, ruleIds: new Set(ids), senses: new Set(senses.keys()), groups, reviewBelow: parseDefaults(faults, fields['defaults']) };
  const rules = rows.map((row, index) => parseRule(reader, `rules[${index}]`, row));
  findCircles(faults, rules);
  const basePoints = fields['base_points'] === undefined ? 0 : readNumber(faults, 'base_points', fields['base_points'], { min: 0, max: 10_000 });
  if (basePoints === 0 && rules.every((rule) => rule.points === 0)) faults.add('rules', 'give no points at all: set base_points or the points of a rule');
  const titles = readTitles(faults, 'titles', fields['titles']);
  if (faults.list.length > 0) return { faults: faults.list };
  const holdTerms = phrases.hasLexicon('hold') ? phrases.lexicon('lexicons.hold', 'hold') : [];
  const terms = phrases.terms;
  return { ruleSet: { titles, basePoints, terms, matcher: createPhraseMatcher(terms), senses, groups, rules, holdTerms } };
}

function parseDefaults(faults: Faults, value: unknown): number {
  const fields = readObject(faults, 'defaults', value ?? {}, ['review_below']);
  return fields['review_below'] === undefined ? 0 : readNumber(faults, 'defaults.review_below', fields['review_below'], { min: 0, max: 1 });
}

function parseSenses(faults: Faults, phrases: PhraseTable, value: unknown): Map<string, Sense> {
  if (value !== undefined && !isObject(value)) faults.add('senses', 'must be senses by name');
  const definitions: Record<string, unknown> = { ...commonSenses, ...(isObject(value) ? value : {}) };
  return new Map(
    Object.entries(definitions).map(([name, definition]) => {
      const path = `senses.${name}`;
      const fields = readObject(faults, path, definition, ['before', 'after', 'chars']);
      const list = (key: string) => (fields[key] === undefined ? [] : phrases.phrases(`${path}.${key}`, fields[key]));
      if (fields['before'] === undefined && fields['after'] === undefined) faults.add(path, 'must have before or after');
      return [name, { before: list('before'), after: list('after'), chars: fields['chars'] === undefined ? 6 : readNumber(faults, `${path}.chars`, fields['chars'], { min: 0, max: 100, whole: true }) }];
    }),
  );
}

function referencesOf(condition: Condition): string[] {
  switch (condition.kind) {
    case 'rule':
      return [condition.rule];
    case 'any':
    case 'all':
    case 'none':
    case 'n_of':
      return condition.of.flatMap(referencesOf);
    case 'near':
      return [...referencesOf(condition.a), ...referencesOf(condition.b)];
    case 'seq':
      return condition.steps.flatMap((step) => (step.kind === 'condition' ? referencesOf(step.condition) : []));
    case 'count':
    case 'by':
      return referencesOf(condition.of);
    case 'announced_hold':
      return referencesOf(condition.phrase);
    case 'phrases':
    case 'pattern':
    case 'silence':
    case 'overlap':
      return [];
  }
}

/** Rules that name each other in a circle would never come to an end, and one with `map` has nothing to be named. */
function findCircles(faults: Faults, rules: readonly Rule[]): void {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const references = new Map(rules.map((rule) => [rule.id, rule.when === undefined ? [] : referencesOf(rule.when)]));
  for (const rule of rules) {
    for (const id of references.get(rule.id) ?? []) {
      if (byId.get(id)?.clock !== undefined) faults.add(`rules(${rule.id})`, `names ${id}, which has a map and finds nothing by itself`);
    }
    const seen = new Set<string>();
    const queue = [...(references.get(rule.id) ?? [])];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      queue.push(...(references.get(id) ?? []));
    }
    if (seen.has(rule.id)) faults.add(`rules(${rule.id})`, 'names itself over other rules');
  }
}
