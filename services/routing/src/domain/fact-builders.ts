import { AgentState, SlotHold, SlotState, type ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import type { CallBackState, ClosedBy, QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { agentFact, contactFact, type RoutingFact } from './facts.ts';
import type { DecisionContext } from './inputs.ts';
import type { AgentRecord, Assignment, CallBackRecord, Offer, Request, Slot } from './records.ts';
import type { RoutingState } from './state.ts';

/** What goes into `ContactQueued`. */
export type QueuedFields = Pick<
  Request,
  | 'requestId'
  | 'contactId'
  | 'queue'
  | 'channel'
  | 'requirement'
  | 'asked'
  | 'relaxations'
  | 'priority'
  | 'rank'
  | 'askedPriority'
  | 'enqueuedAtMs'
  | 'requestedAtMs'
  | 'preferredAgentId'
  | 'preferredUntilMs'
  | 'attempt'
  | 'plan'
  | 'target'
  | 'hops'
  | 'callBack'
  | 'leftMessage'
>;

function toCallBackState({ notBeforeMs, failedAttempts, maxAttempts, spacingMs }: CallBackRecord): CallBackState {
  return { notBefore: notBeforeMs === 0 ? undefined : new Date(notBeforeMs), failedAttempts, maxAttempts, spacingSeconds: Math.round(spacingMs / 1_000) };
}

export function queuedFact(state: RoutingState, fields: QueuedFields, cause: QueueCause, context: DecisionContext): RoutingFact {
  return contactFact('ContactQueued', context.nowMs, {
    contactId: fields.contactId,
    requestId: fields.requestId,
    queue: fields.queue,
    requirement: fields.requirement,
    priority: fields.priority,
    enqueuedAt: new Date(fields.enqueuedAtMs),
    cause,
    channel: fields.channel,
    preferredAgentId: fields.preferredAgentId,
    domain: state.centre.domain,
    epoch: context.epoch,
    attempt: fields.attempt,
    requestedAt: new Date(fields.requestedAtMs),
    plan: fields.plan,
    target: fields.target,
    hops: fields.hops,
    asked: fields.asked,
    askedPriority: fields.askedPriority,
    rank: fields.rank,
    callBack: fields.callBack === undefined ? undefined : toCallBackState(fields.callBack),
    leftMessage: fields.leftMessage,
    relaxations: [...fields.relaxations],
    preferredUntil: fields.preferredUntilMs === 0 ? undefined : new Date(fields.preferredUntilMs),
  });
}

/** Milliseconds since a request was made. */
export function ageMs(request: Pick<Request, 'requestedAtMs'>, context: DecisionContext): number {
  return Math.max(0, context.nowMs - request.requestedAtMs);
}

export function expiredFact(request: QueuedFields, context: DecisionContext): RoutingFact {
  const { contactId, requestId, queue } = request;
  return contactFact('RoutingExpired', context.nowMs, { contactId, requestId, queue, waitedMs: BigInt(ageMs(request, context)) });
}

export function refusedFact(request: Pick<Request, 'contactId' | 'requestId' | 'queue'>, reason: string, context: DecisionContext): RoutingFact {
  const { contactId, requestId, queue } = request;
  return contactFact('ContactRefused', context.nowMs, { contactId, requestId, reason, queue });
}

/** The agent has the contact from now on. */
export function assignedFact(state: RoutingState, request: Request, to: { offerId: string; agentId: string; assignmentId: string }, context: DecisionContext): RoutingFact {
  const { contactId, requestId, queue } = request;
  return contactFact('ContactAssigned', context.nowMs, {
    contactId,
    assignmentId: to.assignmentId,
    offerId: to.offerId,
    requestId,
    agentId: to.agentId,
    queue,
    epoch: context.epoch,
    waitedMs: BigInt(ageMs(request, context)),
    callBack: request.callBack !== undefined,
    customerId: state.notes.get(contactId)?.customerId ?? '',
  });
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
    hold: slot.hold ?? SlotHold.UNSPECIFIED,
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

/** Takes every open offer of a request back. @param except one that stays */
export function cancelAllFacts(state: RoutingState, request: Request, reason: string, context: DecisionContext, except = ''): RoutingFact[] {
  return [...request.offers].flatMap((offerId) => {
    const offer = offerId === except ? undefined : state.offers.get(offerId);
    return offer === undefined ? [] : cancelFacts(state, offer, reason, context);
  });
}

/** A sign-out by force that waits for the end of a call: other changes of the state leave it as it is. */
export function pendingSignOut(record: AgentRecord | undefined): { pendingState?: AgentState; pendingReason?: string } {
  return record?.pendingState === AgentState.SIGNED_OUT ? { pendingState: record.pendingState, pendingReason: record.pendingReason } : {};
}

/** The agent's state from now on; what was pending is dropped unless it is given. */
export function stateFact(agentId: string, change: { state: AgentState; reason: string; by: ChangedBy; actor?: string; pendingState?: AgentState; pendingReason?: string }, context: DecisionContext): RoutingFact {
  return agentFact('AgentStateChanged', context.nowMs, {
    agentId,
    state: change.state,
    reason: change.reason,
    since: new Date(context.nowMs),
    by: change.by,
    pendingState: change.pendingState ?? AgentState.UNSPECIFIED,
    pendingReason: change.pendingReason ?? '',
    actor: change.actor ?? '',
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
