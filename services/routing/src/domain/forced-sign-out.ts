import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { ClosedBy, QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { exclusiveChannels } from './agent-policy.ts';
import { giveBackFacts, isSignedIn, signOutFacts } from './decide-agent.ts';
import { takeAwayFacts } from './decide-steering.ts';
import { closeFacts, stateFact } from './fact-builders.ts';
import { agentFact, type RoutingFact } from './facts.ts';
import { done, nothing, refuse, type Decision, type DecisionContext } from './inputs.ts';
import type { Lead } from './lead.ts';
import type { AgentRecord } from './records.ts';
import type { RoutingState } from './state.ts';
import { systemDispositions } from './system-dispositions.ts';

/** Whether a call, or its wrap-up, is in hand: a sign-out by force waits for its end. */
function hasCall(record: AgentRecord, state: RoutingState): boolean {
  return [...record.slots.values()].some((slot) => state.assignments.has(slot.assignmentId) && exclusiveChannels.has(slot.channel));
}

/** Whether a call goes on that its medium carries. */
function isCalling(record: AgentRecord, state: RoutingState): boolean {
  return [...record.slots.values()].some((slot) => exclusiveChannels.has(slot.channel) && state.assignments.get(slot.assignmentId)?.wrapUp === undefined && state.assignments.has(slot.assignmentId));
}

/** Text goes back in line at its place, wrap-ups close, the agent is out. */
function leaveFacts(state: RoutingState, record: AgentRecord, how: { by: ChangedBy; closedBy: ClosedBy; actor: string; why: string }, context: DecisionContext): RoutingFact[] {
  const disposition = systemDispositions.forcedOut;
  const inHand = [...record.slots.values()].flatMap((slot) => state.assignments.get(slot.assignmentId) ?? []);
  const left = inHand.flatMap((assignment) =>
    assignment.wrapUp === undefined
      ? takeAwayFacts(state, assignment, { disposition, cause: QueueCause.REASSIGNED }, context)
      : closeFacts(state, assignment, { disposition, by: how.closedBy }, context),
  );
  return [...left, ...signOutFacts(state, record, { by: how.by, reason: 'agent_signed_out', actor: how.actor, why: how.why }, context)];
}

/**
 * A team lead signs the agent out (强制签出), whatever is in hand. During a call it waits, as a break that was asked for does,
 * for the end of the call and its wrap-up; meanwhile nothing new rings.
 */
export function decideForcedOut(state: RoutingState, { agentId, lead }: { agentId: string; lead: Lead }, context: DecisionContext): Decision {
  const record = state.agents.get(agentId);
  if (!isSignedIn(record)) return state.centre.agents.has(agentId) ? nothing : refuse('ROUTING_UNKNOWN_AGENT');
  const { actor, reason } = lead;
  if (!isCalling(record, state)) return { facts: leaveFacts(state, record, { by: ChangedBy.TEAM_LEAD, closedBy: ClosedBy.TEAM_LEAD, actor, why: reason }, context), outcome: done };
  if (record.pendingState === AgentState.SIGNED_OUT) return nothing;
  const pending = agentFact('AgentStateChanged', context.nowMs, { ...asItIs(record), by: ChangedBy.TEAM_LEAD, actor, pendingState: AgentState.SIGNED_OUT, pendingReason: reason });
  return { facts: [...giveBackFacts(state, record, 'agent_signed_out', context), pending], outcome: done };
}

function asItIs({ agentId, state, reason, sinceMs }: AgentRecord) {
  return { agentId, state, reason, since: new Date(sinceMs) };
}

/** Takes back a sign-out that waits for the end of a call. */
export function decideWithdrawSignOut(state: RoutingState, { agentId, actor }: { agentId: string; actor: string }, context: DecisionContext): Decision {
  const record = state.agents.get(agentId);
  if (record === undefined) return state.centre.agents.has(agentId) ? nothing : refuse('ROUTING_UNKNOWN_AGENT');
  if (record.pendingState !== AgentState.SIGNED_OUT) return nothing;
  const none = { pendingState: AgentState.UNSPECIFIED, pendingReason: '' };
  return { facts: [agentFact('AgentStateChanged', context.nowMs, { ...asItIs(record), by: ChangedBy.TEAM_LEAD, actor, ...none })], outcome: done };
}

/** What was asked for with a contact in hand, when its time has come: states with the last wrap-up, a sign-out with that of the call. */
export function pendingStateFacts(state: RoutingState, record: AgentRecord, context: DecisionContext): RoutingFact[] {
  const { pendingState, pendingReason, agentId } = record;
  if (pendingState === AgentState.UNSPECIFIED) return [];
  if (pendingState === AgentState.SIGNED_OUT) {
    return hasCall(record, state) ? [] : leaveFacts(state, record, { by: ChangedBy.SYSTEM, closedBy: ClosedBy.SYSTEM, actor: '', why: pendingReason }, context);
  }
  return record.slots.size > 0 ? [] : [stateFact(agentId, { state: pendingState, reason: pendingReason, by: ChangedBy.SYSTEM }, context)];
}
