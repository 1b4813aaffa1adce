import type { Requirement } from '@patchbay/contracts/contact/v1/contact';
import type { AgentPolicy } from './agent-policy.ts';

/** Asks nothing of an agent. */
export const noRequirement: Requirement = { skills: [] };

/** Both requirements together: of each skill the higher level, by name. */
export function mergeRequirements(...requirements: readonly (Requirement | undefined)[]): Requirement {
  const levels = new Map<string, number>();
  for (const one of requirements) for (const { skill, minLevel } of one?.skills ?? []) levels.set(skill, Math.max(minLevel, levels.get(skill) ?? 0));
  return { skills: [...levels].sort(([one], [other]) => (one < other ? -1 : 1)).map(([skill, minLevel]) => ({ skill, minLevel })) };
}

/** Whether an agent has what is asked. */
export function meetsRequirement(policy: AgentPolicy, requirement: Requirement): boolean {
  return requirement.skills.every(({ skill, minLevel }) => (policy.skills.get(skill) ?? 0) >= minLevel);
}

/** Equal for requirements that ask the same in the same order, as `mergeRequirements` gives them. */
export function requirementKey(requirement: Requirement): string {
  let key = '';
  for (const { skill, minLevel } of requirement.skills) key += `|${skill}:${String(minLevel)}`;
  return key;
}
