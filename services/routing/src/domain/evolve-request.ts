import { ClosingPolicy } from '@patchbay/contracts/directory/v1/resource';
import { QueueCause, type CallBackState, type ContactOffered, type ContactQueued } from '@patchbay/contracts/routing/v1/routing_event';
import { countArrival } from './arrivals.ts';
import { closesAtMs } from './calendar.ts';
import { touchContact } from './contact-memory.ts';
import { countAbandon, createQueueCounts, quarterOf, type QueueCounts } from './counters.ts';
import type { RoutingFact } from './facts.ts';
import { isWaiting, lineKeyMs, type CallBackRecord, type Request, type RequestEnd } from './records.ts';
import { starvesAtMs } from './rank.ts';
import { nextRelaxationMs } from './relaxation.ts';
import { noRequirement } from './requirement.ts';
import { loadOf, type RoutingState } from './state.ts';

/** Causes with which a contact enters a queue, rather than comes back to it. */
const entering: ReadonlySet<QueueCause> = new Set([QueueCause.FIRST, QueueCause.TRANSFERRED, QueueCause.OVERFLOW]);

/** Causes with which a contact comes back from an agent who had it. */
const comesBack: ReadonlySet<QueueCause> = new Set([QueueCause.AGENT_LOST, QueueCause.REASSIGNED, QueueCause.RESUMED]);

/** Counts of a queue at a moment. */
export function countsOf(state: RoutingState, queue: string, timeMs: number): QueueCounts {
  let quarters = state.counters.get(queue);
  if (quarters === undefined) {
    quarters = new Map();
    state.counters.set(queue, quarters);
  }
  return quarterOf(quarters, timeMs, createQueueCounts);
}

/** Takes a request out of the tables of those that are open. */
export function dropRequest(state: RoutingState, request: Request): void {
  state.requests.delete(request.requestId);
  state.index.leave(request);
  loadOf(state, request.queue).requests.delete(request);
  state.changedQueues.add(request.queue);
}

function newRequest(event: ContactQueued): Request {
  return {
    requestId: event.requestId,
    contactId: event.contactId,
    queue: event.queue,
    channel: event.channel,
    requirement: noRequirement,
    asked: noRequirement,
    relaxations: [],
    priority: 0,
    askedPriority: 0,
    rank: 0,
    plan: '',
    target: 0,
    hops: 0,
    enqueuedAtMs: 0,
    keyMs: 0,
    requestedAtMs: 0,
    preferredAgentId: '',
    attempt: 0,
    answered: false,
    skips: new Map(),
    preferredUntilMs: 0,
    callBack: undefined,
    leftMessage: false,
    offers: new Set(),
    place: undefined,
  };
}

function queued(state: RoutingState, event: ContactQueued, timeMs: number): void {
  if (event.domain !== state.centre.domain) return;
  const record = touchContact(state, event.contactId, timeMs);
  record.openRequestId = event.requestId;
  const request = state.requests.get(event.requestId) ?? newRequest(event);
  if (comesBack.has(event.cause) && record.endedRequests.get(event.requestId) === 'assigned') request.answered = true;
  record.endedRequests.delete(event.requestId);
  request.leftMessage = event.leftMessage;
  if (request.queue !== event.queue) {
    loadOf(state, request.queue).requests.delete(request);
    state.changedQueues.add(request.queue);
  }
  request.queue = event.queue;
  request.channel = event.channel;
  request.requirement = event.requirement ?? noRequirement;
  request.asked = event.asked ?? noRequirement;
  request.relaxations = event.relaxations;
  request.priority = event.priority;
  request.askedPriority = event.askedPriority;
  request.rank = event.rank;
  request.plan = event.plan;
  request.target = event.target;
  request.hops = event.hops;
  request.enqueuedAtMs = event.enqueuedAt?.getTime() ?? timeMs;
  request.keyMs = lineKeyMs(request.enqueuedAtMs, request.priority, request.rank);
  request.requestedAtMs = event.requestedAt?.getTime() ?? request.enqueuedAtMs;
  request.preferredAgentId = event.preferredAgentId;
  request.preferredUntilMs = event.preferredUntil?.getTime() ?? 0;
  // An agent who comes free again counts for those who waited for the preferred one alone.
  if (request.preferredUntilMs > 0) state.timers.arm('retry', request.requestId, request.preferredUntilMs);
  request.attempt = event.attempt;
  state.requests.set(request.requestId, request);
  request.callBack = event.callBack === undefined ? undefined : toCallBackRecord(event.callBack);
  line(state, request, timeMs);
  if (entering.has(event.cause)) {
    const counts = countsOf(state, request.queue, timeMs);
    if (request.callBack === undefined && !request.leftMessage) {
      counts.offered += 1;
      countArrival(state.arrivals, request.queue, timeMs);
    } else if (request.callBack !== undefined) counts.callBacks += 1;
    counts.prioritySeconds += request.priority;
  }
  armWait(state, request);
  armRelaxation(state, request);
  armStarving(state, request);
  armClosing(state, request.queue, { nowMs: timeMs, callBack: request.callBack !== undefined });
  state.changedQueues.add(request.queue);
}

