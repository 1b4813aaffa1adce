import { timeOfUnit, type Conversation, type Hit } from './conversation.ts';
import type { Scope } from './rule-set.ts';

/** The part of a transcript that a rule looks at. */
export interface ScopeView {
  /** Indexes of the turns, rising. */
  readonly turns: readonly number[];
  /** Whether the find lies in the part. */
  holds(hit: Hit): boolean;
  /** Signs of the part between two finds, the first before the second; turns outside it do not count. */
  distance(first: Hit, second: Hit): number;
  /** Turns of the part between the turns of two finds: 0 for the same, 1 for the next. */
  turnDistance(first: Hit, second: Hit): number;
}

/** `first_seconds` counts from the speaker's first words, `last_seconds` back from the last words of anybody. */
export function viewScope(conversation: Conversation, scope: Scope): ScopeView {
  const spoken = conversation.turns.flatMap(({ turn }, index) => {
    const wanted = scope.speaker === 'any' ? turn.speaker !== 'other' : turn.speaker === scope.speaker;
    return wanted ? [index] : [];
  });
  let turns = spoken;
  if (scope.firstTurns !== undefined) turns = turns.slice(0, scope.firstTurns);
  if (scope.lastTurns !== undefined) {
    const first = spoken.at(-scope.lastTurns) ?? spoken[0] ?? 0;
    turns = turns.filter((index) => index >= first);
  }
  const startMs = conversation.turns[spoken[0] ?? -1]?.turn.startMs ?? 0;
  const endMs = conversation.turns.reduce((latest, { turn }) => Math.max(latest, turn.endMs), 0);
  const fromMs = scope.lastMs === undefined ? -Infinity : endMs - scope.lastMs;
  const untilMs = scope.firstMs === undefined ? Infinity : startMs + scope.firstMs;

  const places = new Map<number, { order: number; base: number }>();
  let base = 0;
  for (const [order, index] of turns.entries()) {
    places.set(index, { order, base });
    base += conversation.turns[index]?.normalised.text.length ?? 0;
  }
  const timed = fromMs !== -Infinity || untilMs !== Infinity;
  return {
    turns,
    holds(hit) {
      if (!places.has(hit.turn)) return false;
      const turn = conversation.turns[hit.turn];
      if (!timed || turn === undefined) return true;
      const saidMs = timeOfUnit(turn, hit.start);
      return saidMs >= fromMs && saidMs <= untilMs;
    },
    distance(first, second) {
      const from = places.get(first.turn);
      const to = places.get(second.turn);
      return from === undefined || to === undefined ? Infinity : to.base + second.start - (from.base + first.end);
    },
    turnDistance: (first, second) => Math.abs((places.get(second.turn)?.order ?? Infinity) - (places.get(first.turn)?.order ?? -Infinity)),
  };
}
