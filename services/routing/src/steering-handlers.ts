import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import type { SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import { changedBy, leadOf, requireOwnTeam, type Teams } from './authorise.ts';
import type { Desk } from './desk.ts';
import { agentStatus, queueStatus } from './domain/views.ts';
import { routingError } from './errors.ts';

/** Priorities that a team lead may give, seconds. */
const furthestPriority = 86_400;

/** What team leads do with contacts, queues and agents. Done again, each changes nothing and is answered the same. */
export function createSteeringHandlers(desk: Desk, teams: Teams): RpcImplementation<typeof SteeringServiceDefinition> {
  const status = (queue: string, signal: AbortSignal) => desk.look((state, nowMs) => queueStatus(state, queue, nowMs), signal);
  const agentNow = (agentId: string, signal: AbortSignal) => desk.look((state, nowMs) => agentStatus(state, agentId, nowMs), signal);
  return {
    async moveContact({ contactId, queue, reason }, { actor, signal }) {
      await desk.input({ kind: 'MoveContact', contactId, queue, lead: leadOf(actor, reason) }, { signal });
      return {};
    },
    async pullContact({ contactId, agentId, reason }, { actor, signal }) {
      const lead = leadOf(actor, reason);
      requireOwnTeam(actor, agentId, teams);
      await desk.input({ kind: 'PullContact', contactId, agentId, lead }, { signal });
      return {};
    },
    async reassignContact({ contactId, agentId, reason }, { actor, signal }) {
      const lead = leadOf(actor, reason);
      if (agentId !== '') requireOwnTeam(actor, agentId, teams);
      await desk.input({ kind: 'ReassignContact', contactId, agentId, lead }, { signal });
      return {};
    },
    async cancelRequest({ contactId, reason }, { actor, signal }) {
      await desk.input({ kind: 'CancelRequest', contactId, lead: leadOf(actor, reason) }, { signal });
      return {};
    },
    async prioritiseContact({ contactId, priority, reason }, { actor, signal }) {
      const lead = leadOf(actor, reason);
      if (Math.abs(priority) > furthestPriority) throw routingError('ROUTING_BAD_PRIORITY', { details: { priority: `-${String(furthestPriority)} to ${String(furthestPriority)}` } });
      await desk.input({ kind: 'PrioritiseContact', contactId, priority, lead }, { signal });
      return {};
    },
    async pauseQueue({ queue, reason }, { actor, signal }) {
      await desk.input({ kind: 'PauseQueue', queue, lead: leadOf(actor, reason) }, { signal });
      return { queue: await status(queue, signal) };
    },
    async resumeQueue({ queue }, { actor, signal }) {
      changedBy(actor, '');
      await desk.input({ kind: 'ResumeQueue', queue, actor: actor.subject }, { signal });
      return { queue: await status(queue, signal) };
    },
    async overrideSkills({ agentId, skills, until, reason }, { actor, signal }) {
      const lead = leadOf(actor, reason);
      requireOwnTeam(actor, agentId, teams);
      await desk.input({ kind: 'OverrideSkills', agentId, skills, untilMs: until?.getTime() ?? 0, lead }, { signal });
      return { agent: await agentNow(agentId, signal) };
    },
    async restoreSkills({ agentId }, { actor, signal }) {
      changedBy(actor, '');
      requireOwnTeam(actor, agentId, teams);
      await desk.input({ kind: 'RestoreSkills', agentId, actor: actor.subject }, { signal });
      return { agent: await agentNow(agentId, signal) };
    },
    async withdrawSignOut({ agentId }, { actor, signal }) {
      changedBy(actor, '');
      requireOwnTeam(actor, agentId, teams);
      await desk.input({ kind: 'WithdrawSignOut', agentId, actor: actor.subject }, { signal });
      return { agent: await agentNow(agentId, signal) };
    },
    async forceSignOut({ agentId, reason }, { actor, signal }) {
      const lead = leadOf(actor, reason);
      requireOwnTeam(actor, agentId, teams);
      await desk.input({ kind: 'ForceSignOut', agentId, lead }, { signal });
      return { agent: await agentNow(agentId, signal) };
    },
  };
}
