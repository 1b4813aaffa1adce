import type { QueueCounts } from './counters.ts';

/** What a service level is worked out from. T is the target. */
interface Counted {
  answered: number;
  answeredInTarget: number;
  abandoned: number;
  abandonedInTarget: number;
  shortAbandoned: number;
}

/**
 * The ways in which centres count their service level, by name: the default leaves short abandons out, the others are those
 * of packages/erlang, which a domain does not import; a test holds both to the same figures.
 */
const variants: Readonly<Record<string, (counted: Counted) => readonly [number, number]>> = {
  net: ({ answered, answeredInTarget, abandoned, shortAbandoned }) => [answeredInTarget, answered + abandoned - shortAbandoned],
  ended_of_offered: ({ answered, answeredInTarget, abandoned, abandonedInTarget }) => [answeredInTarget + abandonedInTarget, answered + abandoned],
  answered_of_answered: ({ answered, answeredInTarget }) => [answeredInTarget, answered],
  answered_of_offered: ({ answered, answeredInTarget, abandoned }) => [answeredInTarget, answered + abandoned],
  answered_of_offered_less_short: ({ answered, answeredInTarget, abandoned, abandonedInTarget }) => [answeredInTarget, answered + abandoned - abandonedInTarget],
};

/** How many waited no longer than the target; all of them when there is no target. */
export function countWithin(bySecond: ReadonlyMap<number, number>, targetSeconds: number): number {
  let count = 0;
  for (const [second, some] of bySecond) if (targetSeconds <= 0 || second <= targetSeconds) count += some;
  return count;
}

/** Service level in percent by variant; a variant without anything to count is left out, it is not 100 %. */
export function serviceLevels(counts: QueueCounts, targetSeconds: number): Record<string, number> {
  const counted = {
    answered: counts.answered,
    answeredInTarget: countWithin(counts.answeredBySecond, targetSeconds),
    abandoned: counts.abandoned,
    abandonedInTarget: countWithin(counts.abandonedBySecond, targetSeconds),
    shortAbandoned: counts.shortAbandoned,
  };
  const levels: Record<string, number> = {};
  for (const [name, ratioOf] of Object.entries(variants)) {
    const [part, whole] = ratioOf(counted);
    if (whole > 0) levels[name] = (100 * part) / whole;
  }
  return levels;
}
