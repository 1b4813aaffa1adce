import { ClosedBy, QueueCause, SteeringAction } from '@patchbay/contracts/routing/v1/routing_event';
import { line, msOf, type FactHandlers } from './story.ts';

const causes: Record<number, string> = {
  [QueueCause.REJECTED]: 'rejected',
  [QueueCause.MISSED]: 'missed',
  [QueueCause.AGENT_LOST]: 'agent_lost',
  [QueueCause.SET_UP_FAILED]: 'set_up_failed',
  [QueueCause.TRANSFERRED]: 'transferred',
  [QueueCause.OVERFLOW]: 'overflow',
  [QueueCause.PRIORITY_CHANGED]: 'moved_up',
  [QueueCause.FAIL_OVER]: 'fail_over',
  [QueueCause.RELAXED]: 'relaxed',
  [QueueCause.CALL_BACK_AGAIN]: 'call_back_again',
  [QueueCause.CLOSED]: 'closed',
  [QueueCause.REASSIGNED]: 'reassigned',
  [QueueCause.RESUMED]: 'resumed',
};

const steerings: Record<number, string> = {
  [SteeringAction.MOVED]: 'moved',
  [SteeringAction.PULLED]: 'pulled',
  [SteeringAction.REASSIGNED]: 'reassigned',
  [SteeringAction.CANCELLED]: 'cancelled',
  [SteeringAction.PRIORITISED]: 'prioritised',
};

const closers: Record<number, string> = { [ClosedBy.AGENT]: 'agent', [ClosedBy.TIME]: 'time', [ClosedBy.TEAM_LEAD]: 'team_lead' };

/** Facts that routing writes. */
export const routingFacts: FactHandlers = {
  'patchbay.routing.v1.ContactQueued': (story, event, fact) => ({
    requestOpen: true,
    view: { status: 'queued', queue: event.queue, enqueuedMs: story.view.enqueuedMs ?? msOf(event.enqueuedAt) },
    items: [line(fact, 'queued', { queue: event.queue, cause: causes[event.cause] ?? 'first' })],
  }),

  'patchbay.routing.v1.ContactOffered': (_story, event, fact) => ({
    view: { status: 'offered', agentId: event.agentId, queue: event.queue },
    items: [line(fact, 'offered', { agent: event.agentId, offer: event.offerId })],
  }),

  'patchbay.routing.v1.OfferRejected': (_story, event, fact) => ({ view: { status: 'queued' }, items: [line(fact, 'rejected', { agent: event.agentId })] }),
  'patchbay.routing.v1.OfferMissed': (_story, event, fact) => ({ view: { status: 'queued' }, items: [line(fact, 'missed', { agent: event.agentId })] }),
  'patchbay.routing.v1.OfferCancelled': (_story, event) => ({ view: { status: 'queued', agentId: event.agentId } }),
  'patchbay.routing.v1.OfferFailed': (_story, event, fact) => ({
    view: { status: 'queued' },
    items: [line(fact, 'offer_failed', { agent: event.agentId, code: event.code })],
  }),

  'patchbay.routing.v1.ContactAssigned': (story, event, fact) => ({
    openedAssignment: event.assignmentId,
    requestOpen: false,
    view: {
      status: 'assigned',
      outcome: 'handled',
      agentId: event.agentId,
      assignmentId: event.assignmentId,
      queue: event.queue,
      assignedMs: story.view.assignedMs ?? fact.timeMs,
      servedBy: [...story.view.servedBy.filter((agent) => agent !== event.agentId), event.agentId],
    },
    items: [line(fact, 'assigned', { agent: event.agentId, offer: event.offerId, waitedMs: String(event.waitedMs) })],
  }),

  'patchbay.routing.v1.ContactOverflowed': (_story, event, fact) => ({
    view: event.toQueue === '' ? { outcome: 'overflowed' } : { queue: event.toQueue },
    items: [line(fact, 'overflowed', { from: event.fromQueue, to: event.toQueue, reason: event.reason })],
  }),

  'patchbay.routing.v1.ContactSteered': (_story, event, fact) => ({
    items: [line(fact, `steered_${steerings[event.action] ?? 'otherwise'}`, { user: event.actor.replace(/^user:/, ''), why: event.reason, to: event.toQueue, agent: event.toAgentId || event.fromAgentId, seconds: String(event.priority) })],
  }),

  'patchbay.routing.v1.CallBackScheduled': (_story, event, fact) => ({
    items: [line(fact, 'callback_scheduled', { dueMs: String(msOf(event.dueAt) ?? '') })],
  }),

  'patchbay.routing.v1.ContactAbandoned': (_story, event, fact) => ({
    requestOpen: false,
    view: { outcome: 'abandoned' },
    items: [line(fact, 'abandoned', { waitedMs: String(event.waitedMs) })],
  }),

  'patchbay.routing.v1.ContactRefused': (_story, event, fact) => ({
    requestOpen: false,
    view: { outcome: 'refused' },
    items: [line(fact, 'refused', { reason: event.reason })],
  }),

  'patchbay.routing.v1.RoutingExpired': (_story, event, fact) => ({
    requestOpen: false,
    view: { outcome: 'expired' },
    items: [line(fact, 'expired', { waitedMs: String(event.waitedMs) })],
  }),

  'patchbay.routing.v1.RoutingClosed': (story) => ({ requestOpen: false, view: { outcome: story.view.outcome ?? 'withdrawn' } }),

  'patchbay.routing.v1.WrapUpStarted': (_story, event, fact) => ({
    view: { status: 'wrap_up', wrapUpEndsMs: msOf(event.endsAt) },
    items: [line(fact, 'wrap_up', { agent: event.agentId })],
  }),

  'patchbay.routing.v1.WrapUpExtended': (_story, event) => ({ view: { wrapUpEndsMs: msOf(event.endsAt) } }),

  'patchbay.routing.v1.ContactParked': (_story, event, fact) => ({
    view: { status: 'parked' },
    items: [line(fact, 'parked', { agent: event.agentId, untilMs: String(msOf(event.until) ?? '') })],
  }),

  'patchbay.routing.v1.AssignmentClosed': (story, event, fact) => {
    // What was put aside goes on: the line before says so.
    if (event.disposition === 'system.parked') return { closedAssignment: event.assignmentId };
    return {
      closedAssignment: event.assignmentId,
      view: { disposition: event.disposition, wrapUpEndsMs: null },
      items: [line(fact, 'assignment_closed', { agent: event.agentId, by: closers[event.closedBy] ?? 'system', disposition: event.disposition, queue: story.view.queue })],
    };
  },
};
