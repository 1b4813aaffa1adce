import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { QueueStatus } from '@patchbay/contracts/routing/v1/routing_service';
import type { ReassignContactRequest, SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import type { FakeCentre } from './fake-centre.ts';

/** Team leads' tools over the fake centre: queues and agents follow, contacts stay as they are. */
export function createFakeSteering(centre: FakeCentre, asked: { reassigned: ReassignContactRequest[] }): RpcImplementation<typeof SteeringServiceDefinition> {
  const pause = (queue: string, pausedSince: Date | undefined, pausedReason: string) => {
    const status: QueueStatus = { ...QueueStatus.fromPartial(centre.queues.get(queue) ?? { queue }), pausedSince, pausedReason };
    centre.setQueue(status);
    return { queue: status };
  };
  const nothing = () => Promise.resolve({});
  return {
    moveContact: nothing,
    pullContact: nothing,
    async reassignContact(request) {
      asked.reassigned.push(request);
      return {};
    },
    cancelRequest: nothing,
    prioritiseContact: nothing,
    pauseQueue: ({ queue, reason }) => Promise.resolve(pause(queue, new Date(), reason)),
    resumeQueue: ({ queue }) => Promise.resolve(pause(queue, undefined, '')),
    async overrideSkills({ agentId, skills, until }) {
      centre.setAgent(agentId, { skillsChanged: [...skills], skillsUntil: until });
      return { agent: centre.agent(agentId) };
    },
    async restoreSkills({ agentId }) {
      centre.setAgent(agentId, { skillsChanged: [], skillsUntil: undefined });
      return { agent: centre.agent(agentId) };
    },
    async withdrawSignOut({ agentId }) {
      centre.setAgent(agentId, { pendingState: AgentState.UNSPECIFIED, pendingReason: '' });
      return { agent: centre.agent(agentId) };
    },
    async forceSignOut({ agentId, reason }) {
      const calls = centre.agent(agentId).slots.some((slot) => slot.channel === 'voice');
      centre.setAgent(agentId, calls ? { pendingState: AgentState.SIGNED_OUT, pendingReason: reason } : { state: AgentState.SIGNED_OUT, reason: '' });
      return { agent: centre.agent(agentId) };
    },
  };
}
