import { AgentState, ChangedBy, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import type { SetStateRequest, SignInRequest, SignOutRequest } from '@patchbay/contracts/agent/v1/agent_service';
import { ClosedBy, QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { exclusiveChannels } from './agent-policy.ts';
import { systemDispositions } from './system-dispositions.ts';
import { cancelFacts, closeFacts, pendingSignOut, stateFact } from './fact-builders.ts';
import { agentFact, type RoutingFact } from './facts.ts';
import { done, nothing, refuse, type Decision, type DecisionContext } from './inputs.ts';
import { backInLine } from './placement.ts';
import type { AgentRecord } from './records.ts';
import type { RoutingState } from './state.ts';

export const isSignedIn = (record: AgentRecord | undefined): record is AgentRecord => record !== undefined && record.state !== AgentState.SIGNED_OUT;

/** Whether the agent has contacts or wrap-ups: offers alone do not count. */
function hasInHand(record: AgentRecord): boolean {
  for (const slot of record.slots.values()) if (slot.state !== SlotState.RESERVED) return true;
  return false;
}

/** Takes the agent's open offers back and puts their contacts in line again. */
export function giveBackFacts(state: RoutingState, record: AgentRecord, reason: string, context: DecisionContext): RoutingFact[] {
  const facts: RoutingFact[] = [];
  for (const slot of record.slots.values()) {
    const offer = slot.state === SlotState.RESERVED ? state.offers.get(slot.offerId) : undefined;
    const waiting = offer === undefined ? undefined : state.requests.get(offer.requestId);
    if (offer !== undefined && waiting !== undefined) {
      const others = waiting.offers.size > 1;
      facts.push(...cancelFacts(state, offer, reason, context), ...(others ? [] : backInLine(state, waiting, QueueCause.AGENT_LOST, context)));
    }
  }
  return facts;
}

/** Signs in, not ready. A second desk takes over from the first and finds the state as it is; one that was lost starts not ready. */
export function decideSignIn(state: RoutingState, request: SignInRequest, context: DecisionContext): Decision {
  const { agentId } = request;
  if (!state.centre.agents.has(agentId)) return refuse('ROUTING_UNKNOWN_AGENT');
  const record = state.agents.get(agentId);
  const sessionId = context.newId();
  const facts = [agentFact('AgentSignedIn', context.nowMs, { agentId, device: request.device.slice(0, 16), sessionId, epoch: context.epoch })];
  if (!isSignedIn(record) || record.state === AgentState.UNREACHABLE) {
    facts.push(stateFact(agentId, { state: AgentState.NOT_READY, reason: '', by: ChangedBy.AGENT, ...pendingSignOut(record) }, context));
  }
  return { facts, outcome: { kind: 'signedIn', sessionId } };
}

/** Signs the agent out; what rings goes back in line. */
export function signOutFacts(state: RoutingState, record: AgentRecord, how: { by: ChangedBy; reason: string; actor?: string; why?: string }, context: DecisionContext): RoutingFact[] {
  const signedOut = { agentId: record.agentId, by: how.by, actor: how.actor ?? '', reason: how.why ?? '' };
  return [...giveBackFacts(state, record, how.reason, context), agentFact('AgentSignedOut', context.nowMs, signedOut)];
}

export function decideSignOut(state: RoutingState, { request, by, actor = '' }: { request: SignOutRequest; by: ChangedBy; actor?: string }, context: DecisionContext): Decision {
  const record = state.agents.get(request.agentId);
  if (!isSignedIn(record)) return nothing;
  if (hasInHand(record)) return refuse('ROUTING_AGENT_ENGAGED');
  return { facts: signOutFacts(state, record, { by, reason: 'agent_signed_out', actor }, context), outcome: done };
}

const chosenStates: ReadonlySet<AgentState> = new Set([AgentState.READY, AgentState.NOT_READY, AgentState.BREAK]);

/** Changes the state; what would take the agent away from contacts in hand waits until the last wrap-up is done. */
export function decideSetState(state: RoutingState, { request, by, actor = '' }: { request: SetStateRequest; by: ChangedBy; actor?: string }, context: DecisionContext): Decision {
  const record = state.agents.get(request.agentId);
  const reason = request.state === AgentState.READY ? '' : request.reason.slice(0, 64);
  if (!chosenStates.has(request.state)) return refuse('ROUTING_BAD_STATE');
  if (request.state === AgentState.BREAK && reason === '') return refuse('ROUTING_REASON_NEEDED');
  if (!isSignedIn(record) || record.state === AgentState.UNREACHABLE) return refuse('ROUTING_NOT_SIGNED_IN');
  if (record.pendingState === AgentState.SIGNED_OUT && by !== ChangedBy.TEAM_LEAD) return refuse('ROUTING_SIGN_OUT_PENDING');
  const waits = request.state !== AgentState.READY && record.slots.size > 0;
  if (waits) {
    if (record.pendingState === request.state && record.pendingReason === reason) return nothing;
    const { agentId, state: current, reason: currentReason, sinceMs } = record;
    const pending = { pendingState: request.state, pendingReason: reason };
    return { facts: [agentFact('AgentStateChanged', context.nowMs, { agentId, state: current, reason: currentReason, since: new Date(sinceMs), by, actor, ...pending })], outcome: done };
  }
  const same = record.state === request.state && record.reason === reason;
  if (same && record.pendingState === AgentState.UNSPECIFIED) return nothing;
  const fact = agentFact('AgentStateChanged', context.nowMs, {
    agentId: record.agentId,
    state: request.state,
    reason,
    // Taking a pending break back does not begin a new spell of readiness.
    since: new Date(same ? record.sinceMs : context.nowMs),
    by,
    actor,
    pendingState: AgentState.UNSPECIFIED,
    pendingReason: '',
  });
  return { facts: [fact], outcome: done };
}

/** The heartbeat stopped: offers go back at once, contacts in hand stay for the grace. */
export function decideLease(state: RoutingState, agentId: string, context: DecisionContext): Decision {
  const record = state.agents.get(agentId);
  if (!isSignedIn(record) || record.state === AgentState.UNREACHABLE || record.aliveUntilMs > context.nowMs) return nothing;
  return {
    facts: [...giveBackFacts(state, record, 'agent_lost', context), stateFact(agentId, { state: AgentState.UNREACHABLE, reason: 'heartbeat', by: ChangedBy.LOST_HEARTBEAT, ...pendingSignOut(record) }, context)],
    outcome: done,
  };
}

/**
 * The agent stayed away over the grace: text contacts go back in line at their old place, wrap-ups close, and an agent
 * without a call left is signed out. A call stays: its medium, not the desk, carries it.
 */
export function decideStayedAway(state: RoutingState, agentId: string, context: DecisionContext): Decision {
  const record = state.agents.get(agentId);
  if (record === undefined || record.state !== AgentState.UNREACHABLE || record.sinceMs + state.rules.lostGraceMs > context.nowMs) return nothing;
  const facts: RoutingFact[] = [];
  let stays = false;
  for (const slot of record.slots.values()) {
    const assignment = state.assignments.get(slot.assignmentId);
    if (assignment === undefined) continue;
    if (assignment.wrapUp === undefined && exclusiveChannels.has(slot.channel)) {
      stays = true;
      continue;
    }
    facts.push(...closeFacts(state, assignment, { disposition: systemDispositions.agentLost, by: ClosedBy.SYSTEM }, context));
    const again = { ...assignment.request, requestedAtMs: context.nowMs };
    if (assignment.wrapUp === undefined) facts.push(...backInLine(state, again, QueueCause.AGENT_LOST, context));
  }
  if (!stays) facts.push(...signOutFacts(state, record, { by: ChangedBy.LOST_HEARTBEAT, reason: 'agent_lost' }, context));
  return { facts, outcome: done };
}

/** An agent whose resource is gone gets nothing more, and is signed out as soon as nothing is in hand. */
export function decideAgentApplied(state: RoutingState, agentId: string, context: DecisionContext): Decision {
  const record = state.agents.get(agentId);
  if (state.centre.agents.has(agentId) || !isSignedIn(record)) return nothing;
  const facts = hasInHand(record)
    ? giveBackFacts(state, record, 'agent_removed', context)
    : signOutFacts(state, record, { by: ChangedBy.SYSTEM, reason: 'agent_removed' }, context);
  return { facts, outcome: done };
}
