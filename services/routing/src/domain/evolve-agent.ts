import { AgentState, SlotState, type AgentSlotChanged, type AgentStateChanged } from '@patchbay/contracts/agent/v1/agent_event';
import type { RoutingFact } from './facts.ts';
import type { AgentRecord } from './records.ts';
import { applySkills } from './skill-override.ts';
import type { RoutingState } from './state.ts';

function newAgentRecord(agentId: string, timeMs: number): AgentRecord {
  return {
    agentId,
    device: '',
    sessionId: '',
    state: AgentState.SIGNED_OUT,
    reason: '',
    sinceMs: timeMs,
    pendingState: AgentState.UNSPECIFIED,
    pendingReason: '',
    idleSinceMs: timeMs,
    slots: new Map(),
    missed: new Map(),
    setUpFailures: 0,
    delayUntilMs: 0,
    handled: new Map(),
    skillOverride: undefined,
    aliveUntilMs: 0,
    leaseTimerMs: 0,
  };
}

/** The record of an agent, made with the first fact. */
function recordOf(state: RoutingState, agentId: string, timeMs: number): AgentRecord {
  let record = state.agents.get(agentId);
  if (record === undefined) {
    record = newAgentRecord(agentId, timeMs);
    state.agents.set(agentId, record);
    const entry = state.index.agent(agentId);
    if (entry !== undefined) entry.record = record;
  }
  return record;
}

/** Arms the one timer that looks after the agent's heartbeat; an earlier one dies out. */
export function armLease(state: RoutingState, record: AgentRecord): void {
  record.leaseTimerMs = record.aliveUntilMs;
  state.timers.arm('lease', record.agentId, record.leaseTimerMs);
}

/** Tells the index, and whoever watches, that an agent changed. */
export function agentChanged(state: RoutingState, record: AgentRecord, nowMs: number): void {
  const entry = state.index.agent(record.agentId);
  state.changedAgents.add(record.agentId);
  if (entry === undefined) return;
  state.index.refreshAgent(entry, nowMs);
  for (const queue of entry.policy.queues) state.changedQueues.add(queue);
}

function stateChanged(state: RoutingState, record: AgentRecord, event: AgentStateChanged, timeMs: number): void {
  const sinceMs = event.since?.getTime() ?? timeMs;
  if (event.state === AgentState.READY && record.state !== AgentState.READY) {
    record.idleSinceMs = sinceMs;
    record.missed.clear();
    record.setUpFailures = 0;
  }
  record.state = event.state;
  record.reason = event.reason;
  record.sinceMs = sinceMs;
  record.pendingState = event.pendingState;
  record.pendingReason = event.pendingReason;
  if (event.state === AgentState.UNREACHABLE) state.timers.arm('lost', record.agentId, sinceMs + state.rules.lostGraceMs);
}

function slotChanged(state: RoutingState, record: AgentRecord, event: AgentSlotChanged, timeMs: number): void {
  const sinceMs = event.since?.getTime() ?? timeMs;
  if (event.state === SlotState.IDLE) {
    const before = record.slots.get(event.slot);
    record.slots.delete(event.slot);
    // A refused, missed or cancelled offer is no work: the agent has been idle all the time.
    if (before !== undefined && before.state !== SlotState.RESERVED) record.idleSinceMs = sinceMs;
    if (record.state === AgentState.UNREACHABLE) state.timers.arm('lost', record.agentId, Math.max(timeMs, record.sinceMs + state.rules.lostGraceMs));
    return;
  }
  record.slots.set(event.slot, {
    slot: event.slot,
    channel: event.slot.slice(0, event.slot.lastIndexOf('.')),
    state: event.state,
    contactId: event.contactId,
    offerId: event.offerId,
    assignmentId: event.assignmentId,
    sinceMs,
    hold: event.hold,
  });
}

/** Applies a fact of the domain `agent`, and what an offer's end says of its agent. Gives whether nothing else is to be done. */
export function evolveAgent(state: RoutingState, fact: RoutingFact): boolean {
  const { timeMs } = fact;
  switch (fact.type) {
    case 'patchbay.agent.v1.AgentSignedIn': {
      const record = recordOf(state, fact.key, timeMs);
      record.device = fact.event.device;
      record.sessionId = fact.event.sessionId;
      record.aliveUntilMs = timeMs + state.rules.leaseMs;
      armLease(state, record);
      agentChanged(state, record, timeMs);
      return true;
    }
    case 'patchbay.agent.v1.AgentSignedOut': {
      const record = recordOf(state, fact.key, timeMs);
      Object.assign(record, { device: '', sessionId: '', state: AgentState.SIGNED_OUT, reason: '', sinceMs: timeMs, pendingState: AgentState.UNSPECIFIED, pendingReason: '' });
      agentChanged(state, record, timeMs);
      return true;
    }
    case 'patchbay.agent.v1.AgentStateChanged': {
      const record = recordOf(state, fact.key, timeMs);
      stateChanged(state, record, fact.event, timeMs);
      agentChanged(state, record, timeMs);
      return true;
    }
    case 'patchbay.agent.v1.AgentSlotChanged': {
      const record = recordOf(state, fact.key, timeMs);
      slotChanged(state, record, fact.event, timeMs);
      agentChanged(state, record, timeMs);
      return true;
    }
    case 'patchbay.agent.v1.AgentSkillsOverridden': {
      const untilMs = fact.event.until?.getTime() ?? timeMs;
      recordOf(state, fact.key, timeMs).skillOverride = { skills: fact.event.skills, untilMs };
      state.timers.arm('skills', fact.key, untilMs);
      applySkills(state, fact.key, timeMs);
      return true;
    }
    case 'patchbay.agent.v1.AgentSkillsRestored': {
      recordOf(state, fact.key, timeMs).skillOverride = undefined;
      applySkills(state, fact.key, timeMs);
      return true;
    }
    case 'patchbay.routing.v1.OfferMissed': {
      const { missed } = recordOf(state, fact.event.agentId, timeMs);
      const channel = state.offers.get(fact.event.offerId)?.channel ?? '';
      missed.set(channel, (missed.get(channel) ?? 0) + 1);
      return false;
    }
    case 'patchbay.routing.v1.OfferRejected': {
      recordOf(state, fact.event.agentId, timeMs).missed.clear();
      return false;
    }
    case 'patchbay.routing.v1.OfferFailed': {
      const record = recordOf(state, fact.event.agentId, timeMs);
      record.setUpFailures += 1;
      record.delayUntilMs = fact.event.agentDelayedUntil?.getTime() ?? 0;
      state.timers.arm('delay', record.agentId, record.delayUntilMs);
      return false;
    }
    default:
      return false;
  }
}
