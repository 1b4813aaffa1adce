import type { Hit } from './conversation.ts';

/** Words that were found. */
export interface TextSpan extends Hit {
  kind: 'text';
  /** 0 to 1. */
  confidence: number;
}

/** Sound that was found; times in milliseconds from the start of the contact. */
export interface SoundSpan {
  kind: 'sound';
  startMs: number;
  endMs: number;
  /** Who did it; empty for both or nobody. */
  speaker: 'agent' | 'customer' | '';
}

/** One way in which a condition holds; no spans when it holds because something is not there. */
export interface Match {
  spans: readonly (TextSpan | SoundSpan)[];
  confidence: number;
}

/** A condition that holds without a place. */
export const bareMatch: Match = { spans: [], confidence: 1 };

/** A match of one span. */
export function textMatch(span: TextSpan): Match {
  return { spans: [span], confidence: span.confidence };
}

/** Several matches that hold together: as sure as the least sure one. */
export function joinMatches(matches: readonly Match[]): Match {
  return { spans: matches.flatMap((match) => match.spans), confidence: Math.min(1, ...matches.map((match) => match.confidence)) };
}

/** First words of a match. */
export function firstText(match: Match): TextSpan | undefined {
  return match.spans.find((span) => span.kind === 'text');
}

/** Last words of a match. */
export function lastText(match: Match): TextSpan | undefined {
  return match.spans.findLast((span) => span.kind === 'text');
}

/** Order in the transcript. */
export function compareSpans(left: Hit, right: Hit): number {
  return left.turn - right.turn || left.start - right.start || right.end - left.end;
}
