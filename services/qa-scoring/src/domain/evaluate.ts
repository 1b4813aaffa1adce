import { isInContext, isInSpan } from './contexts.ts';
import { timeOfUnit, type Conversation, type Hit } from './conversation.ts';
import { findSequences } from './find-sequences.ts';
import { bareMatch, compareSpans, firstText, joinMatches, lastText, textMatch, type Match, type TextSpan } from './match.ts';
import type { Condition, Rule, RuleSet, Scope } from './rule-set.ts';
import { viewScope, type ScopeView } from './scope-view.ts';
import type { ScoringInput } from './scoring-input.ts';
import { findOverlaps, findSilences } from './sound-conditions.ts';

/** Finds of one condition that are reported; more say no more. */
const mostMatches = 50;
/** What a find in a doubtful context is worth. */
const doubtfulConfidence = 0.5;

/** Evaluates the rules of a set over one part of one contact. */
export interface Evaluation {
  readonly ruleSet: RuleSet;
  readonly conversation: Conversation;
  readonly input: ScoringInput;
  /** How the rule's `when` holds, in its scope, with its contexts; empty when it does not. */
  findRule(id: string): readonly Match[];
  /** How a condition holds that belongs to the rule but is not its `when`. */
  findFor(rule: Rule, condition: Condition): readonly Match[];
  /** The part of the transcript that a rule looks at. */
  viewOf(rule: Rule): ScopeView;
}

/** What a condition is looked for with. */
interface Frame {
  evaluation: Evaluation;
  rule: Rule;
  scope: Scope;
  view: ScopeView;
}

/** Prepares an evaluation; results of rules are kept, so that rules may name each other. */
export function createEvaluation(ruleSet: RuleSet, conversation: Conversation, input: ScoringInput): Evaluation {
  const byId = new Map(ruleSet.rules.map((rule) => [rule.id, rule]));
  const found = new Map<string, readonly Match[]>();
  const views = new Map<string, ScopeView>();
  const viewFor = (scope: Scope): ScopeView => {
    const key = `${scope.speaker} ${scope.firstTurns ?? ''} ${scope.lastTurns ?? ''} ${scope.firstMs ?? ''} ${scope.lastMs ?? ''}`;
    const known = views.get(key) ?? viewScope(conversation, scope);
    views.set(key, known);
    return known;
  };
  const evaluation: Evaluation = {
    ruleSet,
    conversation,
    input,
    viewOf: (rule) => viewFor(rule.scope),
    findRule(id) {
      const rule = byId.get(id);
      if (rule?.when === undefined) return [];
      const known = found.get(id) ?? evaluation.findFor(rule, rule.when);
      found.set(id, known);
      return known;
    },
    findFor: (rule, condition) => find({ evaluation, rule, scope: rule.scope, view: viewFor(rule.scope) }, condition),
  };

  function find(frame: Frame, condition: Condition): readonly Match[] {
    switch (condition.kind) {
      case 'phrases':
        return findPhrases(frame, condition.terms);
      case 'pattern':
        return findPattern(frame, condition);
      case 'any':
        return inOrder(condition.of.flatMap((operand) => find(frame, operand)));
      case 'all':
        return findAll(frame, condition.of, condition.of.length);
      case 'n_of':
        return findAll(frame, condition.of, condition.n);
      case 'none':
        return condition.of.some((operand) => find(frame, operand).length > 0) ? [] : [bareMatch];
      case 'near':
        return findNear(frame, condition);
      case 'seq':
        return findSequences(condition, { conversation, view: frame.view, find: (operand) => find(frame, operand) }).slice(0, mostMatches);
      case 'count': {
        const matches = find(frame, condition.of);
        return matches.length >= condition.atLeast ? [joinMatches(matches)] : [];
      }
      case 'by': {
        const scope = { ...frame.scope, speaker: condition.speaker };
        return find({ ...frame, scope, view: viewFor(scope) }, condition.of);
      }
      case 'rule':
        return evaluation.findRule(condition.rule);
      case 'silence':
        return findSilences(condition, evaluation);
      case 'overlap':
        return findOverlaps(condition, input);
      case 'announced_hold':
        return findLateReturns(frame, condition);
    }
  }

  function findAll(frame: Frame, operands: readonly Condition[], needed: number): readonly Match[] {
    const first = operands.flatMap((operand) => find(frame, operand).slice(0, 1));
    return first.length >= needed ? [joinMatches(first)] : [];
  }

  function findNear(frame: Frame, condition: Extract<Condition, { kind: 'near' }>): readonly Match[] {
    const others = find(frame, condition.b);
    return find(frame, condition.a).flatMap((match) => {
      const partner = others.find((other) => areNear(frame.view, condition, match, other));
      return partner === undefined ? [] : [joinMatches([match, partner])];
    });
  }

  /** The announcements of a hold after which the agent came back too late, or not at all. */
  function findLateReturns(frame: Frame, condition: Extract<Condition, { kind: 'announced_hold' }>): readonly Match[] {
    return find(frame, condition.phrase).filter((match) => {
      const said = lastText(match);
      const back = said === undefined ? undefined : holdReturn(evaluation, said);
      return back !== undefined && back.returnedMs - back.announcedMs > condition.withinMs;
    });
  }

  return evaluation;
}

