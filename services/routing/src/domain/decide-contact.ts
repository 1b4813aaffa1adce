import { EndReason, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import type { ContactEnded, ContactIdentified, RoutingRequested, RoutingWithdrawn } from '@patchbay/contracts/contact/v1/contact_event';
import { ParkingEnd, QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { endOfContactFacts } from './decide-wrap-up.ts';
import { cancelAllFacts, queuedFact, type QueuedFields } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import { done, nothing, type Decision, type DecisionContext } from './inputs.ts';
import { parkingEndedFacts } from './park.ts';
import { arrivalFacts, priorityNow, upgradeFacts } from './placement.ts';
import { isWaiting, type ContactRecord, type Request } from './records.ts';
import { mergeRequirements } from './requirement.ts';
import type { RoutingState } from './state.ts';
import { preferredAgent } from './sticky.ts';

/** Ends an open request: its offer is taken back at once, then it is abandoned or closed. */
function endRequestFacts(state: RoutingState, request: Request, reason: WithdrawalReason, context: DecisionContext): RoutingFact[] {
  const { contactId, requestId, queue } = request;
  // Who takes a call-back or a message back was not kept waiting.
  const left = reason === WithdrawalReason.CUSTOMER_LEFT && request.callBack === undefined && !request.leftMessage;
  const whileOffered = !isWaiting(request);
  const facts = cancelAllFacts(state, request, left ? 'customer_left' : 'withdrawn', context);
  if (!left) return [...facts, contactFact('RoutingClosed', context.nowMs, { contactId, requestId, queue, reason })];
  const waitedMs = Math.max(0, context.nowMs - request.requestedAtMs);
  const shortAbandon = waitedMs <= (state.centre.queues.get(queue)?.shortAbandonMs ?? 0);
  return [...facts, contactFact('ContactAbandoned', context.nowMs, { contactId, requestId, queue, waitedMs: BigInt(waitedMs), shortAbandon, whileOffered })];
}

/** A newer request takes the place of the open one. */
function supersedeFacts(state: RoutingState, record: ContactRecord | undefined, context: DecisionContext): RoutingFact[] {
  const request = record?.openRequestId === undefined ? undefined : state.requests.get(record.openRequestId);
  return request === undefined ? [] : endRequestFacts(state, request, WithdrawalReason.MOVED, context);
}

/** Whoever has the contact goes on to wrap-up. */
function handOverFacts(state: RoutingState, record: ContactRecord | undefined, context: DecisionContext): RoutingFact[] {
  const facts: RoutingFact[] = [];
  for (const id of record?.openAssignments ?? []) {
    const assignment = state.assignments.get(id);
    if (assignment !== undefined && assignment.wrapUp === undefined) facts.push(...endOfContactFacts(state, assignment, context));
  }
  return facts;
}

/** The contact asks for an agent of another routing domain: what it has here ends. */
export function decideMovedAway(state: RoutingState, event: RoutingRequested, context: DecisionContext): Decision {
  const record = state.contacts.get(event.contactId);
  return { facts: [...parkingEndedFacts(state, event.contactId, ParkingEnd.MOVED, context), ...supersedeFacts(state, record, context), ...handOverFacts(state, record, context)], outcome: done };
}

/**
 * A contact asks for an agent. A second request of the same contact takes the place of the first, and of the agent who
 * has the contact, who goes on to wrap-up: that is a transfer.
 */
export function decideRequested(state: RoutingState, event: RoutingRequested, timeMs: number, context: DecisionContext): Decision {
  const { contactId, requestId } = event;
  const record = state.contacts.get(contactId);
  if (state.requests.has(requestId) || record?.endedRequests.has(requestId) === true) return nothing;
  const facts = [...parkingEndedFacts(state, contactId, ParkingEnd.MOVED, context), ...supersedeFacts(state, record, context)];
  const note = state.notes.get(contactId);
  if (note?.ended === true || note?.withdrawn.has(requestId) === true) {
    facts.push(contactFact('RoutingClosed', context.nowMs, { contactId, requestId, queue: event.queue, reason: WithdrawalReason.FAILED }));
    return { facts, outcome: done };
  }
  // A request that goes nowhere leaves the agent who has the contact with it.
  const arrival = arrivalFacts(state, toQueuedFields(state, event, timeMs, context), QueueCause.FIRST, context, event.callBack);
  const handOver = arrival.some((fact) => fact.type === 'patchbay.routing.v1.ContactQueued') ? handOverFacts(state, record, context) : [];
  return { facts: [...facts, ...handOver, ...(handOver.length > 0 ? arrival.map(asTransferred) : arrival)], outcome: done };
}

/** The request before it waits anywhere: what it asks and brings along. */
function toQueuedFields(state: RoutingState, event: RoutingRequested, timeMs: number, context: DecisionContext): QueuedFields {
  const requestedAtMs = Math.min(context.nowMs, timeMs);
  const asked = mergeRequirements(event.requirement);
  const askedPriority = Math.max(event.priority, state.notes.get(event.contactId)?.customerPriority ?? 0);
  return {
    requestId: event.requestId,
    contactId: event.contactId,
    queue: event.queue,
    channel: event.channel,
    requirement: asked,
    asked,
    relaxations: [],
    priority: askedPriority,
    askedPriority,
    rank: 0,
    enqueuedAtMs: Math.min(requestedAtMs, event.firstEnqueuedAt?.getTime() ?? requestedAtMs),
    requestedAtMs,
    preferredAgentId: event.preferredAgentId,
    preferredUntilMs: 0,
    attempt: 0,
    plan: event.plan === '' ? (state.centre.queues.get(event.queue)?.plan ?? '') : event.plan,
    target: 0,
    hops: 0,
    callBack: undefined,
    leftMessage: event.leftMessage,
  };
}

/** An entry into a queue that comes from an agent rather than from outside. */
function asTransferred(fact: RoutingFact): RoutingFact {
  const isFirst = fact.type === 'patchbay.routing.v1.ContactQueued' && fact.event.cause === QueueCause.FIRST;
  return isFirst ? { ...fact, event: { ...fact.event, cause: QueueCause.TRANSFERRED } } : fact;
}

/** The contact no longer asks: abandoned when the customer left, closed otherwise. An assigned request is past that. */
export function decideWithdrawn(state: RoutingState, event: RoutingWithdrawn, context: DecisionContext): Decision {
  const request = state.requests.get(event.requestId);
  return request === undefined ? nothing : { facts: endRequestFacts(state, request, event.reason, context), outcome: done };
}

const withdrawalByEnd: ReadonlyMap<EndReason, WithdrawalReason> = new Map([
  [EndReason.CUSTOMER_LEFT, WithdrawalReason.CUSTOMER_LEFT],
  [EndReason.SELF_SERVED, WithdrawalReason.SELF_SERVED],
]);

/** The contact is over on its medium: whoever has it wraps up; a request still open, though nobody withdrew it, ends too. */
export function decideEnded(state: RoutingState, event: ContactEnded, context: DecisionContext): Decision {
  const record = state.contacts.get(event.contactId);
  if (record === undefined) return nothing;
  const facts = parkingEndedFacts(state, event.contactId, ParkingEnd.ENDED, context);
  const request = record.openRequestId === undefined ? undefined : state.requests.get(record.openRequestId);
  if (request !== undefined) facts.push(...endRequestFacts(state, request, withdrawalByEnd.get(event.reason) ?? WithdrawalReason.FAILED, context));
  return { facts: [...facts, ...handOverFacts(state, record, context)], outcome: done };
}

/** The customer became known while waiting: a more valued one moves up, one whom an agent knows waits for that agent first. An offered one keeps its offer. */
export function decideIdentified(state: RoutingState, event: ContactIdentified, context: DecisionContext): Decision {
  const requestId = state.contacts.get(event.contactId)?.openRequestId;
  const request = requestId === undefined ? undefined : state.requests.get(requestId);
  if (request === undefined || !isWaiting(request)) return nothing;
  const now = { ...priorityNow(state, request, context.nowMs), ...preferredAgent(state, request, context) };
  const upgraded = upgradeFacts(state, { ...request, ...now }, context);
  if (upgraded !== undefined) return { facts: upgraded, outcome: done };
  if (now.priority <= request.priority && now.preferredAgentId === request.preferredAgentId) return nothing;
  return { facts: [queuedFact(state, { ...request, ...now }, QueueCause.PRIORITY_CHANGED, context)], outcome: done };
}
