import type { Command } from 'commander';
import { type AgentServiceClient, AgentServiceDefinition, type AgentStatus } from '@patchbay/contracts/agent/v1/agent_service';
import { OverrideSkillsResponse } from '@patchbay/contracts/routing/v1/steering_service';
import { cliError } from '../../errors.ts';
import { formatTable, formatTime } from '../format.ts';
import type { CommandParts } from '../run-command.ts';
import { steeringOf } from './steering.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;
interface SkillOptions {
  for: string;
  reason?: string;
  restore: boolean;
}

function parseSkill(text: string): { skill: string; level: number } {
  const [, skill = '', level = ''] = /^([^=]+)=(\d{1,3})$/.exec(text) ?? [];
  if (skill === '' || Number(level) > 100) throw cliError('CLI_USAGE', { details: { skill: `"${text}" is not <skill>=<level>, level 0 to 100` } });
  return { skill, level: Number(level) };
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function parseSpanMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,5})(m|h|d)$/.exec(text) ?? [];
  if (Number(count) === 0) throw cliError('CLI_USAGE', { details: { for: `"${text}" is none of 30m, 8h, 2d` } });
  return Number(count) * unitMs[unit as keyof typeof unitMs];
}

function formatSkills(agent: AgentStatus | undefined): string {
  const rows = (agent?.skills ?? []).map(({ skill, level }) => [skill, String(level)]);
  const until = agent?.skillsUntil === undefined ? '' : `changed until ${formatTime(agent.skillsUntil)}\n`;
  return `${formatTable(['SKILL', 'LEVEL'], rows)}${until}`;
}

async function changeSkills(parts: CommandParts, agentId: string, skills: readonly string[], options: SkillOptions): Promise<AgentStatus | undefined> {
  const client = await steeringOf(parts);
  if (options.restore) return (await client.restoreSkills({ agentId })).agent;
  const until = new Date(parts.context.nowMs() + parseSpanMs(options.for));
  return (await client.overrideSkills({ agentId, skills: skills.map(parseSkill), until, reason: options.reason ?? '' })).agent;
}

async function findAgent({ connection }: CommandParts, agentId: string): Promise<AgentStatus> {
  const client = await connection.client<AgentServiceClient>(AgentServiceDefinition);
  const found = (await client.listAgents({ signedOut: true })).agents.find((agent) => agent.agentId === agentId);
  if (found === undefined) throw cliError('CLI_NOTHING', { details: { agent: agentId } });
  return found;
}

/** Adds the change of skills to the commands of agents. */
export function addSkills(agents: Command, run: Run): void {
  agents
    .command('skills <agent> [skill=level...]')
    .description('show the skills of an agent, or change them for now: level 1 to 100, 0 takes the skill away')
    .option('--for <time>', 'how long the change holds, at most 7d', '8h')
    .option('-r, --reason <text>', 'why; a change needs one')
    .option('--restore', 'end the change: the skills of the resource hold again', false)
    .addHelpText('after', '\nExamples:\n  patchbay agents skills 1001\n  patchbay agents skills 1001 billing=80 cards=0 --for 2h --reason "sick leave in billing"\n  patchbay agents skills 1001 --restore\n')
    .action((agentId: string, skills: string[], options: SkillOptions) =>
      run(async (parts) => {
        const agent = skills.length > 0 || options.restore ? await changeSkills(parts, agentId, skills, options) : await findAgent(parts, agentId);
        parts.output.show(OverrideSkillsResponse, { agent }, () => formatSkills(agent));
      }),
    );
}
