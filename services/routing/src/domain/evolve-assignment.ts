import type { AssignmentClosed, ContactAssigned, ContactParked, ParkingEnded, WrapUpStarted } from '@patchbay/contracts/routing/v1/routing_event';
import { rememberFamiliar, touchContact } from './contact-memory.ts';
import { countAnswer, quarterOf } from './counters.ts';
import { countsOf, dropOffer, dropRequest } from './evolve-request.ts';
import type { RoutingFact } from './facts.ts';
import type { ParkedContact } from './records.ts';
import { loadOf, type RoutingState } from './state.ts';
import { systemDispositions } from './system-dispositions.ts';

function assigned(state: RoutingState, event: ContactAssigned, timeMs: number): void {
  const request = dropOffer(state, event.offerId);
  if (request === undefined) return;
  dropRequest(state, request);
  const waitedMs = Number(event.waitedMs);
  const { assignmentId, offerId, agentId } = event;
  state.assignments.set(assignmentId, { assignmentId, offerId, agentId, request, assignedAtMs: timeMs, waitedMs, wrapUp: undefined });
  const record = touchContact(state, event.contactId, timeMs);
  record.openRequestId = undefined;
  record.endedRequests.set(event.requestId, 'assigned');
  record.openAssignments.add(assignmentId);
  loadOf(state, request.queue).engaged += 1;
  if (event.callBack) countsOf(state, request.queue, timeMs).calledBack += 1;
  else if (!request.answered && !request.leftMessage) countAnswer(countsOf(state, request.queue, timeMs), waitedMs, 1);
  if (event.customerId !== '') rememberFamiliar(state, event.customerId, { agentId, sinceMs: timeMs });
  const agent = state.agents.get(agentId);
  if (agent !== undefined) agent.missed.clear();
}

function wrapUpStarted(state: RoutingState, event: WrapUpStarted, timeMs: number): void {
  const assignment = state.assignments.get(event.assignmentId);
  if (assignment === undefined) return;
  assignment.wrapUp = { startedAtMs: timeMs, endsAtMs: event.endsAt?.getTime() };
  if (event.endsAt !== undefined) state.timers.arm('wrapUp', event.assignmentId, event.endsAt.getTime());
  loadOf(state, assignment.request.queue).engaged -= 1;
  state.changedQueues.add(assignment.request.queue);
  touchContact(state, event.contactId, timeMs);
}

function closed(state: RoutingState, event: AssignmentClosed, timeMs: number): void {
  const assignment = state.assignments.get(event.assignmentId);
  if (assignment === undefined) return;
  const { offerId, agentId, request } = assignment;
  const failed = event.disposition === systemDispositions.setUpFailed;
  state.assignments.delete(event.assignmentId);
  if (assignment.wrapUp === undefined) {
    loadOf(state, request.queue).engaged -= 1;
    state.changedQueues.add(request.queue);
  }
  const record = touchContact(state, event.contactId, timeMs);
  record.openAssignments.delete(event.assignmentId);
  record.closedAssignments.set(event.assignmentId, { offerId, agentId, by: event.closedBy, failed });
  if (failed) {
    if (request.callBack === undefined && !request.leftMessage && !request.answered) countAnswer(countsOf(state, request.queue, assignment.assignedAtMs), assignment.waitedMs, -1);
    return;
  }
  const agent = state.agents.get(agentId);
  const busyMs = Number(event.handledMs + event.wrapUpMs);
  const counts = countsOf(state, request.queue, timeMs);
  counts.handled += 1;
  counts.handledMs += busyMs;
  counts.handledSquaredMs += busyMs * busyMs;
  if (agent !== undefined) {
    const quarter = quarterOf(agent.handled, timeMs, () => ({ count: 0, busyMs: 0 }));
    // A contact that was put aside is counted when it is done.
    if (event.disposition !== systemDispositions.parked) quarter.count += 1;
    quarter.busyMs += busyMs;
    agent.setUpFailures = 0;
  }
}

/** Remembers a parked contact, live or restored. */
export function keepParked(state: RoutingState, parked: ParkedContact): void {
  const { contactId } = parked.request;
  state.parked.set(contactId, parked);
  const own = state.parkedBy.get(parked.agentId) ?? new Set();
  state.parkedBy.set(parked.agentId, own.add(contactId));
  state.timers.arm('parked', contactId, parked.untilMs);
}

function parked(state: RoutingState, event: ContactParked, timeMs: number): void {
  const assignment = state.assignments.get(event.assignmentId);
  if (assignment === undefined || event.until === undefined) return;
  keepParked(state, { request: assignment.request, agentId: event.agentId, sinceMs: timeMs, untilMs: event.until.getTime(), lastMessageId: event.lastMessageId });
  state.changedAgents.add(event.agentId);
}

function parkingEnded(state: RoutingState, { contactId, agentId }: ParkingEnded, timeMs: number): void {
  if (!state.parked.delete(contactId)) return;
  const others = state.parkedBy.get(agentId);
  others?.delete(contactId);
  if (others?.size === 0) state.parkedBy.delete(agentId);
  touchContact(state, contactId, timeMs);
  state.changedAgents.add(agentId);
}

/** Applies a fact of a contact that an agent has. */
export function evolveAssignment(state: RoutingState, fact: RoutingFact): void {
  switch (fact.type) {
    case 'patchbay.routing.v1.ContactAssigned':
      assigned(state, fact.event, fact.timeMs);
      break;
    case 'patchbay.routing.v1.WrapUpStarted':
      wrapUpStarted(state, fact.event, fact.timeMs);
      break;
    case 'patchbay.routing.v1.WrapUpExtended': {
      const wrapUp = state.assignments.get(fact.event.assignmentId)?.wrapUp;
      if (wrapUp !== undefined && fact.event.endsAt !== undefined) {
        wrapUp.endsAtMs = fact.event.endsAt.getTime();
        state.changedAgents.add(fact.event.agentId);
        state.timers.arm('wrapUp', fact.event.assignmentId, wrapUp.endsAtMs);
      }
      break;
    }
    case 'patchbay.routing.v1.ContactParked':
      parked(state, fact.event, fact.timeMs);
      break;
    case 'patchbay.routing.v1.ParkingEnded':
      parkingEnded(state, fact.event, fact.timeMs);
      break;
    case 'patchbay.routing.v1.AssignmentClosed':
      closed(state, fact.event, fact.timeMs);
      break;
    default:
      break;
  }
}
