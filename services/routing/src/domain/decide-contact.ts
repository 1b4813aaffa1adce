import { EndReason, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import type { SkillRequirement } from '@patchbay/contracts/contact/v1/contact';
import type { ContactEnded, ContactIdentified, RoutingRequested, RoutingWithdrawn } from '@patchbay/contracts/contact/v1/contact_event';
import { QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import type { QueuePolicy } from './centre.ts';
import { endOfContactFacts } from './decide-wrap-up.ts';
import { cancelFacts, priorityNow, queuedFact } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import { isOpen } from './hours.ts';
import { done, nothing, type Decision, type DecisionContext } from './inputs.ts';
import type { ContactRecord, Request } from './records.ts';
import { loadOf, type RoutingState } from './state.ts';

/** The queue's requirement and the request's together: of each skill the higher level, by name. */
export function mergeSkills(left: readonly SkillRequirement[], right: readonly SkillRequirement[]): SkillRequirement[] {
  const levels = new Map<string, number>();
  for (const { skill, minLevel } of [...left, ...right]) levels.set(skill, Math.max(minLevel, levels.get(skill) ?? 0));
  return [...levels].sort(([one], [other]) => (one < other ? -1 : 1)).map(([skill, minLevel]) => ({ skill, minLevel }));
}

function refusalOf(state: RoutingState, policy: QueuePolicy | undefined, context: DecisionContext): string | undefined {
  if (policy === undefined) return 'unknown_queue';
  const hours = policy.hours === '' ? undefined : state.centre.hours.get(policy.hours);
  if (hours !== undefined && !isOpen(hours, state.centre.timeZone, context.nowMs)) return 'hours';
  if (policy.maxWaiting > 0 && loadOf(state, policy.name).requests.size >= policy.maxWaiting) return 'full';
  return undefined;
}

/** Ends an open request: its offer is taken back at once, then it is abandoned or closed. */
function endRequestFacts(state: RoutingState, request: Request, reason: WithdrawalReason, context: DecisionContext): RoutingFact[] {
  const { contactId, requestId, queue } = request;
  const offer = request.offerId === undefined ? undefined : state.offers.get(request.offerId);
  const left = reason === WithdrawalReason.CUSTOMER_LEFT;
  const facts = offer === undefined ? [] : cancelFacts(state, offer, left ? 'customer_left' : 'withdrawn', context);
  if (!left) return [...facts, contactFact('RoutingClosed', context.nowMs, { contactId, requestId, queue, reason })];
  const waitedMs = Math.max(0, context.nowMs - request.requestedAtMs);
  const shortAbandon = waitedMs <= (state.centre.queues.get(queue)?.shortAbandonMs ?? 0);
  return [...facts, contactFact('ContactAbandoned', context.nowMs, { contactId, requestId, queue, waitedMs: BigInt(waitedMs), shortAbandon, whileOffered: offer !== undefined })];
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
  return { facts: [...supersedeFacts(state, record, context), ...handOverFacts(state, record, context)], outcome: done };
}

/**
 * A contact asks for an agent. A second request of the same contact takes the place of the first, and of the agent who
 * has the contact, who goes on to wrap-up: that is a transfer.
 */
export function decideRequested(state: RoutingState, event: RoutingRequested, timeMs: number, context: DecisionContext): Decision {
  const { contactId, requestId } = event;
  const record = state.contacts.get(contactId);
  if (state.requests.has(requestId) || record?.endedRequests.has(requestId) === true) return nothing;
  const facts = supersedeFacts(state, record, context);
  const note = state.notes.get(contactId);
  if (note?.ended === true || note?.withdrawn.has(requestId) === true) {
    facts.push(contactFact('RoutingClosed', context.nowMs, { contactId, requestId, queue: event.queue, reason: WithdrawalReason.FAILED }));
    return { facts, outcome: done };
  }
  const policy = state.centre.queues.get(event.queue);
  const refusal = refusalOf(state, policy, context);
  if (refusal !== undefined || policy === undefined) {
    facts.push(contactFact('ContactRefused', context.nowMs, { contactId, requestId, reason: refusal ?? 'unknown_queue', queue: event.queue }));
    return { facts, outcome: done };
  }
  const handOver = handOverFacts(state, record, context);
  facts.push(...handOver);
  const requestedAtMs = Math.min(context.nowMs, timeMs);
  facts.push(
    queuedFact(
      state,
      {
        requestId,
        contactId,
        queue: policy.name,
        channel: event.channel,
        skills: mergeSkills(policy.skills, event.requirement?.skills ?? []),
        priority: policy.priority + Math.max(event.priority, note?.customerPriority ?? 0),
        enqueuedAtMs: Math.min(requestedAtMs, event.firstEnqueuedAt?.getTime() ?? requestedAtMs),
        requestedAtMs,
        preferredAgentId: event.preferredAgentId,
        attempt: 0,
      },
      handOver.length > 0 ? QueueCause.TRANSFERRED : QueueCause.FIRST,
      context,
    ),
  );
  return { facts, outcome: done };
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
  const facts: RoutingFact[] = [];
  const request = record.openRequestId === undefined ? undefined : state.requests.get(record.openRequestId);
  if (request !== undefined) facts.push(...endRequestFacts(state, request, withdrawalByEnd.get(event.reason) ?? WithdrawalReason.FAILED, context));
  return { facts: [...facts, ...handOverFacts(state, record, context)], outcome: done };
}

/** The customer became known while waiting: a more valued one moves up. An offered one keeps its offer. */
export function decideIdentified(state: RoutingState, event: ContactIdentified, context: DecisionContext): Decision {
  const requestId = state.contacts.get(event.contactId)?.openRequestId;
  const request = requestId === undefined ? undefined : state.requests.get(requestId);
  if (request === undefined || request.offerId !== undefined) return nothing;
  const priority = priorityNow(state, request);
  if (priority <= request.priority) return nothing;
  return { facts: [queuedFact(state, { ...request, priority }, QueueCause.PRIORITY_CHANGED, context)], outcome: done };
}