function toCallBackRecord({ notBefore, failedAttempts, maxAttempts, spacingSeconds }: CallBackState): CallBackRecord {
  return { notBeforeMs: notBefore?.getTime() ?? 0, failedAttempts, maxAttempts, spacingMs: spacingSeconds * 1_000 };
}

/**
 * Puts a request in line; a call-back whose time has not come is kept beside it, at its place, and counts nowhere until then.
 * Who waits in a paused queue counts, and is kept beside the line.
 */
export function line(state: RoutingState, request: Request, nowMs: number): void {
  const notBeforeMs = request.callBack?.notBeforeMs ?? 0;
  if (notBeforeMs <= nowMs) {
    if (state.pausedQueues.has(request.queue)) state.index.leave(request);
    else state.index.join(request);
    loadOf(state, request.queue).requests.add(request);
    state.changedQueues.add(request.queue);
    return;
  }
  state.index.leave(request);
  loadOf(state, request.queue).requests.delete(request);
  state.timers.arm('callBack', request.requestId, notBeforeMs);
}

/** Arms the ages at which the wait ends, or goes on elsewhere; 0 is no limit, a queue that is gone has none to wait for. */
export function armWait(state: RoutingState, request: Request): void {
  const policy = state.centre.queues.get(request.queue);
  if ((request.callBack !== undefined || request.leftMessage) && policy !== undefined) return;
  const armAge = (ageMs: number) => {
    if (ageMs > 0) state.timers.arm('wait', request.requestId, request.requestedAtMs + ageMs);
  };
  armAge(policy === undefined ? 1 : policy.maxWaitMs);
  if (request.plan !== '') armAge(state.centre.plans.get(request.plan)?.targets[request.target]?.timeoutMs ?? 0);
}

/** Arms the age of the next step that lets more agents serve a request. */
export function armRelaxation(state: RoutingState, request: Request): void {
  const dueMs = nextRelaxationMs(state, request);
  if (dueMs !== undefined) state.timers.arm('relax', request.requestId, dueMs);
}

/** Arms the wait after which a request is passed over by nobody. */
export function armStarving(state: RoutingState, request: Request): void {
  const dueMs = starvesAtMs(state, request);
  if (dueMs !== undefined) state.timers.arm('starve', request.requestId, dueMs);
}

/** How far ahead a queue's hours are looked at again when their end is not in sight. */
const lookAgainMs = 6 * 86_400_000;

/**
 * Arms the one timer that looks after those who wait when a queue's hours end; queues whose hours end for newcomers only
 * have none, unless call-backs wait there.
 */
export function armClosing(state: RoutingState, queue: string, { nowMs, callBack }: { nowMs: number; callBack: boolean }): void {
  const policy = state.centre.queues.get(queue);
  const hours = policy === undefined || (policy.closing === ClosingPolicy.DRAIN && !callBack) ? undefined : state.centre.hours.get(policy.hours);
  const load = loadOf(state, queue);
  if (hours === undefined || load.closesAtMs > nowMs) return;
  load.closesAtMs = closesAtMs(hours, state.centre.timeZone, nowMs) ?? nowMs + lookAgainMs;
  state.timers.arm('closing', queue, load.closesAtMs);
}