/** When a hold was announced, and when the agent spoke again; the end of the contact when never. */
function holdReturn({ conversation, input }: Evaluation, said: TextSpan): { announcedMs: number; returnedMs: number } | undefined {
  const announced = conversation.turns[said.turn];
  if (announced === undefined) return undefined;
  const next = conversation.turns.slice(said.turn + 1).find(({ turn }) => turn.speaker === 'agent');
  // The customer who hangs up on hold leaves nothing to judge.
  if (next === undefined && input.endedBy === 'customer') return undefined;
  return { announcedMs: timeOfUnit(announced, said.end), returnedMs: next?.turn.startMs ?? input.endMs };
}

function areNear(view: ScopeView, condition: Extract<Condition, { kind: 'near' }>, left: Match, right: Match): boolean {
  const a = firstText(left);
  const b = firstText(right);
  if (a === undefined || b === undefined) return false;
  const forwards = compareSpans(a, b) <= 0;
  if (condition.ordered && !forwards) return false;
  const [first, second] = forwards ? [lastText(left) ?? a, b] : [lastText(right) ?? b, a];
  if (condition.chars !== undefined) return view.distance(first, second) <= condition.chars;
  return view.turnDistance(first, second) <= (condition.turns ?? 0);
}

function inOrder(matches: readonly Match[]): readonly Match[] {
  const sorted = [...matches].sort((left, right) => {
    const a = firstText(left);
    const b = firstText(right);
    return a === undefined || b === undefined ? 0 : compareSpans(a, b);
  });
  return sorted.slice(0, mostMatches);
}

/** Turns raw hits into matches: in scope, outside excluded spans and contexts, longest first, no two on the same words. */
function keep({ evaluation, rule, view }: Frame, hits: Hit[]): readonly Match[] {
  const { ruleSet, conversation } = evaluation;
  hits.sort(compareSpans);
  const matches: Match[] = [];
  let last: Hit | undefined;
  for (const hit of hits) {
    if (matches.length >= mostMatches) break;
    if (last !== undefined && last.turn === hit.turn && hit.start < last.end) continue;
    if (!view.holds(hit)) continue;
    if (isInSpan(conversation, rule.scope.excludeTerms, hit) || isInContext(ruleSet, conversation, rule.unless, hit)) continue;
    const spoken = conversation.turns[hit.turn]?.turn.confidence ?? 1;
    const confidence = isInContext(ruleSet, conversation, rule.doubt, hit) ? Math.min(spoken, doubtfulConfidence) : spoken;
    matches.push(textMatch({ kind: 'text', ...hit, confidence }));
    last = hit;
  }
  return matches;
}

function findPhrases(frame: Frame, terms: readonly number[]): readonly Match[] {
  const { conversation } = frame.evaluation;
  const hits: Hit[] = [];
  for (const term of terms) for (const hit of conversation.hitsOf(term)) hits.push(hit);
  return hits.length === 0 ? [] : keep(frame, hits);
}

function findPattern(frame: Frame, { pattern, exclude }: Extract<Condition, { kind: 'pattern' }>): readonly Match[] {
  const { conversation } = frame.evaluation;
  const hits = frame.view.turns.flatMap((turn) => {
    const text = conversation.turns[turn]?.normalised.text ?? '';
    const found = pattern.find(text);
    if (found.length === 0) return [];
    const excluded = exclude?.find(text) ?? [];
    return found.filter((hit) => !excluded.some((other) => other.start < hit.end && hit.start < other.end)).map((hit) => ({ turn, ...hit }));
  });
  return keep(frame, hits);
}
