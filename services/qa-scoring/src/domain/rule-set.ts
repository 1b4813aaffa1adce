import type { LinearPattern } from './linear-pattern.ts';
import type { PhraseMatcher } from './phrase-matcher.ts';

/** Whose words. */
export type Speaker = 'agent' | 'customer';

/** Language as far as rules care: by script, and for Latin script by common English words. */
export type Language = 'zh' | 'en' | 'other';

/** What a rule looks for. Phrases are numbers: their index in `RuleSet.terms`. */
export type Condition =
  | { kind: 'phrases'; terms: readonly number[] }
  | { kind: 'pattern'; pattern: LinearPattern; exclude: LinearPattern | undefined }
  | { kind: 'any' | 'all' | 'none'; of: readonly Condition[] }
  | { kind: 'n_of'; n: number; of: readonly Condition[] }
  | { kind: 'near'; a: Condition; b: Condition; chars: number | undefined; turns: number | undefined; ordered: boolean }
  | { kind: 'seq'; steps: readonly SequenceStep[]; withinMs: number | undefined }
  | { kind: 'count'; of: Condition; atLeast: number }
  | { kind: 'by'; speaker: Speaker | 'any'; of: Condition }
  | { kind: 'rule'; rule: string }
  | { kind: 'silence'; longerMs: number; exceptHold: boolean }
  | { kind: 'overlap'; longerMs: number; begunBy: Speaker | undefined }
  | { kind: 'announced_hold'; phrase: Condition; withinMs: number };

/** One step of a sequence: something to find after the step before, or a wait between two. */
export type SequenceStep =
  | { kind: 'condition'; condition: Condition; withinChars: number | undefined }
  | { kind: 'wait'; speaker: Speaker | undefined; pauseMs: number | undefined };

/** Where a rule looks. */
export interface Scope {
  speaker: Speaker | 'any';
  firstTurns: number | undefined;
  lastTurns: number | undefined;
  firstMs: number | undefined;
  lastMs: number | undefined;
  /** Channels; undefined for all. */
  channels: readonly string[] | undefined;
  /** Languages; undefined for all. */
  languages: readonly Language[] | undefined;
  /** What lies in a span of these phrases is not looked at. */
  excludeTerms: readonly number[];
}

/** Surroundings that give a find another meaning. */
export type Context =
  | { kind: 'inside_word'; terms: readonly number[] }
  | { kind: 'sense'; sense: string }
  | { kind: 'echo' };

/** What stands around a find when it has another sense. */
export interface Sense {
  before: readonly number[];
  after: readonly number[];
  /** How far away it may stand, in signs. */
  chars: number;
}

/** When a rule does not apply. */
export type NotApplicable =
  | { kind: 'ended_by'; by: 'customer' | 'agent' | 'system'; before: string | undefined }
  | { kind: 'transferred' }
  | { kind: 'turns_below'; speaker: Speaker; count: number }
  | { kind: 'present' | 'absent'; condition: Condition };

/** Words that are only right at some times of the day. */
export interface ClockTable {
  toleranceMinutes: number;
  rows: readonly { term: number; fromMinute: number; toMinute: number }[];
}

/** What a rule wants. */
export type Expectation = 'present' | 'absent' | 'satisfied' | 'match_if_present';

/** How a test in the rule file must come out. */
export type ExpectedResult = 'hit' | 'miss' | 'passed' | 'failed' | 'na' | 'review';

/** One test of a rule. */
export interface RuleTest {
  path: string;
  expected: ExpectedResult;
  channel: string;
  /** Local time at the start of the contact, minutes of the day. */
  clockMinute: number;
  endedBy: 'customer' | 'agent' | 'system' | 'transfer';
  turns: readonly { speaker: Speaker; text: string; startMs: number; endMs: number; confidence: number }[] | undefined;
  silences: readonly { startMs: number; endMs: number }[] | undefined;
  overlaps: readonly { startMs: number; endMs: number; begunBy: Speaker }[] | undefined;
}

/** One rule. */
export interface Rule {
  id: string;
  titles: Readonly<Record<string, string>>;
  scope: Scope;
  when: Condition | undefined;
  clock: ClockTable | undefined;
  expect: Expectation;
  unless: readonly Context[];
  doubt: readonly Context[];
  group: string | undefined;
  /** Points to be got. */
  points: number;
  /** Points lost with each find. */
  deduct: number;
  /** With parts: the share of an `all` from which the rule is kept; points go by the share. */
  passShare: number | undefined;
  fatal: boolean;
  /** A find less sure than this goes to a person. */
  reviewBelow: number;
  naIf: readonly NotApplicable[];
  tests: readonly RuleTest[];
  needsText: boolean;
  needsAudio: boolean;
}

/** A rule set ready to score. */
export interface RuleSet {
  titles: Readonly<Record<string, string>>;
  /** Points that everybody begins with, on both sides of the fraction. */
  basePoints: number;
  /** Every phrase, normalised. */
  terms: readonly string[];
  matcher: PhraseMatcher;
  senses: ReadonlyMap<string, Sense>;
  /** Most points each group takes. */
  groups: ReadonlyMap<string, number>;
  rules: readonly Rule[];
  /** Phrases that announce a hold (lexicon `hold`). */
  holdTerms: readonly number[];
}