function offered(state: RoutingState, event: ContactOffered, timeMs: number): void {
  const request = state.requests.get(event.requestId);
  if (request === undefined) return;
  touchContact(state, event.contactId, timeMs);
  state.index.leave(request);
  if (isWaiting(request)) loadOf(state, request.queue).offered += 1;
  request.offers.add(event.offerId);
  loadOf(state, request.queue).requests.add(request);
  state.lastOffered.set(event.queue, event.agentId);
  request.attempt += 1;
  const expiresAtMs = event.expiresAt?.getTime() ?? timeMs;
  state.offers.set(event.offerId, { offerId: event.offerId, requestId: event.requestId, contactId: event.contactId, agentId: event.agentId, queue: event.queue, channel: event.channel, expiresAtMs });
  state.timers.arm('offer', event.offerId, expiresAtMs);
  state.changedQueues.add(request.queue);
}

/** Ends an open offer, however it ended. */
export function dropOffer(state: RoutingState, offerId: string): Request | undefined {
  const offer = state.offers.get(offerId);
  if (offer === undefined) return undefined;
  state.offers.delete(offerId);
  state.changedQueues.add(offer.queue);
  const request = state.requests.get(offer.requestId);
  if (request?.offers.delete(offerId) === true && isWaiting(request)) loadOf(state, request.queue).offered -= 1;
  return request;
}

function passOver(state: RoutingState, request: Request | undefined, agentId: string, until: Date | undefined): void {
  if (request === undefined || until === undefined) return;
  request.skips.set(agentId, until.getTime());
  state.timers.arm('retry', request.requestId, until.getTime());
}

function ended(state: RoutingState, event: { contactId: string; requestId: string }, end: RequestEnd, timeMs: number): void {
  const record = touchContact(state, event.contactId, timeMs);
  record.endedRequests.set(event.requestId, end);
  if (record.openRequestId === event.requestId) record.openRequestId = undefined;
  const request = state.requests.get(event.requestId);
  if (request !== undefined) dropRequest(state, request);
}

/** Applies a fact of a request that waits or is offered. */
export function evolveRequest(state: RoutingState, fact: RoutingFact): void {
  const { timeMs } = fact;
  switch (fact.type) {
    case 'patchbay.routing.v1.ContactQueued':
      queued(state, fact.event, timeMs);
      break;
    case 'patchbay.routing.v1.ContactOffered':
      offered(state, fact.event, timeMs);
      break;
    case 'patchbay.routing.v1.OfferRejected':
    case 'patchbay.routing.v1.OfferMissed':
      passOver(state, dropOffer(state, fact.event.offerId), fact.event.agentId, fact.event.retryAgentAt);
      break;
    case 'patchbay.routing.v1.OfferCancelled':
    case 'patchbay.routing.v1.OfferFailed':
      dropOffer(state, fact.event.offerId);
      break;
    case 'patchbay.routing.v1.ContactSteered':
      passOver(state, state.requests.get(fact.event.requestId), fact.event.fromAgentId, fact.event.retryAgentAt);
      break;
    case 'patchbay.routing.v1.ContactAbandoned': {
      const request = state.requests.get(fact.event.requestId);
      if (request?.answered === false && !request.leftMessage) {
        countAbandon(countsOf(state, fact.event.queue, timeMs), Number(fact.event.waitedMs), fact.event.shortAbandon);
      }
      ended(state, fact.event, 'abandoned', timeMs);
      break;
    }
    case 'patchbay.routing.v1.ContactOverflowed':
      countsOf(state, fact.event.fromQueue, timeMs).overflowed += 1;
      if (fact.event.toQueue === '') ended(state, fact.event, 'overflowed', timeMs);
      break;
    case 'patchbay.routing.v1.CallBackScheduled':
      touchContact(state, fact.event.contactId, timeMs);
      break;
    case 'patchbay.routing.v1.ContactRefused':
      ended(state, fact.event, 'refused', timeMs);
      break;
    case 'patchbay.routing.v1.RoutingExpired':
      ended(state, fact.event, 'expired', timeMs);
      break;
    case 'patchbay.routing.v1.RoutingClosed':
      ended(state, fact.event, 'closed', timeMs);
      break;
    default:
      break;
  }
}
