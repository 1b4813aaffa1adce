import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { exclusiveChannels, type AgentPolicy } from './agent-policy.ts';
import type { AgentRecord, Request } from './records.ts';

/**
 * Whether an agent has a slot for a channel. A call takes the whole agent and starts only from an agent with nothing in
 * hand (wrap-up counts), unless the policy blends: then it may start beside text, but no text beside it.
 */
export function hasFreeSlot(policy: AgentPolicy, record: AgentRecord, channel: string): boolean {
  const capacity = policy.capacity.get(channel) ?? 0;
  if (record.slots.size === 0) return capacity > 0;
  let used = 0;
  for (const slot of record.slots.values()) {
    if (exclusiveChannels.has(slot.channel)) return false;
    if (slot.channel === channel) used += 1;
  }
  return used < capacity && (policy.blends || !exclusiveChannels.has(channel));
}

/** Whether the agent wants and may get offers at all. */
export function isReady(record: AgentRecord, nowMs: number): boolean {
  return record.state === AgentState.READY && record.pendingState === AgentState.UNSPECIFIED && record.delayUntilMs <= nowMs && record.aliveUntilMs > nowMs;
}

/** Whether the agent is there, ready or not. */
export function isPresent(record: AgentRecord | undefined): record is AgentRecord {
  return record !== undefined && record.state !== AgentState.SIGNED_OUT && record.state !== AgentState.UNREACHABLE;
}

/** Whether a contact may wait for this agent: ready, though perhaps with contacts in hand. */
export function isAwaited(record: AgentRecord | undefined): boolean {
  return record !== undefined && record.state === AgentState.READY && record.pendingState === AgentState.UNSPECIFIED;
}

/** Whether the request passes the agent over for now. */
export function isSkipped(request: Request, agentId: string, nowMs: number): boolean {
  return request.skips.size > 0 && (request.skips.get(agentId) ?? 0) > nowMs;
}
