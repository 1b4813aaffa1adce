import { AgentState, SlotHold, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { WrapUpHold, WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import { ClosedBy } from '@patchbay/contracts/routing/v1/routing_event';
import type { CloseAssignmentRequest, ExtendWrapUpRequest } from '@patchbay/contracts/routing/v1/routing_service';
import type { WrapUpPolicy } from './queue-policy.ts';
import { systemDispositions } from './system-dispositions.ts';
import { closeFacts, slotFact } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import { done, nothing, refuse, type Decision, type DecisionContext, type Refusal } from './inputs.ts';
import type { Assignment } from './records.ts';
import type { RoutingState } from './state.ts';
import { surgeWrapUpMs } from './surge-effects.ts';

const noWrapUp: WrapUpPolicy = { mode: WrapUpMode.NONE, limitMs: 0, extensionMs: 0, dispositions: '', hold: WrapUpHold.UNSPECIFIED };

const slotHolds: Readonly<Record<number, SlotHold>> = { [WrapUpHold.ALL]: SlotHold.ALL, [WrapUpHold.SLOT]: SlotHold.SLOT };

function wrapUpOf(state: RoutingState, queue: string): WrapUpPolicy {
  const policy = state.centre.queues.get(queue)?.wrapUp ?? noWrapUp;
  const limitMs = surgeWrapUpMs(state.surges, queue, policy.limitMs);
  return limitMs === policy.limitMs ? policy : { ...policy, limitMs };
}

/**
 * The contact of an assignment is over: wrap-up begins, or the assignment closes where there is none to do. An agent who
 * was lost longer ago than the grace has nobody to do it.
 */
export function endOfContactFacts(state: RoutingState, assignment: Assignment, context: DecisionContext): RoutingFact[] {
  const { assignmentId, agentId, offerId, request } = assignment;
  const policy = wrapUpOf(state, request.queue);
  const record = state.agents.get(agentId);
  if (record === undefined || (record.state === AgentState.UNREACHABLE && context.nowMs >= record.sinceMs + state.rules.lostGraceMs)) {
    return closeFacts(state, assignment, { disposition: systemDispositions.agentLost, by: ClosedBy.SYSTEM }, context);
  }
  if (policy.mode === WrapUpMode.NONE) return closeFacts(state, assignment, { disposition: '', by: ClosedBy.TIME }, context);
  const endsAt = policy.limitMs === 0 ? undefined : new Date(context.nowMs + policy.limitMs);
  const facts = [contactFact('WrapUpStarted', context.nowMs, { contactId: request.contactId, assignmentId, agentId, endsAt })];
  for (const slot of record.slots.values()) {
    if (slot.offerId === offerId) facts.push(slotFact(agentId, { slot: slot.slot, state: SlotState.WRAP_UP, contactId: request.contactId, offerId, assignmentId, hold: slotHolds[policy.hold] ?? SlotHold.UNSPECIFIED }, context));
  }
  return facts;
}

/** The limit of a wrap-up: the system writes the code that the agent did not. */
export function decideWrapUpLimit(state: RoutingState, assignmentId: string, context: DecisionContext): Decision {
  const assignment = state.assignments.get(assignmentId);
  const endsAtMs = assignment?.wrapUp?.endsAtMs;
  if (assignment === undefined || endsAtMs === undefined || endsAtMs > context.nowMs) return nothing;
  return { facts: closeFacts(state, assignment, { disposition: systemDispositions.expired, by: ClosedBy.TIME }, context), outcome: done };
}

/** More time (继续整理), where the queue gives it. */
export function decideExtend(state: RoutingState, request: ExtendWrapUpRequest, context: DecisionContext): Decision {
  const assignment = state.assignments.get(request.assignmentId);
  if (assignment === undefined || assignment.agentId !== request.agentId) return refuse('ROUTING_ASSIGNMENT_GONE');
  if (assignment.wrapUp === undefined) return refuse('ROUTING_CONTACT_OPEN');
  const { extensionMs } = wrapUpOf(state, assignment.request.queue);
  if (extensionMs <= 0 || assignment.wrapUp.endsAtMs === undefined) return refuse('ROUTING_NO_EXTENSION');
  const endsAtMs = Math.max(context.nowMs, assignment.wrapUp.endsAtMs) + extensionMs;
  const { assignmentId, agentId } = assignment;
  const { contactId } = assignment.request;
  return {
    facts: [contactFact('WrapUpExtended', context.nowMs, { contactId, assignmentId, agentId, endsAt: new Date(endsAtMs) })],
    outcome: { kind: 'extended', endsAtMs },
  };
}

/** A code must be one that can be chosen; only mandatory wrap-up insists on one. */
function dispositionFault(state: RoutingState, policy: WrapUpPolicy, disposition: string): Refusal | undefined {
  const codes = policy.dispositions === '' ? undefined : state.centre.dispositions.get(policy.dispositions);
  if (disposition === '') {
    const mandatory = policy.mode === WrapUpMode.MANDATORY || policy.mode === WrapUpMode.MANDATORY_TIMED;
    return mandatory && codes !== undefined && codes.size > 0 ? 'ROUTING_DISPOSITION_NEEDED' : undefined;
  }
  const known = codes === undefined ? disposition.length <= 64 && !disposition.startsWith('system.') : codes.has(disposition);
  return known ? undefined : 'ROUTING_DISPOSITION_UNKNOWN';
}

/** Ends the wrap-up (返回接待). Closing again what one closed oneself is answered the same. */
export function decideClose(state: RoutingState, request: CloseAssignmentRequest, by: ClosedBy, context: DecisionContext): Decision {
  const assignment = state.assignments.get(request.assignmentId);
  if (assignment === undefined || assignment.agentId !== request.agentId) {
    const closed = state.contacts.get(request.contactId)?.closedAssignments.get(request.assignmentId);
    return closed !== undefined && closed.agentId === request.agentId && closed.by === by ? nothing : refuse('ROUTING_ASSIGNMENT_GONE');
  }
  if (assignment.wrapUp === undefined) return refuse('ROUTING_CONTACT_OPEN');
  const fault = dispositionFault(state, wrapUpOf(state, assignment.request.queue), request.disposition);
  if (fault !== undefined) return refuse(fault);
  return { facts: closeFacts(state, assignment, { disposition: request.disposition, notes: request.notes, by }, context), outcome: done };
}
