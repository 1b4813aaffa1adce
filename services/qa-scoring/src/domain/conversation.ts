import { detectLanguage } from './language.ts';
import { isWordUnit, normaliseText, type NormalisedText } from './normalise.ts';
import type { Language, RuleSet } from './rule-set.ts';
import type { ScoringInput, Turn } from './scoring-input.ts';

/** A turn with its normalised text. */
export interface PreparedTurn {
  turn: Turn;
  normalised: NormalisedText;
}

/** Where a phrase stands: turn (index into `Conversation.turns`) and units of its normalised text, end exclusive. */
export interface Hit {
  turn: number;
  start: number;
  end: number;
}

/** A transcript with every phrase of a rule set found. */
export interface Conversation {
  readonly turns: readonly PreparedTurn[];
  /** Language of the agent's words. */
  readonly language: Language;
  /** Where a phrase stands, in order. */
  hitsOf(term: number): readonly Hit[];
}

const noHits: readonly Hit[] = [];
/** A phrase no longer than this must not reach across punctuation: 好，像 is not 好像. */
const longestWithinClause = 3;

/** A Latin word or number must stand alone: `hi` is not in `this`, 20秒 not in 120秒. */
function standsAlone(text: string, start: number, end: number): boolean {
  if (start > 0 && isWordUnit(text.charCodeAt(start)) && isWordUnit(text.charCodeAt(start - 1))) return false;
  return !(end < text.length && isWordUnit(text.charCodeAt(end - 1)) && isWordUnit(text.charCodeAt(end)));
}

function crossesBorder(normalised: NormalisedText, start: number, end: number): boolean {
  if (end - start > longestWithinClause) return false;
  for (let index = start + 1; index < end; index += 1) if (normalised.borders[index] === 1) return true;
  return false;
}

/** Normalises the turns and finds every phrase of the set in one pass. */
export function prepareConversation(ruleSet: RuleSet, input: Pick<ScoringInput, 'turns'>): Conversation {
  const turns = (input.turns ?? []).map((turn) => ({ turn, normalised: normaliseText(turn.text) }));
  const hits = new Map<number, Hit[]>();
  for (const [index, { normalised }] of turns.entries()) {
    const { text } = normalised;
    ruleSet.matcher.scan(text, (term, end) => {
      const start = end - (ruleSet.terms[term]?.length ?? 0);
      if (!standsAlone(text, start, end) || crossesBorder(normalised, start, end)) return;
      const known = hits.get(term);
      if (known === undefined) hits.set(term, [{ turn: index, start, end }]);
      else known.push({ turn: index, start, end });
    });
  }
  let language: Language | undefined;
  return {
    turns,
    get language() {
      language ??= detectLanguage(turns.filter(({ turn }) => turn.speaker === 'agent').map(({ normalised }) => normalised.text));
      return language;
    },
    hitsOf: (term) => hits.get(term) ?? noHits,
  };
}

/** When a unit of a turn was said: between start and end of the turn by its place, milliseconds from the start of the contact. */
export function timeOfUnit({ turn, normalised }: PreparedTurn, unit: number): number {
  const length = normalised.text.length;
  if (length === 0 || turn.endMs <= turn.startMs) return turn.startMs;
  return Math.round(turn.startMs + ((turn.endMs - turn.startMs) * Math.min(unit, length)) / length);
}
