import type { Command } from 'commander';
import { AgentState, agentStateToJSON, SlotState, slotStateToJSON } from '@patchbay/contracts/agent/v1/agent_event';
import { type AgentServiceClient, AgentServiceDefinition, type AgentStatus, ListAgentsResponse, SetStateResponse } from '@patchbay/contracts/agent/v1/agent_service';
import { ListQueuesResponse, type QueueStatus, type RoutingServiceClient, RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { cliError } from '../../errors.ts';
import { formatFigure, formatSeconds, formatTable, formatTime, formatWord } from '../format.ts';
import { parseWord } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';
import { addSkills } from './skills.ts';
import { addQueueSteering, steeringOf } from './steering.ts';
import { addPromises } from './promises.ts';
import { addWaiting } from './waiting.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const agentsOf = ({ connection }: CommandParts) => connection.client<AgentServiceClient>(AgentServiceDefinition);
const stateWord = (state: AgentState) => formatWord(agentStateToJSON(state), 'AGENT_STATE_');
const heads = ['AGENT', 'NO', 'NAME', 'TEAM', 'STATE', 'REASON', 'SINCE', 'IN HAND', 'TODAY'];

function rowOf(agent: AgentStatus): string[] {
  const inHand = agent.slots.map((slot) => `${slot.slot} ${slot.state === SlotState.UNSPECIFIED ? '' : formatWord(slotStateToJSON(slot.state), 'SLOT_STATE_')}`.trim()).join(', ');
  return [agent.agentId, agent.agentNo, agent.name, agent.team, agent.pendingState === AgentState.UNSPECIFIED ? stateWord(agent.state) : `${stateWord(agent.state)}, then ${stateWord(agent.pendingState)}`, agent.reason, formatTime(agent.since), inHand, String(agent.handledToday)];
}

/** States that may be asked for. */
const states = { READY: AgentState.READY, NOT_READY: AgentState.NOT_READY, BREAK: AgentState.BREAK };

function addAgents(program: Command, run: Run): void {
  const agents = program.command('agents').description('agents and their states');
  agents
    .command('list')
    .description('list agents with what they do')
    .option('-a, --all', 'those signed out, too', false)
    .action((options: { all: boolean }) =>
      run(async (parts) => {
        const response = await (await agentsOf(parts)).listAgents({ signedOut: options.all });
        parts.output.show(ListAgentsResponse, response, ({ agents: all }) => formatTable(heads, all.map(rowOf)));
      }),
    );
  agents
    .command('state <agent> [state]')
    .description('show the state of an agent, or change it: ready, not-ready, break, signed-out')
    .option('-r, --reason <code>', 'reason; a break needs one')
    .option('-f, --force', 'with signed-out: whatever is in hand, after a call; needs a reason', false)
    .option('--withdraw', 'with signed-out: take back one that waits for the end of a call', false)
    .addHelpText('after', '\nExamples:\n  patchbay agents state 1001\n  patchbay agents state 1001 break --reason lunch\n  patchbay agents state 1001 signed-out --force --reason "went home"\n')
    .action((agentId: string, word: string | undefined, options: { reason?: string; force: boolean; withdraw: boolean }) =>
      run(async (parts) => {
        const state = word === undefined || word === 'signed-out' ? undefined : parseWord('state', word, states);
        const client = await agentsOf(parts);
        if (word === 'signed-out' && options.withdraw) await (await steeringOf(parts)).withdrawSignOut({ agentId });
        else if (word === 'signed-out' && options.force) await (await steeringOf(parts)).forceSignOut({ agentId, reason: options.reason ?? '' });
        else if (word === 'signed-out') await client.signOut({ agentId });
        if (state === undefined) {
          const found = (await client.listAgents({ signedOut: true })).agents.find((agent) => agent.agentId === agentId);
          if (found === undefined) throw cliError('CLI_NOTHING', { details: { agent: agentId } });
          parts.output.show(SetStateResponse, { agent: found }, () => formatTable(heads, [rowOf(found)]));
          return;
        }
        const response = await client.setState({ agentId, state, reason: options.reason ?? '' });
        parts.output.show(SetStateResponse, response, ({ agent }) => (agent === undefined ? 'done' : formatTable(heads, [rowOf(agent)])));
      }),
    );
  addSkills(agents, run);
}

const promisesWord = ({ promisesAtRisk, promisesBroken }: QueueStatus) => [promisesBroken > 0 ? `${promisesBroken} broken` : '', promisesAtRisk > 0 ? `${promisesAtRisk} at risk` : ''].filter((word) => word !== '').join(', ');

function queueRow(queue: QueueStatus, nowMs: number): string[] {
  const oldest = queue.oldestEnqueuedAt === undefined ? '' : formatSeconds((nowMs - queue.oldestEnqueuedAt.getTime()) / 1000);
  const answered = Number(queue.answeredToday);
  const counted = answered + Number(queue.abandonedToday) - Number(queue.shortAbandonedToday);
  const level = counted <= 0 ? undefined : (Number(queue.answeredInTargetToday) / counted) * 100;
  return [
    queue.pausedSince === undefined ? queue.queue : `${queue.queue} (paused)`,
    String(queue.waiting),
    oldest,
    String(queue.engaged),
    `${queue.agentsAvailable}/${queue.agentsSignedIn}`,
    String(queue.offeredToday),
    String(queue.answeredToday),
    String(queue.abandonedToday),
    `${formatFigure(level, ' %')} in ${queue.targetSeconds} s`,
    promisesWord(queue),
  ];
}

export function addLiveCommands(program: Command, run: Run): void {
  addAgents(program, run);
  const queues = program.command('queues').description('show queues with their live figures');
  addQueueSteering(queues, run);
  addWaiting(queues, run);
  addPromises(queues, run);
  queues.action(() =>
    run(async (parts) => {
      const client = await parts.connection.client<RoutingServiceClient>(RoutingServiceDefinition);
      const nowMs = parts.context.nowMs();
      parts.output.show(ListQueuesResponse, await client.listQueues({}), ({ queues: all }) =>
        formatTable(['QUEUE', 'WAITING', 'OLDEST', 'ENGAGED', 'FREE/IN', 'OFFERED', 'ANSWERED', 'ABANDONED', 'SERVICE LEVEL', 'PROMISES'], all.map((queue) => queueRow(queue, nowMs))),
      );
    }),
  );
}
