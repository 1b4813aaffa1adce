import { SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { ClosedBy, ParkingEnd, QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import type { ParkContactRequest, ResumeContactRequest } from '@patchbay/contracts/routing/v1/routing_service';
import { exclusiveChannels } from './agent-policy.ts';
import { isAwaited } from './availability.ts';
import { assignedFact, closeFacts, queuedFact, slotFact } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import { freeAgent } from './free-agent.ts';
import { done, nothing, refuse, type Decision, type DecisionContext } from './inputs.ts';
import { backInLine } from './placement.ts';
import type { ParkedContact } from './records.ts';
import { freeSlotName, offerFacts } from './offer-facts.ts';
import type { RoutingState } from './state.ts';
import { systemDispositions } from './system-dispositions.ts';

const dayMs = 86_400_000;
const defaultMs = 3 * dayMs;
/** Below the seven days that facts are kept: whoever gets the contact back can still read all of it. */
const longestMs = 6 * dayMs;

/** How long one who comes back waits for the agent who knows the matter, where the queue says nothing: others who are free wait, too. */
const waitsForAgentMs = 30_000;

function endedFact({ request, agentId }: ParkedContact, cause: ParkingEnd, context: DecisionContext): RoutingFact {
  const { contactId, requestId } = request;
  return contactFact('ParkingEnded', context.nowMs, { contactId, requestId, agentId, cause });
}

/** Ends the parking of a contact that is over here; none when it is not parked. */
export function parkingEndedFacts(state: RoutingState, contactId: string, cause: ParkingEnd, context: DecisionContext): RoutingFact[] {
  const parked = state.parked.get(contactId);
  return parked === undefined ? [] : [endedFact(parked, cause, context)];
}

/** The agent puts a text contact aside until the customer writes (挂起): the slot is free, the contact comes back to the same agent first. */
export function decidePark(state: RoutingState, request: ParkContactRequest, context: DecisionContext): Decision {
  const { contactId, agentId } = request;
  const assignment = state.assignments.get(request.assignmentId);
  if (assignment === undefined || assignment.agentId !== agentId || assignment.wrapUp !== undefined) {
    const parked = state.parked.get(contactId);
    return parked?.agentId === agentId ? { facts: [], outcome: { kind: 'parked', untilMs: parked.untilMs } } : refuse('ROUTING_ASSIGNMENT_GONE');
  }
  if (exclusiveChannels.has(assignment.request.channel)) return refuse('ROUTING_NOT_TEXT');
  const untilMs = request.until?.getTime() ?? context.nowMs + defaultMs;
  if (!(untilMs > context.nowMs && untilMs <= context.nowMs + longestMs)) return refuse('ROUTING_BAD_TIME');
  const lastMessageId = state.notes.get(assignment.request.contactId)?.lastMessageId ?? '';
  if (lastMessageId !== '' && lastMessageId !== request.lastMessageId) return refuse('ROUTING_CUSTOMER_WROTE');
  const { requestId } = assignment.request;
  const { assignmentId } = assignment;
  const parked = contactFact('ContactParked', context.nowMs, { contactId: assignment.request.contactId, requestId, assignmentId, agentId, until: new Date(untilMs), epoch: context.epoch, lastMessageId: request.lastMessageId });
  return { facts: [parked, ...closeFacts(state, assignment, { disposition: systemDispositions.parked, by: ClosedBy.AGENT }, context)], outcome: { kind: 'parked', untilMs } };
}

/** Back in line, behind those who wait already, and for a while for the agent who knows the matter alone. */
function comeBackFacts(state: RoutingState, parked: ParkedContact, cause: ParkingEnd, context: DecisionContext): RoutingFact[] {
  const { request, agentId } = parked;
  const { nowMs } = context;
  const maxWaitMs = state.centre.queues.get(request.queue)?.sticky?.maxWaitMs ?? waitsForAgentMs;
  const preferredUntilMs = isAwaited(state.agents.get(agentId)) ? nowMs + maxWaitMs : 0;
  const again = { ...request, requestedAtMs: nowMs, enqueuedAtMs: nowMs, hops: 0, relaxations: [], preferredAgentId: agentId };
  return [endedFact(parked, cause, context), ...backInLine(state, again, QueueCause.RESUMED, context, preferredUntilMs)];
}

/** The customer of a parked contact wrote. What the agent saw already may be told late. */
export function decideCustomerWrote(state: RoutingState, { contactId, messageId }: { contactId: string; messageId: string }, context: DecisionContext): Decision {
  const parked = state.parked.get(contactId);
  return parked === undefined || parked.lastMessageId === messageId ? nothing : { facts: comeBackFacts(state, parked, ParkingEnd.CUSTOMER_WROTE, context), outcome: done };
}

/** The time came to which a contact was parked. */
export function decideParkedLong(state: RoutingState, contactId: string, context: DecisionContext): Decision {
  const parked = state.parked.get(contactId);
  return parked === undefined || parked.untilMs > context.nowMs ? nothing : { facts: comeBackFacts(state, parked, ParkingEnd.TIME, context), outcome: done };
}

function assignmentHeldBy(state: RoutingState, { contactId, agentId }: ResumeContactRequest): string | undefined {
  return [...(state.contacts.get(contactId)?.openAssignments ?? [])].find((id) => {
    const assignment = state.assignments.get(id);
    return assignment?.agentId === agentId && assignment.wrapUp === undefined;
  });
}

/** The agent takes back what it parked: into a free slot, without ringing. */
export function decideResumeContact(state: RoutingState, asked: ResumeContactRequest, context: DecisionContext): Decision {
  const { contactId, agentId } = asked;
  const parked = state.parked.get(contactId);
  if (parked?.agentId !== agentId) {
    const assignmentId = assignmentHeldBy(state, asked);
    return assignmentId === undefined ? refuse('ROUTING_NOT_PARKED') : { facts: [], outcome: { kind: 'accepted', assignmentId, epoch: context.epoch } };
  }
  const record = freeAgent(state, agentId, parked.request.channel, context);
  if (typeof record === 'string') return refuse(record);
  const { nowMs } = context;
  const request = { ...parked.request, requestedAtMs: nowMs, enqueuedAtMs: nowMs, hops: 0, relaxations: [], preferredAgentId: agentId, preferredUntilMs: 0, offers: new Set<string>() };
  const offerId = context.newId();
  const assignmentId = context.newId();
  return {
    facts: [
      endedFact(parked, ParkingEnd.AGENT, context),
      queuedFact(state, request, QueueCause.RESUMED, context),
      ...offerFacts(state, request, record, context, offerId),
      assignedFact(state, request, { offerId, agentId, assignmentId }, context),
      slotFact(agentId, { slot: freeSlotName(record, request.channel), state: SlotState.ENGAGED, contactId, offerId, assignmentId }, context),
    ],
    outcome: { kind: 'accepted', assignmentId, epoch: context.epoch },
  };
}
