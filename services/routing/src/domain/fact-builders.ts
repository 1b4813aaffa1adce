import { AgentState, SlotState, type ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import type { SkillRequirement } from '@patchbay/contracts/contact/v1/contact';
import type { ClosedBy, QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { agentFact, contactFact, type RoutingFact } from './facts.ts';
import type { DecisionContext } from './inputs.ts';
import type { AgentRecord, Assignment, Offer, Request, Slot } from './records.ts';
import type { RoutingState } from './state.ts';

/** What goes into `ContactQueued`; a `Request` has it all. */
export interface QueuedFields {
  readonly requestId: string;
  readonly contactId: string;
  readonly queue: string;
  readonly channel: string;
  readonly skills: readonly SkillRequirement[];
  readonly priority: number;
  readonly enqueuedAtMs: number;
  readonly requestedAtMs: number;
  readonly preferredAgentId: string;
  readonly attempt: number;
}

export function queuedFact(state: RoutingState, fields: QueuedFields, cause: QueueCause, context: DecisionContext): RoutingFact {
  return contactFact('ContactQueued', context.nowMs, {
    contactId: fields.contactId,
    requestId: fields.requestId,
    queue: fields.queue,
    requirement: { skills: [...fields.skills] },
    priority: fields.priority,
    enqueuedAt: new Date(fields.enqueuedAtMs),
    cause,
    channel: fields.channel,
    preferredAgentId: fields.preferredAgentId,
    domain: state.centre.domain,
    epoch: context.epoch,
    attempt: fields.attempt,
    requestedAt: new Date(fields.requestedAtMs),
  });
}

/** Priority of a request with what has become known of its customer since. */
export function priorityNow(state: RoutingState, request: Pick<Request, 'contactId' | 'queue' | 'priority'>): number {
  const customerPriority = state.notes.get(request.contactId)?.customerPriority ?? 0;
  return Math.max(request.priority, (state.centre.queues.get(request.queue)?.priority ?? 0) + customerPriority);
}

/** Back in line at the old place; or out, when it has waited as long as its queue allows or the queue is gone. */
export function backInLine(state: RoutingState, request: QueuedFields, cause: QueueCause, context: DecisionContext): RoutingFact {
  const policy = state.centre.queues.get(request.queue);
  const waitedMs = context.nowMs - request.requestedAtMs;
  if (policy === undefined || (policy.maxWaitMs > 0 && waitedMs >= policy.maxWaitMs)) return expiredFact(request, context);
  return queuedFact(state, { ...request, priority: priorityNow(state, request) }, cause, context);
}

export function expiredFact(request: QueuedFields, context: DecisionContext): RoutingFact {
  const { contactId, requestId, queue, requestedAtMs } = request;
  return contactFact('RoutingExpired', context.nowMs, { contactId, requestId, queue, waitedMs: BigInt(Math.max(0, context.nowMs - requestedAtMs)) });
}

/** One slot of an agent as it is from now on. */
export function slotFact(agentId: string, slot: Pick<Slot, 'slot' | 'state'> & Partial<Slot>, context: DecisionContext): RoutingFact {
  return agentFact('AgentSlotChanged', context.nowMs, {
    agentId,
    slot: slot.slot,
    state: slot.state,
    contactId: slot.contactId ?? '',
    offerId: slot.offerId ?? '',
    assignmentId: slot.assignmentId ?? '',
    since: new Date(context.nowMs),
    epoch: context.epoch,
  });
}

/** Frees the slot of an offer, or of the assignment it became. */
export function releaseFacts(record: AgentRecord | undefined, offerId: string, context: DecisionContext): RoutingFact[] {
  if (record === undefined) return [];
  return [...record.slots.values()].filter((slot) => slot.offerId === offerId).map(({ slot }) => slotFact(record.agentId, { slot, state: SlotState.IDLE }, context));
}

/** Takes an open offer back; what becomes of the contact is told by the fact after it. */
export function cancelFacts(state: RoutingState, offer: Offer, reason: string, context: DecisionContext): RoutingFact[] {
  const { contactId, offerId, agentId } = offer;
  return [contactFact('OfferCancelled', context.nowMs, { contactId, offerId, agentId, reason }), ...releaseFacts(state.agents.get(agentId), offerId, context)];
}

/** The agent's state from now on. */
export function stateFact(agentId: string, change: { state: AgentState; reason: string; by: ChangedBy }, context: DecisionContext): RoutingFact {
  return agentFact('AgentStateChanged', context.nowMs, {
    agentId,
    state: change.state,
    reason: change.reason,
    since: new Date(context.nowMs),
    by: change.by,
    pendingState: AgentState.UNSPECIFIED,
    pendingReason: '',
  });
}

/** Closes an assignment and frees its slot. */
export function closeFacts(state: RoutingState, assignment: Assignment, how: { disposition: string; notes?: string; by: ClosedBy }, context: DecisionContext): RoutingFact[] {
  const { assignmentId, agentId, wrapUp, assignedAtMs, offerId } = assignment;
  const endedMs = wrapUp?.startedAtMs ?? context.nowMs;
  return [
    contactFact('AssignmentClosed', context.nowMs, {
      contactId: assignment.request.contactId,
      assignmentId,
      agentId,
      disposition: how.disposition,
      notes: how.notes ?? '',
      closedBy: how.by,
      handledMs: BigInt(Math.max(0, endedMs - assignedAtMs)),
      wrapUpMs: BigInt(Math.max(0, context.nowMs - endedMs)),
    }),
    ...releaseFacts(state.agents.get(agentId), offerId, context),
  ];
}
