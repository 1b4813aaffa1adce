import { ClosedBy, QueueCause, SteeringAction, type ContactSteered } from '@patchbay/contracts/routing/v1/routing_event';
import { exclusiveChannels } from './agent-policy.ts';
import { cancelAllFacts, closeFacts, queuedFact, refusedFact } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import { freeAgent } from './free-agent.ts';
import { done, nothing, refuse, type Decision, type DecisionContext } from './inputs.ts';
import type { Lead, Steering } from './lead.ts';
import { backInLine, isQueueOpen, moveToQueueFacts } from './placement.ts';
import { rankOf } from './rank.ts';
import { isWaiting, type Assignment, type Request } from './records.ts';
import { offerFacts } from './offer-facts.ts';
import type { RoutingState } from './state.ts';
import { systemDispositions } from './system-dispositions.ts';

/** For how long the agent from whom a contact was taken is passed over. */
const passOverMs = 60_000;

function openRequest(state: RoutingState, contactId: string): Request | undefined {
  const requestId = state.contacts.get(contactId)?.openRequestId;
  return requestId === undefined ? undefined : state.requests.get(requestId);
}

type Change = Pick<ContactSteered, 'action'> & Partial<ContactSteered>;

/** Who stepped in, and why, over the facts that say what came of it. */
function steeredFact(request: Request, lead: Lead, change: Change, context: DecisionContext): RoutingFact {
  const { contactId, requestId, queue, askedPriority } = request;
  return contactFact('ContactSteered', context.nowMs, { contactId, requestId, ...lead, fromQueue: queue, toQueue: queue, fromAgentId: '', toAgentId: '', priority: askedPriority, retryAgentAt: undefined, ...change });
}

/** To whom a request rings; the first of several. */
function ringsAt(state: RoutingState, request: Request): string {
  const [offerId = ''] = request.offers;
  return state.offers.get(offerId)?.agentId ?? '';
}

function decideMove(state: RoutingState, request: Request, input: Steering & { kind: 'MoveContact' }, context: DecisionContext): Decision {
  const policy = state.centre.queues.get(input.queue);
  if (policy === undefined) return refuse('ROUTING_UNKNOWN_QUEUE');
  if (request.queue === input.queue) return nothing;
  if (!isQueueOpen(state, policy, context.nowMs)) return refuse('ROUTING_QUEUE_CLOSED');
  const change = { action: SteeringAction.MOVED, toQueue: input.queue, fromAgentId: ringsAt(state, request) };
  return {
    facts: [...cancelAllFacts(state, request, 'steered', context), steeredFact(request, input.lead, change, context), ...moveToQueueFacts(state, request, policy, context)],
    outcome: done,
  };
}

function decidePull(state: RoutingState, request: Request, input: Steering & { kind: 'PullContact' }, context: DecisionContext): Decision {
  const rings = [...request.offers].map((offerId) => state.offers.get(offerId)?.agentId);
  if (rings.includes(input.agentId)) return nothing;
  const agent = freeAgent(state, input.agentId, request.channel, context);
  if (typeof agent === 'string') return refuse(agent);
  const change = { action: SteeringAction.PULLED, fromAgentId: ringsAt(state, request), toAgentId: input.agentId };
  return { facts: [...cancelAllFacts(state, request, 'steered', context), steeredFact(request, input.lead, change, context), ...offerFacts(state, request, agent, context)], outcome: done };
}

function assignmentInHand(state: RoutingState, contactId: string): Assignment | undefined {
  for (const id of state.contacts.get(contactId)?.openAssignments ?? []) {
    const assignment = state.assignments.get(id);
    if (assignment !== undefined && assignment.wrapUp === undefined) return assignment;
  }
  return undefined;
}

