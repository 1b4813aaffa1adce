import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { QueueStatus } from '@patchbay/contracts/routing/v1/routing_service';
import type { SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import type { FakeCentre } from './fake-centre.ts';

/** Team leads' tools over the fake centre: queues and agents follow, contacts stay as they are. */
export function createFakeSteering(centre: FakeCentre): RpcImplementation<typeof SteeringServiceDefinition> {
  const pause = (queue: string, pausedSince: Date | undefined, pausedReason: string) => {
    const status: QueueStatus = { ...QueueStatus.fromPartial(centre.queues.get(queue) ?? { queue }), pausedSince, pausedReason };
    centre.setQueue(status);
    return { queue: status };
  };
  const nothing = () => Promise.resolve({});
  const asItIs = ({ agentId }: { agentId: string }) => Promise.resolve({ agent: centre.agent(agentId) });
  return {
    moveContact: nothing,
    pullContact: nothing,
    reassignContact: nothing,
    cancelRequest: nothing,
    prioritiseContact: nothing,
    pauseQueue: ({ queue, reason }) => Promise.resolve(pause(queue, new Date(), reason)),
    resumeQueue: ({ queue }) => Promise.resolve(pause(queue, undefined, '')),
    overrideSkills: asItIs,
    restoreSkills: asItIs,
    async forceSignOut({ agentId }) {
      centre.setAgent(agentId, { state: AgentState.SIGNED_OUT, reason: '' });
      return { agent: centre.agent(agentId) };
    },
  };
}
