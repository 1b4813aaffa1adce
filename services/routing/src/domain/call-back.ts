import type { CallBack } from '@patchbay/contracts/contact/v1/contact_event';
import { WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { ClosedBy, QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { nextOpenMs } from './calendar.ts';
import { closeFacts, queuedFact, refusedFact, type QueuedFields } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import { done, nothing, type Decision, type DecisionContext } from './inputs.ts';
import type { QueuePolicy } from './queue-policy.ts';
import type { CallBackRecord } from './records.ts';
import type { RoutingState } from './state.ts';
import { systemDispositions } from './system-dispositions.ts';

/** How far ahead a call-back may be asked for. */
const furthestMs = 30 * 86_400_000;
const mostAttempts = 3;

function toRecord(callBack: CallBack): CallBackRecord {
  const { dueAt, maxAttempts, spacingSeconds } = callBack;
  return {
    notBeforeMs: dueAt?.getTime() ?? 0,
    failedAttempts: 0,
    maxAttempts: maxAttempts > 0 ? Math.min(mostAttempts, maxAttempts) : mostAttempts,
    spacingMs: (spacingSeconds > 0 ? spacingSeconds : 900) * 1_000,
  };
}

/** When the queue is open at or after a moment; the moment itself for a queue without hours. */
function inHoursMs(state: RoutingState, policy: QueuePolicy, timeMs: number): number {
  const hours = state.centre.hours.get(policy.hours);
  return hours === undefined ? timeMs : (nextOpenMs(hours, state.centre.timeZone, timeMs) ?? timeMs + furthestMs);
}

/** Takes a call-back on, at its place, or says why not. @param waiting as it would wait in its queue */
export function callBackArrivalFacts(state: RoutingState, callBack: CallBack, waiting: QueuedFields, cause: QueueCause, context: DecisionContext): RoutingFact[] {
  const policy = state.centre.queues.get(waiting.queue);
  const dueMs = callBack.dueAt?.getTime() ?? context.nowMs;
  if (policy === undefined) return [refusedFact(waiting, 'unknown_queue', context)];
  if (!callBack.numberConfirmed) return [refusedFact(waiting, 'not_confirmed', context)];
  if (dueMs > context.nowMs + furthestMs) return [refusedFact(waiting, 'too_late', context)];
  if (inHoursMs(state, policy, dueMs) !== dueMs && callBack.dueAt !== undefined) return [refusedFact(waiting, 'hours', context)];
  const opensMs = inHoursMs(state, policy, Math.max(dueMs, context.nowMs));
  const record = { ...toRecord(callBack), notBeforeMs: opensMs > context.nowMs ? opensMs : 0 };
  const { contactId, requestId } = waiting;
  return [contactFact('CallBackScheduled', context.nowMs, { contactId, requestId, dueAt: callBack.dueAt }), queuedFact(state, { ...waiting, callBack: record }, cause, context)];
}

/** A call-back whose queue is closed now waits for the next opening; undefined when it may be offered. */
export function afterClosing(state: RoutingState, policy: QueuePolicy, fields: QueuedFields, context: DecisionContext): RoutingFact[] | undefined {
  if (fields.callBack === undefined) return undefined;
  const opensMs = inHoursMs(state, policy, context.nowMs);
  return opensMs <= context.nowMs ? undefined : [queuedFact(state, { ...fields, callBack: { ...fields.callBack, notBeforeMs: opensMs } }, QueueCause.CLOSED, context)];
}

/** The customer was not reached: tried again later, in hours, until it was tried often enough. */
export function decideCallBackFailed(state: RoutingState, event: { contactId: string; assignmentId: string }, context: DecisionContext): Decision {
  const assignment = state.assignments.get(event.assignmentId);
  const callBack = assignment?.request.callBack;
  if (assignment === undefined || callBack === undefined || assignment.wrapUp !== undefined || assignment.request.contactId !== event.contactId) return nothing;
  const { request } = assignment;
  const { contactId, requestId, queue } = request;
  const facts = closeFacts(state, assignment, { disposition: systemDispositions.callBackFailed, by: ClosedBy.SYSTEM }, context);
  const failedAttempts = callBack.failedAttempts + 1;
  const policy = state.centre.queues.get(queue);
  if (failedAttempts >= callBack.maxAttempts || policy === undefined) {
    facts.push(contactFact('RoutingClosed', context.nowMs, { contactId, requestId, queue, reason: WithdrawalReason.FAILED }));
  } else {
    const again = { ...request, callBack: { ...callBack, failedAttempts, notBeforeMs: inHoursMs(state, policy, context.nowMs + callBack.spacingMs) } };
    facts.push(queuedFact(state, again, QueueCause.CALL_BACK_AGAIN, context));
  }
  return { facts, outcome: done };
}
