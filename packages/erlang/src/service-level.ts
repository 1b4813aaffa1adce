/**
 * The four service levels in use, by name. On the same traffic they lie ten points apart, so a figure without its
 * variant says little.
 * - `answered_of_offered`: answered in target / offered. What the models mean.
 * - `answered_of_answered`: answered in target / answered. Hides whoever gave up.
 * - `answered_of_offered_less_short`: answered in target / (offered − abandoned in target). Who leaves soon does not count.
 * - `ended_of_offered`: (answered in target + abandoned in target) / offered. Who leaves soon counts as served.
 */
export const serviceLevelVariants = ['answered_of_offered', 'answered_of_answered', 'answered_of_offered_less_short', 'ended_of_offered'] as const;

/** Name of a service level. */
export type ServiceLevelVariant = (typeof serviceLevelVariants)[number];

/** What a service level is made of: numbers of contacts, or shares of the offered ones. */
export interface ServiceCounts {
  /** All that asked for an agent and are over: answered + abandoned. */
  readonly offered: number;
  readonly answered: number;
  /** Answered within the target. */
  readonly answeredInTarget: number;
  /** Gone within the target. */
  readonly abandonedInTarget: number;
}

/**
 * Service level by name.
 * @returns 0 to 1; 1 when there is nothing to count, since nobody was let down
 */
export function serviceLevel(counts: ServiceCounts, variant: ServiceLevelVariant): number {
  const { offered, answered, answeredInTarget, abandonedInTarget } = counts;
  const [part, whole] = {
    answered_of_offered: [answeredInTarget, offered],
    answered_of_answered: [answeredInTarget, answered],
    answered_of_offered_less_short: [answeredInTarget, offered - abandonedInTarget],
    ended_of_offered: [answeredInTarget + abandonedInTarget, offered],
  }[variant] as [number, number];
  return whole > 0 ? part / whole : 1;
}
