import { AgentState, SlotHold } from '@patchbay/contracts/agent/v1/agent_event';
import { exclusiveChannels, type AgentPolicy } from './agent-policy.ts';
import type { AgentRecord, Request } from './records.ts';

/** Units that all contacts in hand take together, at most. */
const fullLoad = 100;

/**
 * Whether a contact of one channel may be offered beside one in hand of another. Unless the agent says otherwise a call
 * takes the whole agent and starts only from an agent with nothing in hand; with `blends` it may start beside text.
 */
function mayJoin(policy: AgentPolicy, channel: string, inHand: string): boolean {
  const over = policy.interrupts.get(channel);
  if (over !== undefined) return over.has(inHand);
  if (exclusiveChannels.has(inHand)) return false;
  return policy.blends || !exclusiveChannels.has(channel);
}

/** Whether an agent has a slot for a channel: by its count, by what may be beside what is in hand, by load and by number. */
export function hasFreeSlot(policy: AgentPolicy, record: AgentRecord, channel: string): boolean {
  const capacity = policy.capacity.get(channel) ?? 0;
  if (record.slots.size === 0) return capacity > 0;
  if (policy.maxContacts > 0 && record.slots.size >= policy.maxContacts) return false;
  let used = 0;
  let load = policy.load.get(channel) ?? 0;
  for (const slot of record.slots.values()) {
    if (slot.hold === SlotHold.ALL) return false;
    if (slot.channel === channel) used += 1;
    else if (slot.hold !== SlotHold.SLOT && !mayJoin(policy, channel, slot.channel)) return false;
    load += policy.load.get(slot.channel) ?? 0;
  }
  return used < (exclusiveChannels.has(channel) ? 1 : capacity) && load <= fullLoad;
}

/**
 * Channels of which the agent could have one more by their own count, but for what else is in hand. While such a contact
 * waits for the agent, nothing behind it in line is given: or small work would keep large work waiting for ever.
 */
export function blockedChannels(policy: AgentPolicy, record: AgentRecord): string[] {
  if (record.slots.size === 0) return [];
  return [...policy.capacity].filter(([channel, capacity]) => slotsOf(record, channel) < capacity && !hasFreeSlot(policy, record, channel)).map(([channel]) => channel);
}

function slotsOf(record: AgentRecord, channel: string): number {
  let used = 0;
  for (const slot of record.slots.values()) if (slot.channel === channel) used += 1;
  return used;
}

/** Whether the agent wants and may get offers at all. */
export function isReady(record: AgentRecord, nowMs: number): boolean {
  return record.state === AgentState.READY && record.pendingState === AgentState.UNSPECIFIED && record.delayUntilMs <= nowMs && record.aliveUntilMs > nowMs;
}

/** Reason of those whose site is evacuated. */
export const emergency = 'emergency';

/** Whether the agent is there, ready or not: signed in, within reach, and not from a site that is evacuated. */
export function isPresent(record: AgentRecord | undefined): record is AgentRecord {
  if (record === undefined || record.state === AgentState.SIGNED_OUT || record.state === AgentState.UNREACHABLE) return false;
  return record.state !== AgentState.NOT_READY || record.reason !== emergency;
}

/** Whether a contact may wait for this agent: ready, though perhaps with contacts in hand. */
export function isAwaited(record: AgentRecord | undefined): boolean {
  return record !== undefined && record.state === AgentState.READY && record.pendingState === AgentState.UNSPECIFIED;
}

/** Whether the request passes the agent over for now. */
export function isSkipped(request: Request, agentId: string, nowMs: number): boolean {
  return request.skips.size > 0 && (request.skips.get(agentId) ?? 0) > nowMs;
}
