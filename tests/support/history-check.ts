import type { AnyFact } from '@patchbay/bus/fact';

/** What channels were told and agents may have, to hold a history against. */
export interface HistoryExpectations {
  /** Requests that a channel was told are stored, with the place it was told. */
  readonly acknowledged: readonly { readonly contactId: string; readonly sequence: number }[];
  /** Contacts that each agent may have in hand or ringing at a time. */
  readonly capacity: Readonly<Record<string, number>>;
}

/** A change of the writer. */
export interface FailOver {
  readonly fromEpoch: string;
  readonly toEpoch: string;
  /** From the last fact of the one to the first of the other, by the clocks of the writers. */
  readonly gapMs: number;
  readonly atMs: number;
}

/** What a history is worth. */
export interface Verdict {
  readonly facts: number;
  readonly contacts: number;
  /** Contacts by how they ended. */
  readonly ends: Readonly<Record<string, number>>;
  readonly failOvers: readonly FailOver[];
  /** What is wrong; empty when nothing is. */
  readonly faults: readonly string[];
}

interface Request {
  readonly contactId: string;
  readonly requestId: string;
  place: 'asked' | 'line' | 'offer' | 'agent' | 'end';
  queue: string;
  /** Place in line: enqueued so many seconds of priority earlier. */
  lineMs: number;
  offerId: string;
  agentId: string;
  assignmentId: string;
  ends: string[];
  /** Agents who do not count for it, and until when. */
  readonly passed: Map<string, number>;
}

const endings: Readonly<Record<string, string>> = {
  'patchbay.routing.v1.ContactAbandoned': 'abandoned',
  'patchbay.routing.v1.ContactRefused': 'refused',
  'patchbay.routing.v1.RoutingExpired': 'expired',
  'patchbay.routing.v1.RoutingClosed': 'withdrawn',
};

/** Dispositions that end an assignment whose contact goes on waiting. */
const comesBack = new Set(['system.set_up_failed', 'system.agent_lost']);

/** Faults told in full; the rest is counted. */
const keptFaults = 50;

/**
 * Holds the facts of one tenant, in stream order, against what routing promises: nothing acknowledged is lost; each
 * contact ends exactly once; it is offered to and held by one agent at a time; no agent has more than it may; who came
 * first is offered first; epochs only rise, and no fact of a deposed writer follows its successor's first. Knows nothing of
 * how routing decides. Queues, channels and requirements are alike for all: the robots' centre has no others.
 */
export class HistoryCheck {
  readonly #expected: HistoryExpectations;
  readonly #requests = new Map<string, Request>();
  readonly #byContact = new Map<string, Request>();
  readonly #askedAt = new Map<string, number>();
  readonly #line = new Map<string, Set<Request>>();
  readonly #inHand = new Map<string, Set<string>>();
  readonly #slots = new Map<string, Set<string>>();
  readonly #ids = new Set<string>();
  readonly #failOvers: FailOver[] = [];
  readonly #faults: string[] = [];
  #faultCount = 0;
  #facts = 0;
  #last: { epoch: bigint; timeMs: number } | undefined;

  constructor(expected: HistoryExpectations) {
    this.#expected = expected;
  }

