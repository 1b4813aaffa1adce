import { hasFreeSlot, isReady } from './availability.ts';
import type { DecisionContext, Refusal } from './inputs.ts';
import type { AgentRecord } from './records.ts';
import type { RoutingState } from './state.ts';

/** The agent when it can have one more of the channel now, or why it cannot. */
export function freeAgent(state: RoutingState, agentId: string, channel: string, context: DecisionContext): AgentRecord | Refusal {
  const policy = state.centre.agents.get(agentId);
  if (policy === undefined) return 'ROUTING_UNKNOWN_AGENT';
  const record = state.agents.get(agentId);
  const entry = state.index.agent(agentId);
  const isFree = record !== undefined && entry !== undefined && isReady(record, context.nowMs) && hasFreeSlot(policy, record, channel) && state.index.hasTeamRoom(entry, channel);
  return isFree ? record : 'ROUTING_AGENT_NOT_FREE';
}
