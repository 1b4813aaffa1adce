import type { CallBack } from '@patchbay/contracts/contact/v1/contact_event';
import { QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { ClosingPolicy } from '@patchbay/contracts/directory/v1/resource';
import { afterClosing, callBackArrivalFacts } from './call-back.ts';
import { ageMs, expiredFact, queuedFact, refusedFact, type QueuedFields } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import { isOpen } from './hours.ts';
import type { DecisionContext } from './inputs.ts';
import type { PlanPolicy } from './plan-policy.ts';
import type { QueuePolicy } from './queue-policy.ts';
import { rankOf } from './rank.ts';
import { isWaiting, type Request } from './records.ts';
import { relaxed } from './relaxation.ts';
import { mergeRequirements } from './requirement.ts';
import { loadOf, type RoutingState } from './state.ts';
import { preferredAgent } from './sticky.ts';
import { surgeOverflow } from './surge-effects.ts';

/** Queues that one request is sent on to, at most: a loop of plans ends here. */
export const maxHops = 5;

/** Whether a queue's hours hold; queues without hours are always open. */
export function isQueueOpen(state: RoutingState, policy: QueuePolicy, nowMs: number): boolean {
  const hours = policy.hours === '' ? undefined : state.centre.hours.get(policy.hours);
  return hours === undefined || isOpen(hours, state.centre.timeZone, nowMs);
}

/** Why a queue does not take one more contact now; undefined when it does. */
function refusalOf(state: RoutingState, policy: QueuePolicy | undefined, context: DecisionContext): string | undefined {
  if (policy === undefined) return 'unknown_queue';
  if (!isQueueOpen(state, policy, context.nowMs)) return 'hours';
  if (policy.maxWaiting > 0 && loadOf(state, policy.name).requests.size >= policy.maxWaiting) return 'full';
  return undefined;
}

/** The request as it waits in one queue: what queue and target ask and give, over what it brings along. */
function waitingIn(state: RoutingState, fields: QueuedFields, policy: QueuePolicy, target: number, context: DecisionContext): QueuedFields {
  const place = state.centre.plans.get(fields.plan)?.targets[target];
  const requirement = mergeRequirements(policy.requirement, place?.requirement, fields.asked);
  const priority = policy.priority + (place?.priority ?? 0) + fields.askedPriority;
  const waiting = { ...fields, queue: policy.name, target, requirement, relaxations: [], preferredUntilMs: 0, priority, rank: rankOf(state, { queue: policy.name, priority, enqueuedAtMs: fields.enqueuedAtMs }, context.nowMs) };
  return relaxed(state, policy.sticky === undefined ? waiting : { ...waiting, ...preferredAgent(state, waiting, context) }, context);
}

/** The first target of a plan that takes the request now, or why the first that was passed over did not. */
interface NextTarget {
  readonly found: QueuedFields | undefined;
  readonly reason: string | undefined;
  /** Queue of the first target that was passed over. */
  readonly passedOver: string;
  /** The first target that takes the request but is paused. */
  readonly paused: QueuedFields | undefined;
}

function nextTarget(state: RoutingState, plan: PlanPolicy, fields: QueuedFields, from: number, context: DecisionContext): NextTarget {
  let reason: string | undefined;
  let passedOver = '';
  let paused: QueuedFields | undefined;
  const customerValue = state.notes.get(fields.contactId)?.customerValue ?? 0;
  for (let index = from; index < plan.targets.length; index += 1) {
    const target = plan.targets[index];
    if (target === undefined || customerValue < target.minCustomerValue) continue;
    const policy = state.centre.queues.get(target.queue);
    let refusal = target.timeoutMs > 0 && ageMs(fields, context) >= target.timeoutMs ? 'wait' : refusalOf(state, policy, context);
    if (refusal === undefined && policy !== undefined) {
      const found = waitingIn(state, fields, policy, index, context);
      const isServed = !target.skipWithoutAgent || state.index.hasAgentFor(found);
      const isPaused = state.pausedQueues.has(policy.name);
      if (isServed && !isPaused) return { found, reason, passedOver, paused };
      if (isServed) paused ??= found;
      refusal = isServed ? 'paused' : 'no_agent';
    }
    reason ??= refusal;
    if (passedOver === '') passedOver = target.queue;
  }
  return { found: undefined, reason, passedOver, paused };
}

function overflowedFact(fields: QueuedFields, how: { from: string; to: string; reason: string; action?: string }, context: DecisionContext): RoutingFact {
  const { contactId, requestId, plan } = fields;
  return contactFact('ContactOverflowed', context.nowMs, {
    contactId,
    requestId,
    fromQueue: how.from,
    toQueue: how.to,
    waitedMs: BigInt(ageMs(fields, context)),
    reason: how.reason,
    action: how.action ?? '',
    plan,
  });
}

/** What a plan does with a request that no target takes; undefined when the request stays where it waits. */
function finalFacts(state: RoutingState, plan: PlanPolicy, fields: QueuedFields, how: { from: string; reason: string }, context: DecisionContext): RoutingFact[] | undefined {
  const { then } = plan;
  switch (then.kind) {
    case 'queue': {
      const policy = state.centre.queues.get(then.queue);
      const refusal = fields.hops >= maxHops || fields.target >= plan.targets.length ? how.reason : refusalOf(state, policy, context);
      if (refusal !== undefined || policy === undefined) return undefined;
      const next = { ...waitingIn(state, fields, policy, plan.targets.length, context), hops: fields.hops + 1 };
      return [overflowedFact(fields, { ...how, to: policy.name }, context), queuedFact(state, next, QueueCause.OVERFLOW, context)];
    }
    case 'leave':
      return [overflowedFact(fields, { ...how, to: '', action: then.action }, context)];
    case 'refuse':
      return [refusedFact({ ...fields, queue: how.from }, then.reason === '' ? how.reason : then.reason, context)];
    case 'stay':
      return undefined;
  }
}

/** A new request: where it begins to wait, or why it does not. @param fields with the queue that was asked for, empty for the plan's */
export function arrivalFacts(state: RoutingState, fields: QueuedFields, cause: QueueCause, context: DecisionContext, callBack?: CallBack): RoutingFact[] {
  const facts = placeArrival(state, fields, cause, context, callBack);
  return callBack === undefined && !fields.leftMessage ? divertedBySurge(state, fields, facts, context) : facts;
}

/** While a surge sends newcomers elsewhere, one who would wait in its queue waits there, as long as that queue takes them. */
function divertedBySurge(state: RoutingState, fields: QueuedFields, facts: RoutingFact[], context: DecisionContext): RoutingFact[] {
  const last = facts.at(-1);
  if (last?.type !== 'patchbay.routing.v1.ContactQueued') return facts;
  const from = last.event.queue;
  const to = surgeOverflow(state.surges, from);
  const policy = to === undefined || surgeOverflow(state.surges, to) !== undefined ? undefined : state.centre.queues.get(to);
  if (policy === undefined || refusalOf(state, policy, context) !== undefined) return facts;
  const next = { ...waitingIn(state, { ...fields, plan: '' }, policy, 0, context), hops: fields.hops + facts.length };
  return [...facts.slice(0, -1), overflowedFact(fields, { from, to: policy.name, reason: 'surge' }, context), queuedFact(state, next, QueueCause.OVERFLOW, context)];
}

function placeArrival(state: RoutingState, fields: QueuedFields, cause: QueueCause, context: DecisionContext, callBack?: CallBack): RoutingFact[] {
  if (callBack !== undefined) {
    const policy = state.centre.queues.get(fields.queue);
    const waiting = policy === undefined ? fields : waitingIn(state, { ...fields, plan: '' }, policy, 0, context);
    return callBackArrivalFacts(state, callBack, waiting, cause, context);
  }
  if (fields.leftMessage) {
    const policy = state.centre.queues.get(fields.queue);
    return [policy === undefined ? refusedFact(fields, 'unknown_queue', context) : queuedFact(state, waitingIn(state, { ...fields, plan: '' }, policy, 0, context), cause, context)];
  }
  const plan = state.centre.plans.get(fields.plan);
  if (plan === undefined) {
    const policy = state.centre.queues.get(fields.queue);
    const refusal = refusalOf(state, policy, context);
    if (refusal !== undefined || policy === undefined) return [refusedFact(fields, refusal ?? 'unknown_queue', context)];
    return [queuedFact(state, waitingIn(state, { ...fields, plan: '' }, policy, 0, context), cause, context)];
  }
  const { found, reason, passedOver, paused } = nextTarget(state, plan, fields, 0, context);
  const how = { from: passedOver === '' ? fields.queue : passedOver, reason: reason ?? 'no_agent' };
  if (found === undefined) {
    // Where the plan knows nothing else to do, who comes waits in the paused queue.
    const waits = paused === undefined ? [refusedFact({ ...fields, queue: how.from }, how.reason, context)] : [queuedFact(state, paused, cause, context)];
    return finalFacts(state, plan, fields, how, context) ?? waits;
  }
  if (reason === undefined) return [queuedFact(state, found, cause, context)];
  return [overflowedFact(fields, { from: passedOver, to: found.queue, reason }, context), queuedFact(state, { ...found, hops: 1 }, QueueCause.OVERFLOW, context)];
}

/** Sends a request on to the next target of its plan, or to the plan's end; undefined when it stays where it is. */
export function moveOnFacts(state: RoutingState, request: QueuedFields, reason: string, context: DecisionContext): RoutingFact[] | undefined {
  const plan = state.centre.plans.get(request.plan);
  if (plan === undefined) return undefined;
  const from = request.queue;
  const { found } = request.hops < maxHops ? nextTarget(state, plan, request, request.target + 1, context) : { found: undefined };
  if (found === undefined) return finalFacts(state, plan, request, { from, reason }, context);
  return [overflowedFact(request, { from, to: found.queue, reason }, context), queuedFact(state, { ...found, hops: request.hops + 1 }, QueueCause.OVERFLOW, context)];
}

/** A waiting request in another queue by a team lead's word: its place kept, on no plan any more, however full the queue is. */
export function moveToQueueFacts(state: RoutingState, request: QueuedFields, policy: QueuePolicy, context: DecisionContext): RoutingFact[] {
  const next = waitingIn(state, { ...request, plan: '' }, policy, 0, context);
  return [overflowedFact(request, { from: request.queue, to: policy.name, reason: 'moved' }, context), queuedFact(state, next, QueueCause.OVERFLOW, context)];
}

/** A customer who turns out to be worth more goes back to a target above for such customers (大客户); undefined when none takes them. */
export function upgradeFacts(state: RoutingState, request: QueuedFields, context: DecisionContext): RoutingFact[] | undefined {
  const plan = state.centre.plans.get(request.plan);
  if (plan === undefined || request.hops >= maxHops) return undefined;
  const above = { ...plan, targets: plan.targets.slice(0, request.target).map((target) => (target.minCustomerValue > 0 ? target : { ...target, minCustomerValue: Infinity })) };
  const { found } = nextTarget(state, above, request, 0, context);
  if (found === undefined) return undefined;
  return [overflowedFact(request, { from: request.queue, to: found.queue, reason: 'value' }, context), queuedFact(state, { ...found, hops: request.hops + 1 }, QueueCause.OVERFLOW, context)];
}

/** Whether the request has been waiting as long as its target lets it. */
export function isTargetOver(state: RoutingState, request: QueuedFields, context: DecisionContext): boolean {
  const timeoutMs = state.centre.plans.get(request.plan)?.targets[request.target]?.timeoutMs ?? 0;
  return timeoutMs > 0 && ageMs(request, context) >= timeoutMs;
}

/** What the end of a queue's hours does to one who waits in it; undefined when nothing. */
export function closingFacts(state: RoutingState, policy: QueuePolicy, request: QueuedFields, context: DecisionContext): RoutingFact[] | undefined {
  const later = afterClosing(state, policy, request, context);
  if (later !== undefined) return later;
  if (request.leftMessage || policy.closing === ClosingPolicy.DRAIN || isQueueOpen(state, policy, context.nowMs)) return undefined;
  const moved = policy.closing === ClosingPolicy.OVERFLOW ? moveOnFacts(state, request, 'hours', context) : undefined;
  return moved ?? [refusedFact(request, 'hours', context)];
}

/** Priority of a request with what has become known of its customer since. */
export function priorityNow(state: RoutingState, request: QueuedFields, nowMs: number): Pick<QueuedFields, 'priority' | 'askedPriority' | 'rank'> {
  const askedPriority = Math.max(request.askedPriority, state.notes.get(request.contactId)?.customerPriority ?? 0);
  const priority = request.priority + askedPriority - request.askedPriority;
  return { askedPriority, priority, rank: Math.max(request.rank, rankOf(state, { ...request, priority }, nowMs)) };
}

/** Whether a customer has waited as long as the queue lets; a call-back or a message may wait for ever. */
function isPatienceOver(policy: QueuePolicy, request: QueuedFields, context: DecisionContext): boolean {
  return request.callBack === undefined && !request.leftMessage && policy.maxWaitMs > 0 && ageMs(request, context) >= policy.maxWaitMs;
}

/**
 * Back in line at the old place; or on, when its target is over or its queue has closed; or out, when it has waited as
 * long as its queue allows or the queue is gone.
 */
export function backInLine(state: RoutingState, request: QueuedFields, cause: QueueCause, context: DecisionContext, preferredUntilMs = 0): RoutingFact[] {
  const policy = state.centre.queues.get(request.queue);
  if (policy === undefined || isPatienceOver(policy, request, context)) return [expiredFact(request, context)];
  const now = { ...request, ...priorityNow(state, request, context.nowMs), preferredUntilMs };
  const moved = isTargetOver(state, now, context) ? moveOnFacts(state, now, 'wait', context) : undefined;
  return moved ?? closingFacts(state, policy, now, context) ?? [queuedFact(state, relaxed(state, now, context), cause, context)];
}

/** The age of its target, or of its queue's patience, is reached. An offer that rings just now decides with its end. */
export function waitOverFacts(state: RoutingState, request: Request | undefined, context: DecisionContext): RoutingFact[] {
  if (request === undefined || !isWaiting(request)) return [];
  const policy = state.centre.queues.get(request.queue);
  if (policy === undefined || isPatienceOver(policy, request, context)) return [expiredFact(request, context)];
  return isTargetOver(state, request, context) ? (moveOnFacts(state, request, 'wait', context) ?? []) : [];
}
