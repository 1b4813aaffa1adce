import { RuleOutcome, type Evidence, type Finding } from '@patchbay/contracts/quality/v1/quality_event';
import { prepareConversation, timeOfUnit, type Conversation } from './conversation.ts';
import { originalSpan } from './normalise.ts';
import { createEvaluation, type Evaluation } from './evaluate.ts';
import { textMatch, type Match, type SoundSpan, type TextSpan } from './match.ts';
import type { NotApplicable, Rule, RuleSet } from './rule-set.ts';
import type { ScoringInput } from './scoring-input.ts';

/** A score by rules. */
export interface Score {
  findings: Finding[];
  /** Percent, 0 to 100; 0 after a fatal finding. Undefined when no rule could be judged. */
  scorePct: number | undefined;
  /** The same without the fatal rule. */
  rawScorePct: number | undefined;
}

/** How a rule came out, before points. */
export interface Verdict {
  outcome: RuleOutcome;
  /** Sure finds that count against or for the agent. */
  matches: readonly Match[];
  confidence: number;
  /** Share of the points, 0 to 1, for rules with parts. */
  share?: number;
}

const notApplicable: Verdict = { outcome: RuleOutcome.NOT_APPLICABLE, matches: [], confidence: 1 };
/** Places shown for one finding. */
const mostEvidence = 20;
const longestQuote = 200;

/** Scores one agent's part of a contact by a rule set. The same input gives the same score. */
export function scoreContact(ruleSet: RuleSet, input: ScoringInput): Score {
  const conversation = prepareConversation(ruleSet, input);
  const evaluation = createEvaluation(ruleSet, conversation, input);
  const verdicts = ruleSet.rules.map((rule) => ({ rule, verdict: judgeRule(evaluation, rule) }));
  const deductions = createDeductions(ruleSet);
  const findings = verdicts.map(({ rule, verdict }) => toFinding(conversation, rule, { verdict, ...countPoints(rule, verdict, deductions) }));
  const judged = verdicts.filter(({ verdict }) => verdict.outcome === RuleOutcome.PASSED || verdict.outcome === RuleOutcome.FAILED);
  const possible = ruleSet.basePoints + findings.reduce((sum, finding) => sum + finding.pointsPossible, 0);
  if (judged.length === 0 || possible === 0) return { findings, scorePct: undefined, rawScorePct: undefined };
  const got = ruleSet.basePoints + findings.reduce((sum, finding) => sum + finding.points, 0);
  const rawScorePct = Math.round(Math.min(100, Math.max(0, (got / possible) * 100)) * 100) / 100;
  const fatal = findings.some((finding) => finding.fatal && finding.outcome === RuleOutcome.FAILED);
  return { findings, scorePct: fatal ? 0 : rawScorePct, rawScorePct };
}

/** How one rule comes out, before points. */
export function judgeRule(evaluation: Evaluation, rule: Rule): Verdict {
  const { input, conversation } = evaluation;
  const { scope } = rule;
  if (scope.channels !== undefined && !scope.channels.includes(input.channel)) return notApplicable;
  if (rule.needsText && input.turns === undefined) return notApplicable;
  if (rule.needsAudio && input.audio === undefined) return notApplicable;
  if (rule.needsText && scope.languages !== undefined && !scope.languages.includes(conversation.language)) return notApplicable;
  if (rule.naIf.some((reason) => applies(evaluation, rule, reason))) return notApplicable;
  switch (rule.expect) {
    case 'present':
      return judgePresent(evaluation, rule);
    case 'absent':
      return judgeAbsent(rule, evaluation.findRule(rule.id));
    case 'satisfied':
      return judgeHold(evaluation, rule);
    case 'match_if_present':
      return judgeClock(evaluation, rule);
  }
}

