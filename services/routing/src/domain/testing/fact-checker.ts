import { AgentState, SlotHold, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { blendEntry, exclusiveChannels } from '../agent-policy.ts';
import type { RoutingFact } from '../facts.ts';
import type { CentreSetup } from './scenario.ts';

type Place = { at: 'line' } | { at: 'offer'; offers: Map<string, string> } | { at: 'agent'; assignmentId: string; agentId: string } | { at: 'end'; how: string };

const endings: Record<string, string> = {
  'patchbay.routing.v1.ContactAbandoned': 'abandoned',
  'patchbay.routing.v1.ContactRefused': 'refused',
  'patchbay.routing.v1.RoutingExpired': 'expired',
  'patchbay.routing.v1.RoutingClosed': 'closed',
};

/** Dispositions with which an assignment ends but its contact goes on waiting. */
const comesBack = new Set(['system.set_up_failed', 'system.agent_lost', 'system.call_back_failed', 'system.reassigned', 'system.forced_out', 'system.parked']);

/**
 * Reads nothing but facts, in order, and holds them against the rules: each request in exactly one of line, offer, agent
 * and end; no offer to an agent who is not ready; no slot used twice, no capacity exceeded, calls alone.
 */
export class FactChecker {
  readonly requests = new Map<string, Place>();
  readonly slots = new Map<string, Map<string, AgentSlot>>();
  readonly #assignments = new Map<string, { requestId: string; disposition?: string }>();
  readonly #offers = new Map<string, string>();
  readonly #parked = new Set<string>();
  /** Clocks that run, and what of each was told. */
  readonly #clocks = new Map<string, Set<string>>();
  readonly #states = new Map<string, { state: AgentState; pending: AgentState }>();
  readonly #setup: Pick<CentreSetup, 'agents' | 'teams'>;

  constructor(setup: Pick<CentreSetup, 'agents' | 'teams'>) {
    this.#setup = setup;
  }

  #fault(fact: RoutingFact, what: string): never {
    throw new Error(`${what}: ${JSON.stringify(fact, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`);
  }

  check(fact: RoutingFact): void {
    switch (fact.type) {
      case 'patchbay.routing.v1.ContactQueued':
        if (this.#parked.has(fact.key)) this.#fault(fact, 'queued while it is parked');
        return this.#queued(fact, fact.event.requestId);
      case 'patchbay.routing.v1.ContactParked':
        if (this.requests.get(fact.event.requestId)?.at !== 'agent' || this.#parked.has(fact.key)) this.#fault(fact, 'parked without being with an agent');
        this.#parked.add(fact.key);
        return;
      case 'patchbay.routing.v1.SlaStarted':
      case 'patchbay.routing.v1.SlaChanged':
      case 'patchbay.routing.v1.SlaWarned':
      case 'patchbay.routing.v1.SlaBreached':
      case 'patchbay.routing.v1.SlaEnded':
        return this.#promise(fact, `${fact.key} ${String(fact.event.kind)}`);
      case 'patchbay.routing.v1.ParkingEnded':
        if (!this.#parked.delete(fact.key)) this.#fault(fact, 'taken back without being parked');
        return;
      case 'patchbay.routing.v1.ContactOffered': {
        const { requestId, offerId, agentId } = fact.event;
        const before = this.requests.get(requestId);
        if (before?.at !== 'line' && before?.at !== 'offer') this.#fault(fact, 'offered without waiting in line');
        const offers = before.at === 'offer' ? before.offers : new Map<string, string>();
        if ([...offers.values()].includes(agentId)) this.#fault(fact, 'offered twice to one agent');
        const presence = this.#states.get(agentId);
        if (presence?.state !== AgentState.READY || presence.pending !== AgentState.UNSPECIFIED) this.#fault(fact, 'offered to an agent who is not ready');
        this.requests.set(requestId, { at: 'offer', offers: offers.set(offerId, agentId) });
        this.#offers.set(offerId, requestId);
        return;
      }
      case 'patchbay.routing.v1.OfferRejected':
      case 'patchbay.routing.v1.OfferMissed':
      case 'patchbay.routing.v1.OfferCancelled':
      case 'patchbay.routing.v1.OfferFailed':
        return this.#offerEnded(fact, fact.event.offerId, fact.type.endsWith('OfferFailed'));
      case 'patchbay.routing.v1.ContactAssigned': {
        const { requestId, assignmentId, offerId, agentId } = fact.event;
        const place = this.requests.get(requestId);
        if (place?.at !== 'offer' || place.offers.size !== 1 || place.offers.get(offerId) !== agentId) this.#fault(fact, 'assigned without being the one open offer');
        this.requests.set(requestId, { at: 'agent', assignmentId, agentId });
        this.#assignments.set(assignmentId, { requestId });
        return;
      }
      case 'patchbay.routing.v1.AssignmentClosed': {
        const assignment = this.#assignments.get(fact.event.assignmentId);
        if (assignment === undefined || assignment.disposition !== undefined) this.#fault(fact, 'closed without being open');
        assignment.disposition = fact.event.disposition;
        this.requests.set(assignment.requestId, { at: 'end', how: comesBack.has(fact.event.disposition) ? 'comes back' : 'assigned' });
        return;
      }
      case 'patchbay.agent.v1.AgentStateChanged':
        this.#states.set(fact.key, { state: fact.event.state, pending: fact.event.pendingState });
        return;
      case 'patchbay.agent.v1.AgentSignedOut':
        this.#states.set(fact.key, { state: AgentState.SIGNED_OUT, pending: AgentState.UNSPECIFIED });
        return;
      case 'patchbay.agent.v1.AgentSlotChanged':
        return this.#slotChanged(fact, fact.key, fact.event);
      case 'patchbay.routing.v1.ContactOverflowed':
        if (fact.event.toQueue === '') this.#ended(fact, fact.event.requestId, 'overflowed');
        else if (!['line', undefined, 'end'].includes(this.requests.get(fact.event.requestId)?.at)) this.#fault(fact, 'sent on without waiting in line');
        return;
      default: {
        const how = endings[fact.type];
        if (how !== undefined && 'requestId' in fact.event) this.#ended(fact, fact.event.requestId, how);
      }
    }
  }

  #queued(fact: RoutingFact, requestId: string): void {
    const place = this.requests.get(requestId);
    const allowed = place === undefined || place.at === 'line' || (place.at === 'end' && place.how === 'comes back');
    if (!allowed) this.#fault(fact, `queued while ${place.at}`);
    this.requests.set(requestId, { at: 'line' });
  }

  /** A clock runs once at a time, warns once before it breaks, breaks once, and tells nothing when it is over. */
  #promise(fact: RoutingFact, clock: string): void {
    const told = this.#clocks.get(clock);
    if (fact.type.endsWith('SlaStarted')) {
      if (told !== undefined) this.#fault(fact, 'a clock began that runs already');
      this.#clocks.set(clock, new Set());
      return;
    }
    if (told === undefined) this.#fault(fact, 'a clock that does not run tells something');
    if (fact.type.endsWith('SlaEnded')) return void this.#clocks.delete(clock);
    if (fact.type.endsWith('SlaChanged')) return;
    if (told.has(fact.type) || told.has('patchbay.routing.v1.SlaBreached')) this.#fault(fact, 'told twice');
    told.add(fact.type);
  }

  #offerEnded(fact: RoutingFact, offerId: string, mayBeAssigned: boolean): void {
    const requestId = this.#offers.get(offerId);
    const place = requestId === undefined ? undefined : this.requests.get(requestId);
    if (requestId !== undefined && place?.at === 'offer' && place.offers.delete(offerId)) {
      if (place.offers.size === 0) this.requests.set(requestId, { at: 'line' });
    } else if (!mayBeAssigned || place?.at !== 'agent') this.#fault(fact, 'an offer ended that was not open');
  }

  #ended(fact: RoutingFact, requestId: string, how: string): void {
    const place = this.requests.get(requestId);
    const allowed = place === undefined ? how === 'refused' || how === 'closed' || how === 'overflowed' : place.at === 'line' || (place.at === 'end' && place.how === 'comes back');
    if (!allowed) this.#fault(fact, `${how} while ${place?.at ?? 'unknown'}`);
    this.requests.set(requestId, { at: 'end', how });
  }

  #slotChanged(fact: RoutingFact, agentId: string, event: AgentSlot): void {
    const slots = this.slots.get(agentId) ?? new Map<string, AgentSlot>();
    this.slots.set(agentId, slots);
    const before = slots.get(event.slot);
    if (event.state === SlotState.IDLE) {
      if (before === undefined) this.#fault(fact, 'an idle slot became idle');
      slots.delete(event.slot);
      return;
    }
    if (event.state === SlotState.RESERVED ? before !== undefined : before?.offerId !== event.offerId) this.#fault(fact, 'a slot was used twice');
    slots.set(event.slot, event);
    if (event.state === SlotState.RESERVED) this.#checkCapacity(fact, agentId, slots);
  }

  #checkCapacity(fact: RoutingFact, agentId: string, slots: Map<string, AgentSlot>): void {
    const agent = this.#setup.agents[agentId] ?? {};
    const reserved = channelOf((fact.event as AgentSlot).slot);
    const held = [...slots.values()].map((slot) => ({ channel: channelOf(slot.slot), hold: slot.hold }));
    const count = (channel: string) => held.filter((one) => one.channel === channel).length;
    for (const { channel } of held) if (count(channel) > (agent.capacity?.[channel] ?? 0)) this.#fault(fact, `more ${channel} than the capacity`);
    if (held.reduce((sum, { channel }) => sum + (agent.load?.[channel] ?? 0), 0) > 100) this.#fault(fact, 'more than the full load');
    if ((agent.maxContacts ?? 0) > 0 && held.length > (agent.maxContacts ?? 0)) this.#fault(fact, 'more contacts than the agent may have');
    const others = held.filter((one) => one.channel !== reserved);
    if (count(reserved) > 1 && exclusiveChannels.has(reserved)) this.#fault(fact, 'two calls at once');
    if (held.some((one) => one.hold === SlotHold.ALL)) this.#fault(fact, 'an offer beside a wrap-up that holds the agent');
    if (others.some((one) => one.hold !== SlotHold.SLOT && !this.#mayJoin(agentId, reserved, one.channel))) this.#fault(fact, `${reserved} beside what keeps it away`);
    this.#checkTeam(fact, agent.team ?? '', reserved);
  }

  #mayJoin(agentId: string, channel: string, inHand: string): boolean {
    const agent = this.#setup.agents[agentId];
    const over = agent?.interrupts?.find((one) => one.channel === channel)?.over;
    if (over !== undefined) return over.includes(inHand);
    return !exclusiveChannels.has(inHand) && (!exclusiveChannels.has(channel) || (agent?.capacity?.[blendEntry] ?? 0) > 0);
  }

  #checkTeam(fact: RoutingFact, team: string, channel: string): void {
    const policy = this.#setup.teams?.[team];
    if (policy === undefined) return;
    const slots = Object.entries(this.#setup.agents).flatMap(([id, agent]) => (agent.team === team ? [...(this.slots.get(id)?.keys() ?? [])] : []));
    if ((policy.maxContacts ?? 0) > 0 && slots.length > (policy.maxContacts ?? 0)) this.#fault(fact, 'more contacts than the team may have');
    if (slots.filter((slot) => channelOf(slot) === channel).length > (policy.capacity?.[channel] ?? Infinity)) this.#fault(fact, `more ${channel} than the team may have`);
  }
}

interface AgentSlot {
  slot: string;
  state: SlotState;
  offerId: string;
  hold: SlotHold;
}

const channelOf = (slot: string) => slot.slice(0, slot.lastIndexOf('.'));
