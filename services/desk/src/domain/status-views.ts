import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import type { AgentStatus, SlotStatus } from '@patchbay/contracts/agent/v1/agent_service';
import type { QueueStatus } from '@patchbay/contracts/routing/v1/routing_service';
import { msOf } from './story.ts';
import type { AgentView, PresenceState, QueueView, SlotActivity, SlotView } from './views.ts';

const presences: Record<number, PresenceState> = {
  [AgentState.READY]: 'ready',
  [AgentState.NOT_READY]: 'not_ready',
  [AgentState.BREAK]: 'break',
  [AgentState.UNREACHABLE]: 'unreachable',
};

const activities: Record<number, SlotActivity> = {
  [SlotState.RESERVED]: 'reserved',
  [SlotState.ENGAGED]: 'engaged',
  [SlotState.WRAP_UP]: 'wrap_up',
};

function slotView(slot: SlotStatus): SlotView | undefined {
  const activity = activities[slot.state];
  if (activity === undefined) return undefined;
  return {
    slot: slot.slot,
    activity,
    contactId: slot.contactId,
    offerId: slot.offerId,
    assignmentId: slot.assignmentId,
    sinceMs: msOf(slot.since) ?? 0,
    endsMs: msOf(slot.endsAt),
    queue: slot.queue,
    channel: slot.channel,
  };
}

/** An agent as routing tells it. */
export function agentView(agent: AgentStatus): AgentView {
  return {
    agentId: agent.agentId,
    name: agent.name,
    agentNo: agent.agentNo,
    team: agent.team,
    state: presences[agent.state] ?? 'signed_out',
    reason: agent.reason,
    sinceMs: msOf(agent.since) ?? 0,
    pendingState: presences[agent.pendingState] ?? (agent.pendingState === AgentState.SIGNED_OUT ? 'signed_out' : null),
    pendingReason: agent.pendingReason,
    slots: agent.slots.map(slotView).filter((slot) => slot !== undefined),
    queues: agent.queues,
    handledToday: agent.handledToday,
    parked: agent.parked.map(({ contactId, queue, channel, since, until }) => ({ contactId, queue, channel, sinceMs: msOf(since) ?? 0, untilMs: msOf(until) ?? 0 })),
    site: agent.site,
    skills: agent.skills,
    skillsChanged: agent.skillsChanged,
    skillsUntilMs: msOf(agent.skillsUntil),
  };
}

/** A queue as routing tells it. */
export function queueView(queue: QueueStatus): QueueView {
  return {
    queue: queue.queue,
    titles: queue.titles,
    waiting: queue.waiting,
    offered: queue.offered,
    engaged: queue.engaged,
    oldestEnqueuedMs: msOf(queue.oldestEnqueuedAt),
    agentsSignedIn: queue.agentsSignedIn,
    agentsAvailable: queue.agentsAvailable,
    waitingByChannel: queue.waitingByChannel,
    offeredToday: Number(queue.offeredToday),
    answeredToday: Number(queue.answeredToday),
    abandonedToday: Number(queue.abandonedToday),
    shortAbandonedToday: Number(queue.shortAbandonedToday),
    answeredInTargetToday: Number(queue.answeredInTargetToday),
    answeredWaitMsToday: Number(queue.answeredWaitMsToday),
    targetSeconds: queue.targetSeconds,
    targetPct: queue.targetPct,
    pausedSinceMs: msOf(queue.pausedSince),
    pausedReason: queue.pausedReason,
    promisesAtRisk: queue.promisesAtRisk,
    promisesBroken: queue.promisesBroken,
  };
}
