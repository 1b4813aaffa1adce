import { timeOfUnit, type Conversation } from './conversation.ts';
import type { Match } from './match.ts';
import type { Condition, RuleSet, Speaker } from './rule-set.ts';
import type { ScoringInput } from './scoring-input.ts';
import type { TimeSpan } from './time-span.ts';

/** What sound is judged with. */
export interface SoundGround {
  ruleSet: RuleSet;
  conversation: Conversation;
  input: ScoringInput;
}

/** A silence that begins so soon after the words 请稍等 was announced. */
const announcedWithinMs = 5_000;

function soundMatch(span: TimeSpan, speaker: Speaker | ''): Match {
  return { spans: [{ kind: 'sound', startMs: span.startMs, endMs: span.endMs, speaker }], confidence: 1 };
}

/** The parts of a span outside the others. */
function subtract(span: TimeSpan, others: readonly TimeSpan[]): TimeSpan[] {
  let parts: TimeSpan[] = [span];
  for (const other of others) {
    parts = parts.flatMap((part) => {
      if (other.endMs <= part.startMs || other.startMs >= part.endMs) return [part];
      const around = [
        { startMs: part.startMs, endMs: other.startMs },
        { startMs: other.endMs, endMs: part.endMs },
      ];
      return around.filter((piece) => piece.endMs > piece.startMs);
    });
  }
  return parts;
}

/** When the agent had said the words that announce a hold. */
function announcements({ ruleSet, conversation }: SoundGround): number[] {
  return ruleSet.holdTerms.flatMap((term) =>
    conversation.hitsOf(term).flatMap((hit) => {
      const turn = conversation.turns[hit.turn];
      return turn?.turn.speaker === 'agent' ? [timeOfUnit(turn, hit.end)] : [];
    }),
  );
}

/** Silences that are too long; with `exceptHold`, without what was on hold or announced. */
export function findSilences(condition: Extract<Condition, { kind: 'silence' }>, ground: SoundGround): Match[] {
  const { input } = ground;
  const announcedMs = condition.exceptHold ? announcements(ground) : [];
  return (input.audio?.silences ?? [])
    .flatMap((silence) => (condition.exceptHold ? subtract(silence, input.holds) : [silence]))
    .filter((silence) => silence.endMs - silence.startMs > condition.longerMs)
    .filter((silence) => !announcedMs.some((saidMs) => silence.startMs - saidMs <= announcedWithinMs && silence.startMs - saidMs >= -announcedWithinMs))
    .map((silence) => soundMatch(silence, ''));
}

/** Talk-overs that are too long, begun by the given side. */
export function findOverlaps(condition: Extract<Condition, { kind: 'overlap' }>, input: ScoringInput): Match[] {
  return (input.audio?.overlaps ?? [])
    .filter((overlap) => overlap.endMs - overlap.startMs > condition.longerMs)
    .filter((overlap) => condition.begunBy === undefined || overlap.begunBy === condition.begunBy)
    .map((overlap) => soundMatch(overlap, overlap.begunBy));
}
