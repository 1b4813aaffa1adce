import type { Requirement } from '@patchbay/contracts/contact/v1/contact';
import type { RelaxationStep } from '@patchbay/contracts/directory/v1/resource';
import { mergeRequirements } from './requirement.ts';

/** From an age on, more agents may serve a contact. */
export interface RelaxationPolicy {
  readonly afterMs: number;
  readonly requirement: Requirement;
  readonly extraQueues: readonly string[];
}

export function toRelaxationPolicies(steps: readonly RelaxationStep[]): RelaxationPolicy[] {
  return steps
    .map((step) => ({ afterMs: step.afterSeconds * 1_000, requirement: mergeRequirements(step.requirement), extraQueues: step.extraQueues }))
    .sort((left, right) => left.afterMs - right.afterMs);
}