  take(fact: AnyFact): void {
    this.#facts += 1;
    if (this.#ids.has(fact.id)) this.#tell(fact, 'stands in the stream twice');
    this.#ids.add(fact.id);
    if (fact.domain === 'routing' || fact.domain === 'agent') this.#checkEpoch(fact);
    this.#takeContact(fact);
  }

  /** The verdict, once the stream is read to its end. */
  verdict(): Verdict {
    const ends: Record<string, number> = {};
    for (const request of this.#requests.values()) {
      if (request.place !== 'end') this.#note(`${request.contactId}: has not ended (${request.place})`);
      for (const end of request.ends) ends[end] = (ends[end] ?? 0) + 1;
    }
    for (const { contactId, sequence } of this.#expected.acknowledged) {
      if (this.#askedAt.get(contactId) !== sequence) this.#note(`${contactId}: was acknowledged at ${String(sequence)} and is lost`);
      else if (!this.#byContact.has(contactId)) this.#note(`${contactId}: was acknowledged and never routed`);
    }
    const more = this.#faultCount - this.#faults.length;
    return {
      facts: this.#facts,
      contacts: this.#byContact.size,
      ends,
      failOvers: this.#failOvers,
      faults: more === 0 ? this.#faults : [...this.#faults, `and ${String(more)} more`],
    };
  }

  #note(fault: string): void {
    this.#faultCount += 1;
    if (this.#faults.length < keptFaults) this.#faults.push(fault);
  }

  #tell(fact: AnyFact, what: string): void {
    this.#note(`${fact.key}: ${fact.type.split('.').at(-1) ?? ''} at ${String(fact.sequence)} ${what}`);
  }

  #checkEpoch(fact: AnyFact): void {
    const { epoch, timeMs } = fact;
    if (epoch === undefined) return this.#tell(fact, 'tells no epoch');
    if (this.#last !== undefined && epoch < this.#last.epoch) return this.#tell(fact, 'is of a deposed writer');
    if (this.#last !== undefined && epoch > this.#last.epoch) {
      this.#failOvers.push({ fromEpoch: String(this.#last.epoch), toEpoch: String(epoch), gapMs: timeMs - this.#last.timeMs, atMs: timeMs });
    }
    this.#last = { epoch, timeMs };
  }

  #takeContact(fact: AnyFact): void {
    switch (fact.type) {
      case 'patchbay.contact.v1.RoutingRequested':
        this.#askedAt.set(fact.key, fact.sequence);
        this.#open(fact.key, fact.event.requestId);
        return;
      case 'patchbay.routing.v1.ContactQueued':
        return this.#queued(fact);
      case 'patchbay.routing.v1.ContactOffered':
        return this.#offered(fact);
      case 'patchbay.routing.v1.OfferRejected':
      case 'patchbay.routing.v1.OfferMissed':
        return this.#offerEnded(fact, fact.event.retryAgentAt);
      case 'patchbay.routing.v1.OfferCancelled':
      case 'patchbay.routing.v1.OfferFailed':
        return this.#offerEnded(fact, undefined);
      case 'patchbay.routing.v1.ContactAssigned':
        return this.#assigned(fact);
      case 'patchbay.routing.v1.AssignmentClosed':
        return this.#closed(fact);
      case 'patchbay.agent.v1.AgentSlotChanged':
        return this.#slotChanged(fact);
      default: {
        const how = endings[fact.type];
        const request = how === undefined ? undefined : this.#byContact.get(fact.key);
        if (how === undefined || request === undefined) return;
        if (request.place !== 'line' && !(request.place === 'asked' && how !== 'abandoned')) this.#tell(fact, `comes while the contact is at ${request.place}`);
        this.#end(request, how);
      }
    }
  }

  #open(contactId: string, requestId: string): void {
    if (this.#requests.has(requestId)) return;
    const request: Request = { contactId, requestId, place: 'asked', queue: '', lineMs: 0, offerId: '', agentId: '', assignmentId: '', ends: [], passed: new Map() };
    this.#requests.set(requestId, request);
    this.#byContact.set(contactId, request);
  }

  #lineOf(queue: string): Set<Request> {
    const line = this.#line.get(queue) ?? new Set<Request>();
    this.#line.set(queue, line);
    return line;
  }