/** Closes the assignment of a text contact and puts its request back in line at the old place. */
export function takeAwayFacts(state: RoutingState, assignment: Assignment, how: { disposition: string; cause: QueueCause }, context: DecisionContext): RoutingFact[] {
  const again = { ...assignment.request, requestedAtMs: context.nowMs };
  return [...closeFacts(state, assignment, { disposition: how.disposition, by: ClosedBy.TEAM_LEAD }, context), ...backInLine(state, again, how.cause, context)];
}

function decideReassign(state: RoutingState, input: Steering & { kind: 'ReassignContact' }, context: DecisionContext): Decision {
  const assignment = assignmentInHand(state, input.contactId);
  if (assignment === undefined) return refuse('ROUTING_UNKNOWN_CONTACT');
  const { request, agentId: fromAgentId } = assignment;
  if (input.agentId === fromAgentId) return nothing;
  if (exclusiveChannels.has(request.channel)) return refuse('ROUTING_NOT_TEXT');
  const agent = input.agentId === '' ? undefined : freeAgent(state, input.agentId, request.channel, context);
  if (typeof agent === 'string') return refuse(agent);
  const facts = takeAwayFacts(state, assignment, { disposition: systemDispositions.reassigned, cause: QueueCause.REASSIGNED }, context);
  const retryAgentAt = new Date(context.nowMs + passOverMs);
  // Behind the fact that puts it back in line: from there on the agent who had it is passed over.
  facts.push(steeredFact(request, input.lead, { action: SteeringAction.REASSIGNED, fromAgentId, toAgentId: input.agentId, retryAgentAt }, context));
  const waits = facts.some((fact) => fact.type === 'patchbay.routing.v1.ContactQueued');
  if (agent !== undefined && waits) facts.push(...offerFacts(state, request, agent, context));
  return { facts, outcome: done };
}

function decideCancel(state: RoutingState, request: Request, { lead }: Steering & { kind: 'CancelRequest' }, context: DecisionContext): Decision {
  const change = { action: SteeringAction.CANCELLED, fromAgentId: ringsAt(state, request) };
  return { facts: [...cancelAllFacts(state, request, 'steered', context), steeredFact(request, lead, change, context), refusedFact(request, 'cancelled', context)], outcome: done };
}

function decidePrioritise(state: RoutingState, request: Request, input: Steering & { kind: 'PrioritiseContact' }, context: DecisionContext): Decision {
  const askedPriority = Math.max(input.priority, state.notes.get(request.contactId)?.customerPriority ?? -Infinity);
  if (askedPriority === request.askedPriority) return nothing;
  // An offer that rings decides first: its contact has no place in line.
  if (!isWaiting(request)) return refuse('ROUTING_CONTACT_OFFERED');
  const priority = request.priority + askedPriority - request.askedPriority;
  const rank = rankOf(state, { ...request, priority }, context.nowMs);
  const steered = steeredFact(request, input.lead, { action: SteeringAction.PRIORITISED, priority: askedPriority }, context);
  return { facts: [steered, queuedFact(state, { ...request, askedPriority, priority, rank }, QueueCause.PRIORITY_CHANGED, context)], outcome: done };
}

/** A team lead steps in. What was done already is done again without a fact. */
export function decideSteering(state: RoutingState, input: Steering, context: DecisionContext): Decision {
  if (input.kind === 'ReassignContact') return decideReassign(state, input, context);
  const request = openRequest(state, input.contactId);
  if (request === undefined) {
    const isCancelled = input.kind === 'CancelRequest' && [...(state.contacts.get(input.contactId)?.endedRequests.values() ?? [])].at(-1) === 'refused';
    return isCancelled ? nothing : refuse('ROUTING_UNKNOWN_CONTACT');
  }
  switch (input.kind) {
    case 'MoveContact':
      return decideMove(state, request, input, context);
    case 'PullContact':
      return decidePull(state, request, input, context);
    case 'CancelRequest':
      return decideCancel(state, request, input, context);
    case 'PrioritiseContact':
      return decidePrioritise(state, request, input, context);
  }
}