function applies(evaluation: Evaluation, rule: Rule, reason: NotApplicable): boolean {
  const { input, conversation } = evaluation;
  switch (reason.kind) {
    case 'transferred':
      return input.endedBy === 'transfer';
    case 'ended_by':
      return input.endedBy === reason.by && (reason.before === undefined || evaluation.findRule(reason.before).length === 0);
    case 'turns_below':
      return conversation.turns.filter(({ turn }) => turn.speaker === reason.speaker).length < reason.count;
    case 'present':
      return evaluation.findFor(rule, reason.condition).length > 0;
    case 'absent':
      return evaluation.findFor(rule, reason.condition).length === 0;
  }
}

function judgePresent(evaluation: Evaluation, rule: Rule): Verdict {
  if (rule.passShare !== undefined) return judgeParts(evaluation, rule, rule.passShare);
  const matches = evaluation.findRule(rule.id);
  const [best] = [...matches].sort((left, right) => right.confidence - left.confidence);
  if (best !== undefined) return { outcome: best.confidence < rule.reviewBelow ? RuleOutcome.REVIEW : RuleOutcome.PASSED, matches: [best], confidence: best.confidence };
  const heard = certaintyOfAbsence(evaluation, rule);
  return { outcome: heard < rule.reviewBelow ? RuleOutcome.REVIEW : RuleOutcome.FAILED, matches: [], confidence: heard };
}

/** Words that were badly recognised may have been the missing ones: as sure as the words of the scope are on average. */
function certaintyOfAbsence(evaluation: Evaluation, rule: Rule): number {
  const { turns } = evaluation.viewOf(rule);
  if (!rule.needsText || turns.length === 0) return 1;
  return turns.reduce((sum, index) => sum + (evaluation.conversation.turns[index]?.turn.confidence ?? 1), 0) / turns.length;
}

function judgeParts(evaluation: Evaluation, rule: Rule, passShare: number): Verdict {
  const parts = rule.when?.kind === 'all' ? rule.when.of : [];
  const found = parts.flatMap((part) => evaluation.findFor(rule, part).slice(0, 1));
  const share = parts.length === 0 ? 0 : found.length / parts.length;
  return { outcome: share >= passShare ? RuleOutcome.PASSED : RuleOutcome.FAILED, matches: found, confidence: certaintyOfAbsence(evaluation, rule), share };
}

function judgeAbsent(rule: Rule, matches: readonly Match[]): Verdict {
  const sure = matches.filter((match) => match.confidence >= rule.reviewBelow);
  if (sure.length > 0) return { outcome: RuleOutcome.FAILED, matches: sure, confidence: Math.max(...sure.map((match) => match.confidence)) };
  if (matches.length > 0) return { outcome: RuleOutcome.REVIEW, matches, confidence: Math.max(...matches.map((match) => match.confidence)) };
  return { outcome: RuleOutcome.PASSED, matches: [], confidence: 1 };
}

function judgeHold(evaluation: Evaluation, rule: Rule): Verdict {
  const phrase = rule.when?.kind === 'announced_hold' ? rule.when.phrase : undefined;
  if (phrase === undefined || evaluation.findFor(rule, phrase).length === 0) return notApplicable;
  return judgeAbsent(rule, evaluation.findRule(rule.id));
}

/** Whether a minute of the day lies in a span that may run over midnight, end exclusive, widened on both sides. */
function isWithin(minute: number, row: { fromMinute: number; toMinute: number }, tolerance: number): boolean {
  const dayMinutes = 1_440;
  const length = ((row.toMinute - row.fromMinute + dayMinutes) % dayMinutes || dayMinutes) + 2 * tolerance;
  return (((minute - row.fromMinute + tolerance) % dayMinutes) + dayMinutes) % dayMinutes < length;
}

