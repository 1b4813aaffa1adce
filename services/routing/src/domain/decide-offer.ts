import { AgentState, ChangedBy, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { ClosedBy, QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import type { AcceptOfferRequest, FailOfferRequest, RejectOfferRequest } from '@patchbay/contracts/routing/v1/routing_service';
import { exclusiveChannels } from './agent-policy.ts';
import { systemDispositions } from './system-dispositions.ts';
import { assignedFact, cancelAllFacts, cancelFacts, closeFacts, releaseFacts, slotFact, stateFact } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import { done, nothing, refuse, type Decision, type DecisionContext } from './inputs.ts';
import { backInLine } from './placement.ts';
import type { AgentRecord, Assignment, Offer, Request } from './records.ts';
import type { RoutingState } from './state.ts';

/** How far the clocks of two hosts may differ. */
const clockSkewMs = 5_000;

interface OfferKey {
  readonly offerId: string;
  readonly agentId: string;
  readonly contactId: string;
}

function openOffer(state: RoutingState, key: OfferKey): Offer | undefined {
  const offer = state.offers.get(key.offerId);
  return offer !== undefined && offer.agentId === key.agentId && (key.contactId === '' || key.contactId === offer.contactId) ? offer : undefined;
}

/** The assignment that an offer became, while it is open. */
function assignmentOf(state: RoutingState, key: OfferKey): Assignment | undefined {
  for (const id of state.contacts.get(key.contactId)?.openAssignments ?? []) {
    const assignment = state.assignments.get(id);
    if (assignment?.offerId === key.offerId && assignment.agentId === key.agentId) return assignment;
  }
  return undefined;
}

/** Accepting wins over a time-out that is not written yet; accepting again gives the same assignment. */
export function decideAccept(state: RoutingState, request: AcceptOfferRequest, context: DecisionContext): Decision {
  const offer = openOffer(state, request);
  if (offer === undefined) {
    const assignmentId = assignmentOf(state, request)?.assignmentId ?? closedAssignmentOf(state, request);
    return assignmentId === undefined ? refuse('ROUTING_OFFER_GONE') : { facts: [], outcome: { kind: 'accepted', assignmentId, epoch: context.epoch } };
  }
  const waiting = state.requests.get(offer.requestId);
  if (waiting === undefined) return refuse('ROUTING_OFFER_GONE');
  const { contactId, offerId, agentId } = offer;
  const assignmentId = context.newId();
  // Where several agents ring, the first to accept has it.
  const facts = [...cancelAllFacts(state, waiting, 'taken', context, offerId), assignedFact(state, waiting, { ...offer, assignmentId }, context)];
  for (const { slot, offerId: reservedFor } of state.agents.get(agentId)?.slots.values() ?? []) {
    if (reservedFor === offerId) facts.push(slotFact(agentId, { slot, state: SlotState.ENGAGED, contactId, offerId, assignmentId }, context));
  }
  return { facts, outcome: { kind: 'accepted', assignmentId, epoch: context.epoch } };
}

function closedAssignmentOf(state: RoutingState, key: OfferKey): string | undefined {
  for (const [assignmentId, closed] of state.contacts.get(key.contactId)?.closedAssignments ?? []) {
    if (closed.offerId === key.offerId && closed.agentId === key.agentId && !closed.failed) return assignmentId;
  }
  return undefined;
}

/** How long an agent is passed over for a contact after an offer of it came to nothing. */
function passOverMs(state: RoutingState, queue: string, because: 'refused' | 'busy' | 'no_answer'): number {
  const policy = state.centre.queues.get(queue);
  if (policy === undefined) return 10_000;
  return { refused: policy.rejectDelayMs, busy: policy.busyDelayMs, no_answer: policy.noAnswerDelayMs }[because];
}

/** Misses in a row of one channel that take an agent out: a phone that is not answered tells more than a text that is not. */
function missLimit(state: RoutingState, offer: Offer): number {
  const limit = state.centre.queues.get(offer.queue)?.maxMissedOffers ?? 0;
  if (limit > 0) return limit;
  return exclusiveChannels.has(offer.channel) ? 1 : 3;
}

/** What becomes of a contact when one of its offers ends: back in line, unless other agents still ring. */
function afterOffer(state: RoutingState, waiting: Request, cause: QueueCause, context: DecisionContext): RoutingFact[] {
  return waiting.offers.size > 1 ? [] : backInLine(state, waiting, cause, context);
}

/** The agent refused: the contact waits again in its old place, the agent is passed over for a while and stays idle. */
export function decideReject(state: RoutingState, request: RejectOfferRequest, context: DecisionContext): Decision {
  const offer = openOffer(state, request);
  const waiting = offer === undefined ? undefined : state.requests.get(offer.requestId);
  if (offer === undefined || waiting === undefined) return refuse('ROUTING_OFFER_GONE');
  const { contactId, offerId, agentId, queue } = offer;
  const retryAgentAt = new Date(context.nowMs + passOverMs(state, queue, request.reason === 'busy' ? 'busy' : 'refused'));
  return {
    facts: [
      contactFact('OfferRejected', context.nowMs, { contactId, offerId, agentId, reason: request.reason.slice(0, 64), retryAgentAt }),
      ...releaseFacts(state.agents.get(agentId), offerId, context),
      ...afterOffer(state, waiting, QueueCause.REJECTED, context),
    ],
    outcome: done,
  };
}

/** The offer ran out: back in line, and an agent who misses too many in a row is taken out (RONA). */
export function decideMissed(state: RoutingState, offerId: string, context: DecisionContext): Decision {
  const offer = state.offers.get(offerId);
  const waiting = offer === undefined ? undefined : state.requests.get(offer.requestId);
  if (offer === undefined || waiting === undefined || offer.expiresAtMs > context.nowMs) return nothing;
  if (offer.expiresAtMs <= state.takenOverMs) return { facts: [...cancelFacts(state, offer, 'fail_over', context), ...afterOffer(state, waiting, QueueCause.FAIL_OVER, context)], outcome: done };
  const { contactId, agentId, queue } = offer;
  const record = state.agents.get(agentId);
  const retryAgentAt = new Date(context.nowMs + passOverMs(state, queue, 'no_answer'));
  const facts = [
    contactFact('OfferMissed', context.nowMs, { contactId, offerId, agentId, retryAgentAt }),
    ...releaseFacts(record, offerId, context),
    ...afterOffer(state, waiting, QueueCause.MISSED, context),
  ];
  if (record !== undefined && (record.missed.get(offer.channel) ?? 0) + 1 >= missLimit(state, offer)) facts.push(...takeOutFacts(record, 'missed', ChangedBy.MISSED_OFFER, context));
  return { facts, outcome: done };
}

/** Makes a ready agent not ready at once, whatever is in hand. */
function takeOutFacts(record: AgentRecord, reason: string, by: ChangedBy, context: DecisionContext): RoutingFact[] {
  return record.state === AgentState.READY ? [stateFact(record.agentId, { state: AgentState.NOT_READY, reason, by }, context)] : [];
}

/**
 * The medium could not set the offer, or the assignment it became, up. That is no miss: the agent only gets a short
 * delay; after several in a row, when something is wrong with the phone, the agent is taken out.
 */
export function decideFailed(state: RoutingState, request: FailOfferRequest, context: DecisionContext): Decision {
  const offer = openOffer(state, request);
  const assignment = offer === undefined ? assignmentOf(state, request) : undefined;
  const waiting = offer === undefined ? assignment?.request : state.requests.get(offer.requestId);
  const connected = assignment !== undefined && state.notes.get(request.contactId)?.connected.has(assignment.assignmentId) === true;
  if (waiting === undefined || assignment?.wrapUp !== undefined || connected) return refuse('ROUTING_OFFER_GONE');
  const { offerId, agentId } = request;
  const { contactId } = waiting;
  const record = state.agents.get(agentId);
  const { setUpFailureDelayMs, maxSetUpFailures } = state.rules;
  const agentDelayedUntil = new Date(context.nowMs + setUpFailureDelayMs);
  const release = assignment === undefined ? releaseFacts(record, offerId, context) : closeFacts(state, assignment, { disposition: systemDispositions.setUpFailed, by: ClosedBy.SYSTEM }, context);
  const facts = [
    contactFact('OfferFailed', context.nowMs, { contactId, offerId, agentId, code: request.code.slice(0, 64), agentDelayedUntil }),
    ...release,
    ...(assignment === undefined ? afterOffer(state, waiting, QueueCause.SET_UP_FAILED, context) : backInLine(state, waiting, QueueCause.SET_UP_FAILED, context)),
  ];
  if (record !== undefined && record.setUpFailures + 1 >= maxSetUpFailures) facts.push(...takeOutFacts(record, 'set_up_failed', ChangedBy.SYSTEM, context));
  return { facts, outcome: done };
}

/** Offers looked after at once; what is left over rings on. */
const takenBackAtOnce = 100;

/** Offers of a writer whose clock was far ahead would ring far too long: they are taken back. */
export function decideTakenOver(state: RoutingState, context: DecisionContext): Decision {
  const facts: RoutingFact[] = [];
  let taken = 0;
  const seen = new Set<Request>();
  for (const offer of state.offers.values()) {
    const waiting = state.requests.get(offer.requestId);
    const longestMs = (state.centre.queues.get(offer.queue)?.offerTimeoutMs ?? 0) + clockSkewMs;
    if (waiting === undefined || seen.has(waiting) || offer.expiresAtMs - context.nowMs <= longestMs) continue;
    seen.add(waiting);
    facts.push(...cancelAllFacts(state, waiting, 'fail_over', context), ...backInLine(state, waiting, QueueCause.FAIL_OVER, context));
    if ((taken += waiting.offers.size) >= takenBackAtOnce) break;
  }
  return { facts, outcome: done };
}