  #inHandOf(agentId: string): Set<string> {
    const inHand = this.#inHand.get(agentId) ?? new Set<string>();
    this.#inHand.set(agentId, inHand);
    return inHand;
  }

  #end(request: Request, how: string): void {
    this.#lineOf(request.queue).delete(request);
    request.place = 'end';
    request.ends.push(how);
    if (request.ends.length > 1) this.#note(`${request.contactId}: ended ${String(request.ends.length)} times (${request.ends.join(', ')})`);
  }

  #queued(fact: AnyFact & { type: 'patchbay.routing.v1.ContactQueued' }): void {
    const { requestId, queue, enqueuedAt, priority } = fact.event;
    const request = this.#requests.get(requestId);
    if (request === undefined) return this.#tell(fact, 'was not asked for');
    if (request.place !== 'asked' && request.place !== 'line') this.#tell(fact, `comes while the contact is at ${request.place}`);
    const lineMs = (enqueuedAt?.getTime() ?? 0) - priority * 1_000;
    if (request.place === 'line' && lineMs > request.lineMs) this.#tell(fact, `lost ${String(lineMs - request.lineMs)} ms of its age`);
    this.#lineOf(request.queue).delete(request);
    Object.assign(request, { place: 'line', queue, lineMs });
    this.#lineOf(queue).add(request);
  }

  #offered(fact: AnyFact & { type: 'patchbay.routing.v1.ContactOffered' }): void {
    const { requestId, offerId, agentId } = fact.event;
    const request = this.#requests.get(requestId);
    if (request === undefined) return this.#tell(fact, 'was not asked for');
    if (request.place !== 'line') this.#tell(fact, `comes while the contact is at ${request.place}`);
    for (const other of this.#lineOf(request.queue)) {
      if (other.lineMs < request.lineMs && (other.passed.get(agentId) ?? 0) <= fact.timeMs) {
        this.#tell(fact, `passes over ${other.contactId}, who came ${String(request.lineMs - other.lineMs)} ms earlier`);
        break;
      }
    }
    this.#lineOf(request.queue).delete(request);
    Object.assign(request, { place: 'offer', offerId, agentId });
    const inHand = this.#inHandOf(agentId).add(offerId);
    const may = this.#expected.capacity[agentId] ?? 0;
    if (inHand.size > may) this.#tell(fact, `gives ${agentId} ${String(inHand.size)} contacts of ${String(may)}`);
  }

  #offerEnded(fact: AnyFact & { event: { offerId: string; agentId: string } }, retryAt: Date | undefined): void {
    const request = this.#byContact.get(fact.key);
    if (request?.place !== 'offer' || request.offerId !== fact.event.offerId) return this.#tell(fact, 'ends an offer that is not open');
    this.#inHandOf(request.agentId).delete(request.offerId);
    if (retryAt !== undefined) request.passed.set(request.agentId, retryAt.getTime());
    request.place = 'line';
    this.#lineOf(request.queue).add(request);
  }

  #assigned(fact: AnyFact & { type: 'patchbay.routing.v1.ContactAssigned' }): void {
    const { requestId, offerId, agentId, assignmentId } = fact.event;
    const request = this.#requests.get(requestId);
    if (request === undefined) return this.#tell(fact, 'was not asked for');
    if (request.place === 'agent') this.#tell(fact, `is the second: ${request.agentId} has the contact`);
    else if (request.place !== 'offer' || request.offerId !== offerId || request.agentId !== agentId) this.#tell(fact, 'does not follow an open offer to this agent');
    Object.assign(request, { place: 'agent', agentId, assignmentId });
  }

  #closed(fact: AnyFact & { type: 'patchbay.routing.v1.AssignmentClosed' }): void {
    const request = this.#byContact.get(fact.key);
    if (request?.place !== 'agent' || request.assignmentId !== fact.event.assignmentId) this.#tell(fact, 'closes an assignment that is not open');
    if (request === undefined) return;
    this.#inHandOf(request.agentId).delete(request.offerId);
    if (!comesBack.has(fact.event.disposition)) return this.#end(request, 'closed');
    request.place = 'line';
    this.#lineOf(request.queue).add(request);
  }

  /** The agent's own story must tell the same as the contacts'. */
  #slotChanged(fact: AnyFact & { type: 'patchbay.agent.v1.AgentSlotChanged' }): void {
    const { agentId, slot, state } = fact.event;
    const used = this.#slots.get(agentId) ?? new Set<string>();
    this.#slots.set(agentId, used);
    if (state === slotIdle) used.delete(slot);
    else if (state === slotReserved && used.has(slot)) this.#tell(fact, `uses ${slot} twice`);
    else used.add(slot);
    if (used.size > (this.#expected.capacity[agentId] ?? 0)) this.#tell(fact, `fills ${String(used.size)} slots`);
  }
}

/** `SlotState` of proto/patchbay/agent/v1/agent_event.proto. */
const slotIdle = 1;
const slotReserved = 2;