function judgeClock(evaluation: Evaluation, rule: Rule): Verdict {
  const { conversation, input } = evaluation;
  const { clock } = rule;
  if (clock === undefined) return notApplicable;
  const view = evaluation.viewOf(rule);
  const wrong: Match[] = [];
  let present = 0;
  for (const row of clock.rows) {
    for (const hit of conversation.hitsOf(row.term)) {
      const turn = conversation.turns[hit.turn];
      if (!view.holds(hit) || turn === undefined) continue;
      present += 1;
      const minute = input.clockMinute + Math.floor(timeOfUnit(turn, hit.start) / 60_000);
      if (!isWithin(minute, row, clock.toleranceMinutes)) wrong.push(textMatch({ kind: 'text', ...hit, confidence: turn.turn.confidence }));
    }
  }
  return present === 0 ? notApplicable : judgeAbsent(rule, wrong);
}

/** Keeps what was already deducted: no words are paid for twice, and no group takes more than its most. */
interface Deductions {
  /** Points to take for a find. */
  take(rule: Rule, match: Match): number;
}

function createDeductions(ruleSet: RuleSet): Deductions {
  const paid: TextSpan[] = [];
  const byGroup = new Map<string, number>();
  return {
    take(rule, match) {
      const words = match.spans.filter((span) => span.kind === 'text');
      if (words.length > 0 && words.every((span) => paid.some((other) => other.turn === span.turn && other.start < span.end && span.start < other.end))) return 0;
      paid.push(...words);
      if (rule.group === undefined) return rule.deduct;
      const taken = byGroup.get(rule.group) ?? 0;
      const points = Math.min(rule.deduct, Math.max(0, (ruleSet.groups.get(rule.group) ?? Infinity) - taken));
      byGroup.set(rule.group, taken + points);
      return points;
    },
  };
}

function countPoints(rule: Rule, verdict: Verdict, deductions: Deductions): { points: number; pointsPossible: number } {
  switch (verdict.outcome) {
    case RuleOutcome.PASSED:
      return { points: rule.points * (verdict.share ?? 1), pointsPossible: rule.points };
    case RuleOutcome.FAILED: {
      if (verdict.share !== undefined) return { points: rule.points * verdict.share, pointsPossible: rule.points };
      if (rule.deduct === 0) return { points: 0, pointsPossible: rule.points };
      const taken = verdict.matches.reduce((sum, match) => sum + deductions.take(rule, match), 0);
      // A rule with points of its own loses no more than those.
      return { points: rule.points > 0 ? Math.max(0, rule.points - taken) : -taken, pointsPossible: rule.points };
    }
    default:
      // Not applicable, or for a person to decide: the points leave both sides.
      return { points: 0, pointsPossible: 0 };
  }
}

function toFinding(conversation: Conversation, rule: Rule, result: { verdict: Verdict; points: number; pointsPossible: number }): Finding {
  const { verdict, points, pointsPossible } = result;
  return {
    rule: rule.id,
    outcome: verdict.outcome,
    points,
    pointsPossible,
    evidence: verdict.matches.flatMap((match) => match.spans).slice(0, mostEvidence).map((span) => toEvidence(conversation, span)),
    confidence: verdict.confidence,
    titles: { ...rule.titles },
    fatal: rule.fatal,
  };
}

function toEvidence(conversation: Conversation, span: TextSpan | SoundSpan): Evidence {
  if (span.kind === 'sound') return { startMs: BigInt(Math.round(span.startMs)), endMs: BigInt(Math.round(span.endMs)), speaker: span.speaker, quote: '', turn: -1 };
  const prepared = conversation.turns[span.turn];
  if (prepared === undefined) return { startMs: 0n, endMs: 0n, speaker: '', quote: '', turn: -1 };
  const original = originalSpan(prepared.normalised, span.start, span.end);
  return {
    startMs: BigInt(timeOfUnit(prepared, span.start)),
    endMs: BigInt(timeOfUnit(prepared, span.end)),
    speaker: prepared.turn.speaker === 'other' ? '' : prepared.turn.speaker,
    quote: prepared.turn.text.slice(original.start, original.end).slice(0, longestQuote),
    turn: prepared.turn.index,
  };
}
