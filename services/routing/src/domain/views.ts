import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import type { AgentStatus, ParkedContact, SlotStatus } from '@patchbay/contracts/agent/v1/agent_service';
import type { QueueStatus } from '@patchbay/contracts/routing/v1/routing_service';
import { hasFreeSlot, isReady } from './availability.ts';
import { sumSince } from './counters.ts';
import { siteAttribute } from './decide-evacuation.ts';
import { expectedWait, toExpectedWait } from './expected-wait.ts';
import { localMidnightMs } from './hours.ts';
import { countPressing } from './pressing-promises.ts';
import type { AgentRecord, Slot } from './records.ts';
import { countWithin, serviceLevels } from './service-level.ts';
import type { RoutingState } from './state.ts';

function agentCounts(state: RoutingState, queue: string, nowMs: number): { signedIn: number; available: number } {
  let signedIn = 0;
  let available = 0;
  for (const policy of state.centre.agents.values()) {
    const record = policy.queues.has(queue) ? state.agents.get(policy.agentId) : undefined;
    if (record === undefined || record.state === AgentState.SIGNED_OUT) continue;
    signedIn += 1;
    if (isReady(record, nowMs) && [...policy.capacity.keys()].some((channel) => hasFreeSlot(policy, record, channel))) available += 1;
  }
  return { signedIn, available };
}

/** Live figures of a queue; undefined when the centre has no such queue. */
export function queueStatus(state: RoutingState, name: string, nowMs: number): QueueStatus | undefined {
  const policy = state.centre.queues.get(name);
  if (policy === undefined) return undefined;
  const load = state.loads.get(name);
  const waitingByChannel: Record<string, number> = {};
  let oldestMs = Infinity;
  for (const request of load?.requests ?? []) {
    waitingByChannel[request.channel] = (waitingByChannel[request.channel] ?? 0) + 1;
    oldestMs = Math.min(oldestMs, request.enqueuedAtMs);
  }
  const today = sumSince(state.counters.get(name), localMidnightMs(state.centre.timeZone, nowMs));
  const agents = agentCounts(state, name, nowMs);
  const paused = state.pausedQueues.get(name);
  const promises = countPressing(state, name, nowMs);
  return {
    queue: name,
    titles: { ...policy.titles },
    waiting: load?.requests.size ?? 0,
    offered: load?.offered ?? 0,
    engaged: load?.engaged ?? 0,
    oldestEnqueuedAt: oldestMs === Infinity ? undefined : new Date(oldestMs),
    agentsSignedIn: agents.signedIn,
    agentsAvailable: agents.available,
    waitingByChannel,
    offeredToday: BigInt(today.offered),
    answeredToday: BigInt(today.answered),
    abandonedToday: BigInt(today.abandoned),
    answeredInTargetToday: BigInt(countWithin(today.answeredBySecond, policy.targetSeconds)),
    targetSeconds: policy.targetSeconds,
    targetPct: policy.targetPct,
    answeredWaitMsToday: BigInt(today.waitedMs),
    shortAbandonedToday: BigInt(today.shortAbandoned),
    overflowedToday: BigInt(today.overflowed),
    callBacksToday: BigInt(today.callBacks),
    calledBackToday: BigInt(today.calledBack),
    expectedWait: toExpectedWait(expectedWait(state, name, nowMs)),
    serviceLevelToday: serviceLevels(today, policy.targetSeconds),
    pausedSince: paused === undefined ? undefined : new Date(paused.sinceMs),
    pausedReason: paused?.reason ?? '',
    promisesAtRisk: promises.atRisk,
    promisesBroken: promises.broken,
  };
}

function slotStatus(state: RoutingState, slot: Slot): SlotStatus {
  const offer = slot.state === SlotState.RESERVED ? state.offers.get(slot.offerId) : undefined;
  const assignment = state.assignments.get(slot.assignmentId);
  const endsAtMs = offer?.expiresAtMs ?? assignment?.wrapUp?.endsAtMs;
  return {
    slot: slot.slot,
    state: slot.state,
    contactId: slot.contactId,
    offerId: slot.offerId,
    assignmentId: slot.assignmentId,
    since: new Date(slot.sinceMs),
    endsAt: endsAtMs === undefined ? undefined : new Date(endsAtMs),
    queue: offer?.queue ?? assignment?.request.queue ?? '',
    channel: slot.channel,
  };
}

function handledSince(record: AgentRecord | undefined, sinceMs: number): number {
  let count = 0;
  for (const [startMs, quarter] of record?.handled ?? []) if (startMs >= sinceMs) count += quarter.count;
  return count;
}

function parkedBy(state: RoutingState, agentId: string): ParkedContact[] {
  return [...(state.parkedBy.get(agentId) ?? [])].flatMap((contactId) => {
    const parked = state.parked.get(contactId);
    if (parked === undefined) return [];
    const { queue, channel } = parked.request;
    return [{ contactId, queue, channel, since: new Date(parked.sinceMs), until: new Date(parked.untilMs) }];
  });
}

/** One agent as it stands; undefined when the centre has no such agent. */
export function agentStatus(state: RoutingState, agentId: string, nowMs: number): AgentStatus | undefined {
  const policy = state.centre.agents.get(agentId);
  if (policy === undefined) return undefined;
  const record = state.agents.get(agentId);
  const idle = record?.state === AgentState.READY && record.slots.size === 0;
  return {
    agentId,
    name: policy.displayName,
    agentNo: policy.agentNo,
    team: policy.team,
    state: record?.state ?? AgentState.SIGNED_OUT,
    reason: record?.reason ?? '',
    since: record === undefined ? undefined : new Date(record.sinceMs),
    pendingState: record?.pendingState ?? AgentState.UNSPECIFIED,
    pendingReason: record?.pendingReason ?? '',
    slots: [...(record?.slots.values() ?? [])].map((slot) => slotStatus(state, slot)),
    idleSince: record !== undefined && idle ? new Date(record.idleSinceMs) : undefined,
    queues: [...policy.queues].sort(),
    skills: [...policy.skills].sort(([left], [right]) => (left < right ? -1 : 1)).map(([skill, level]) => ({ skill, level })),
    skillsUntil: record?.skillOverride === undefined ? undefined : new Date(record.skillOverride.untilMs),
    skillsChanged: [...(record?.skillOverride?.skills ?? [])],
    site: policy.attributes.get(siteAttribute) ?? '',
    parked: parkedBy(state, agentId),
    handledToday: handledSince(record, localMidnightMs(state.centre.timeZone, nowMs)),
  };
}
