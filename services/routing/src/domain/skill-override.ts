import type { SkillLevel } from '@patchbay/contracts/directory/v1/resource';
import { withOverride } from './agent-policy.ts';
import { agentFact } from './facts.ts';
import { done, nothing, refuse, type Decision, type DecisionContext } from './inputs.ts';
import type { Lead } from './lead.ts';
import type { RoutingState } from './state.ts';

/** Takes the skills that hold now into centre and index. */
export function applySkills(state: RoutingState, agentId: string, nowMs: number): void {
  const policy = state.centre.agents.get(agentId);
  if (policy === undefined) return;
  const record = state.agents.get(agentId);
  const effective = withOverride(policy, record?.skillOverride);
  state.centre.agents.set(agentId, effective);
  state.index.putAgent(effective, record, nowMs);
  state.changedAgents.add(agentId);
  for (const queue of policy.queues) state.changedQueues.add(queue);
}

/** A change of skills is never longer: what is meant to stay belongs into the resource. */
const longestMs = 7 * 86_400_000;
const maxSkills = 64;

const keyOf = (skills: readonly SkillLevel[]) => skills.map(({ skill, level }) => `${skill}:${String(level)}`).sort().join(' ');

function isSound(skills: readonly SkillLevel[]): boolean {
  const names = new Set(skills.map(({ skill }) => skill));
  return skills.length > 0 && skills.length <= maxSkills && names.size === skills.length && skills.every(({ skill, level }) => skill !== '' && skill.length <= 64 && level >= 0 && level <= 100);
}

/** Skills that hold until a time, over those of the resource; a new change takes the place of an earlier one. */
export function decideOverride(state: RoutingState, input: { agentId: string; skills: readonly SkillLevel[]; untilMs: number; lead: Lead }, context: DecisionContext): Decision {
  const { agentId, skills, untilMs, lead } = input;
  if (!state.centre.agents.has(agentId)) return refuse('ROUTING_UNKNOWN_AGENT');
  const before = state.agents.get(agentId)?.skillOverride;
  if (before?.untilMs === untilMs && keyOf(before.skills) === keyOf(skills)) return nothing;
  if (!isSound(skills) || !(untilMs > context.nowMs) || untilMs > context.nowMs + longestMs) return refuse('ROUTING_BAD_SKILLS');
  return { facts: [agentFact('AgentSkillsOverridden', context.nowMs, { agentId, skills: [...skills], until: new Date(untilMs), ...lead })], outcome: done };
}

/** The skills of the resource hold again. @param actor empty when the time is over */
export function decideRestore(state: RoutingState, agentId: string, actor: string, context: DecisionContext): Decision {
  const override = state.agents.get(agentId)?.skillOverride;
  if (override === undefined) return actor === '' || state.centre.agents.has(agentId) ? nothing : refuse('ROUTING_UNKNOWN_AGENT');
  if (actor === '' && override.untilMs > context.nowMs) return nothing;
  return { facts: [agentFact('AgentSkillsRestored', context.nowMs, { agentId, actor })], outcome: done };
}
