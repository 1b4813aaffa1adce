import type { Agent, SkillLevel, Team } from '@patchbay/contracts/directory/v1/resource';

/** An agent as routing uses it. */
export interface AgentPolicy {
  readonly agentId: string;
  readonly displayName: string;
  readonly agentNo: string;
  readonly team: string;
  /** Queues of this routing domain that the agent serves. */
  readonly queues: ReadonlySet<string>;
  /** Level by skill, as it holds now. */
  readonly skills: ReadonlyMap<string, number>;
  /** Level by skill, as the resource says. */
  readonly ownSkills: ReadonlyMap<string, number>;
  readonly languages: ReadonlySet<string>;
  readonly attributes: ReadonlyMap<string, string>;
  /** Contacts at once by channel. */
  readonly capacity: ReadonlyMap<string, number>;
  /** Units of 100 that one contact takes, by channel. */
  readonly load: ReadonlyMap<string, number>;
  /** Channels of contacts in hand beside which a new one may be offered, by channel of the new one. */
  readonly interrupts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a call may be offered while text is in hand, where `interrupts` does not say. */
  readonly blends: boolean;
  /** Contacts of all channels; 0 for no limit. */
  readonly maxContacts: number;
}

/** A team as routing uses it. */
export interface TeamPolicy {
  /** 0 for no limit. */
  readonly maxContacts: number;
  readonly capacity: ReadonlyMap<string, number>;
}

/**
 * Capacity entry, not a channel, with which an agent may be offered a call while text is in hand. Without it calls and
 * everything else keep each other away.
 */
export const blendEntry = 'voice+text';

/** Channels that take the whole agent. */
export const exclusiveChannels: ReadonlySet<string> = new Set(['voice', 'video']);

/** @param queues those of the routing domain: others that the agent lists do not count here */
export function toAgentPolicy(agentId: string, agent: Agent, queues: Iterable<string>): AgentPolicy {
  const capacity = new Map(Object.entries(agent.capacity).filter(([, count]) => count > 0));
  const blends = capacity.delete(blendEntry);
  const skills = new Map(agent.skills.map(({ skill, level }) => [skill, level]));
  return {
    agentId,
    displayName: agent.displayName,
    agentNo: agent.agentNo,
    team: agent.team,
    queues: new Set(queues),
    skills,
    ownSkills: skills,
    languages: new Set(agent.languages),
    attributes: new Map(Object.entries(agent.attributes)),
    capacity,
    load: new Map(Object.entries(agent.load)),
    interrupts: new Map(agent.interrupts.map(({ channel, over }) => [channel, new Set(over)])),
    blends,
    maxContacts: agent.maxContacts,
  };
}

export function toTeamPolicy(team: Team): TeamPolicy {
  return { maxContacts: team.maxContacts, capacity: new Map(Object.entries(team.capacity)) };
}

/** Skills that hold over those of the resource for now. */
export interface SkillOverride {
  /** Level by skill; 0 takes the skill away. */
  readonly skills: readonly SkillLevel[];
  readonly untilMs: number;
}

/** The policy with the skills that hold now. */
export function withOverride(policy: AgentPolicy, override: SkillOverride | undefined): AgentPolicy {
  const skills = new Map(policy.ownSkills);
  for (const { skill, level } of override?.skills ?? []) {
    if (level > 0) skills.set(skill, level);
    else skills.delete(skill);
  }
  return { ...policy, skills };
}
