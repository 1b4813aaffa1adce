import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { exclusiveChannels, type AgentPolicy } from './agent-policy.ts';
import { hasFreeSlot, isPresent, isReady, isSkipped } from './availability.ts';
import { Bits, forEachCommon, hasCommon } from './bits.ts';
import { isBefore, type AgentRecord, type LinePlace, type Request } from './records.ts';
import { isEligible, RequirementClasses, type Asked, type LineEntry, type RequirementClass } from './requirement-classes.ts';

/** An agent of the centre as the index knows it. */
export interface AgentEntry {
  readonly no: number;
  readonly agentId: string;
  policy: AgentPolicy;
  record: AgentRecord | undefined;
  /** Classes that the agent could serve. */
  classes: Bits;
}

/** Empty classes are kept up to this many, for the next contact that asks the same. */
const keptClasses = 4_096;

/**
 * Who could serve what, and who waits, arranged so that neither side is scanned: each distinct requirement is a class
 * with the set of agents who meet it and a heap of its requests by place in line; each agent has the set of classes.
 * An agent who becomes free looks at the heads of non-empty classes only; an arrival looks at ready agents only.
 *
 * One line over channels: an agent with text in hand gets no text that is behind a call waiting for that agent, or
 * calls, which need an agent with nothing in hand, would wait for ever in a busy centre.
 */
export class MatchIndex {
  /** Requests that came into line, or may now be served by somebody more, since the last settling. */
  readonly restlessRequests = new Set<Request>();
  /** Agents who may serve somebody more since the last settling. */
  readonly restlessAgents = new Set<AgentEntry>();

  readonly #agents = new Map<string, AgentEntry>();
  readonly #byNo: (AgentEntry | undefined)[] = [];
  readonly #freeNos: number[] = [];
  readonly #classes = new RequirementClasses();
  /** Agents who are signed in and can be reached. */
  readonly #present = new Bits();
  /** Agents who are ready and have a slot of some channel. */
  readonly #ready = new Bits();
  /** Classes with somebody in line. */
  readonly #nonEmpty = new Bits();
  /** Place in line of each class's first, so that a scan over classes touches one array: Infinity for an empty line. */
  #headKeyMs = new Float64Array(64).fill(Infinity);
  #inHand = new Int32Array(64);
  #idleSinceMs = new Float64Array(64);

  agent(agentId: string): AgentEntry | undefined {
    return this.#agents.get(agentId);
  }

  /** Takes an agent in, or takes over what changed about one. */
  putAgent(policy: AgentPolicy, record: AgentRecord | undefined, nowMs: number): void {
    let entry = this.#agents.get(policy.agentId);
    if (entry === undefined) {
      entry = { no: this.#freeNos.pop() ?? this.#byNo.length, agentId: policy.agentId, policy, record, classes: new Bits() };
      this.#agents.set(policy.agentId, entry);
      this.#byNo[entry.no] = entry;
      this.#growTo(entry.no);
    }
    entry.policy = policy;
    entry.record = record;
    entry.classes = new Bits(this.#classes.byNo.length);
    for (const one of this.#classes.all()) {
      const eligible = isEligible(policy, one);
      one.eligible.set(entry.no, eligible);
      entry.classes.set(one.no, eligible);
    }
    this.refreshAgent(entry, nowMs);
  }

  removeAgent(agentId: string): void {
    const entry = this.#agents.get(agentId);
    if (entry === undefined) return;
    this.#agents.delete(agentId);
    this.#byNo[entry.no] = undefined;
    this.#freeNos.push(entry.no);
    this.#ready.delete(entry.no);
    this.#present.delete(entry.no);
    for (const one of this.#classes.all()) one.eligible.delete(entry.no);
    this.restlessAgents.delete(entry);
  }

  /** To be called after every change of an agent's state or slots. */
  refreshAgent(entry: AgentEntry, nowMs: number): void {
    const { record, policy } = entry;
    let ready = false;
    if (record !== undefined && isReady(record, nowMs)) {
      for (const channel of policy.capacity.keys()) ready ||= hasFreeSlot(policy, record, channel);
    }
    this.#ready.set(entry.no, ready);
    this.#present.set(entry.no, isPresent(record));
    this.#inHand[entry.no] = record?.slots.size ?? 0;
    this.#idleSinceMs[entry.no] = record?.idleSinceMs ?? 0;
    // Pending states are settled too: an agent with nothing in hand may have one.
    if (ready || (record !== undefined && record.pendingState !== AgentState.UNSPECIFIED)) this.restlessAgents.add(entry);
  }

  /** Puts a request in line, at its place by `keyMs`; again after its place changed. */
  join(request: Request): void {
    this.leave(request);
    const requirementClass = this.#classOf(request);
    const entry: LineEntry = { request, keyMs: request.keyMs, enqueuedAtMs: request.enqueuedAtMs, requestId: request.requestId, requirementClass, alive: true };
    request.place = entry;
    requirementClass.line.push(entry);
    requirementClass.size += 1;
    this.#nonEmpty.add(requirementClass.no);
    this.#noteHead(requirementClass);
    this.restlessRequests.add(request);
  }

  /** Takes a request out of line; harmless when it is not in it. */
  leave(request: Request): void {
    const entry = request.place as LineEntry | undefined;
    if (entry?.alive !== true) return;
    this.restlessRequests.delete(request);
    entry.alive = false;
    const { requirementClass } = entry;
    requirementClass.size -= 1;
    const { line } = requirementClass;
    // Dead entries are taken out when they come first, or when they are most of the heap.
    while (line.peek()?.alive === false) line.pop();
    if (line.size > 64 + 2 * requirementClass.size) line.keep((one) => one.alive);
    this.#noteHead(requirementClass);
    if (requirementClass.size === 0) {
      this.#nonEmpty.delete(requirementClass.no);
      if (this.#classes.size > keptClasses) this.#classes.forget(requirementClass);
    }
    if (requirementClass.exclusive) this.#wakeHeldBack(requirementClass);
  }

  isInLine(request: Request): boolean {
    return request.place?.alive === true;
  }

  /** Whether somebody is signed in, ready or not, who could serve what is asked. */
  hasAgentFor(asked: Asked): boolean {
    return hasCommon(this.#find(asked).eligible, this.#present);
  }

  /** Whom a request goes to now: the preferred agent, then the one with least in hand, then the longest idle. */
  bestAgentFor(request: Request, nowMs: number): AgentEntry | undefined {
    const requirementClass = this.#classOf(request);
    if (request.preferredAgentId !== '') {
      const preferred = this.#agents.get(request.preferredAgentId);
      if (preferred !== undefined && requirementClass.eligible.has(preferred.no) && this.#ready.has(preferred.no) && this.#canTake(preferred, request, nowMs)) return preferred;
    }
    let best: AgentEntry | undefined;
    let bestInHand = Infinity;
    let bestIdleMs = Infinity;
    forEachCommon(requirementClass.eligible, this.#ready, (no) => {
      const inHand = this.#inHand[no] ?? 0;
      const idleMs = this.#idleSinceMs[no] ?? 0;
      if (inHand > bestInHand || (inHand === bestInHand && idleMs > bestIdleMs)) return;
      const entry = this.#byNo[no];
      if (entry === undefined) return;
      if (inHand === bestInHand && idleMs === bestIdleMs && best !== undefined && best.agentId < entry.agentId) return;
      if (!this.#canTake(entry, request, nowMs)) return;
      best = entry;
      bestInHand = inHand;
      bestIdleMs = idleMs;
    });
    return best;
  }

  /** What an agent gets now: the first in line over all queues and channels that the agent can serve. */
  bestRequestFor(entry: AgentEntry, nowMs: number): Request | undefined {
    const { record, policy } = entry;
    if (record === undefined || !this.#ready.has(entry.no) || !isReady(record, nowMs)) return undefined;
    const limit = this.#heldBackBy(entry, nowMs);
    let best: LineEntry | undefined;
    let bestKeyMs = Infinity;
    forEachCommon(entry.classes, this.#nonEmpty, (no) => {
      if ((this.#headKeyMs[no] ?? Infinity) > bestKeyMs) return;
      const one = this.#classes.byNo[no] as RequirementClass;
      if (!hasFreeSlot(policy, record, one.channel)) return;
      const first = this.#firstFor(one, entry.agentId, nowMs);
      if (first === undefined || (best !== undefined && !isBefore(first, best))) return;
      if (limit !== undefined && !one.exclusive && isBefore(limit, first)) return;
      best = first;
      bestKeyMs = first.keyMs;
    });
    return best?.request;
  }

  #canTake(entry: AgentEntry, request: Request, nowMs: number): boolean {
    const { record, policy } = entry;
    if (record === undefined || !isReady(record, nowMs) || isSkipped(request, entry.agentId, nowMs)) return false;
    if (!hasFreeSlot(policy, record, request.channel)) return false;
    const limit = this.#heldBackBy(entry, nowMs);
    return limit === undefined || exclusiveChannels.has(request.channel) || !isBefore(limit, request);
  }

  /** The first call that waits for an agent who has text in hand and so cannot take it: no text behind it either. */
  #heldBackBy(entry: AgentEntry, nowMs: number): LinePlace | undefined {
    if ((this.#inHand[entry.no] ?? 0) === 0 || entry.policy.blends) return undefined;
    let first: LineEntry | undefined;
    forEachCommon(entry.classes, this.#nonEmpty, (no) => {
      const one = this.#classes.byNo[no] as RequirementClass;
      if (!one.exclusive) return;
      const candidate = this.#firstFor(one, entry.agentId, nowMs);
      if (candidate !== undefined && (first === undefined || isBefore(candidate, first))) first = candidate;
    });
    return first;
  }

  #wakeHeldBack(requirementClass: RequirementClass): void {
    forEachCommon(requirementClass.eligible, this.#ready, (no) => {
      const entry = this.#byNo[no];
      if (entry !== undefined && (this.#inHand[no] ?? 0) > 0) this.restlessAgents.add(entry);
    });
  }

  #noteHead(requirementClass: RequirementClass): void {
    const { no, line } = requirementClass;
    if (no >= this.#headKeyMs.length) {
      const grown = new Float64Array(this.#headKeyMs.length * 2).fill(Infinity);
      grown.set(this.#headKeyMs);
      this.#headKeyMs = grown;
    }
    this.#headKeyMs[no] = line.peek()?.keyMs ?? Infinity;
  }

  #firstFor(requirementClass: RequirementClass, agentId: string, nowMs: number): LineEntry | undefined {
    const head = requirementClass.line.peek();
    if (head === undefined || !isSkipped(head.request, agentId, nowMs)) return head;
    // Rare: the agent refused or missed the first in line a moment ago.
    let first: LineEntry | undefined;
    for (const entry of requirementClass.line.items) {
      if (!entry.alive || isSkipped(entry.request, agentId, nowMs)) continue;
      if (first === undefined || isBefore(entry, first)) first = entry;
    }
    return first;
  }

  #classOf(request: Request): RequirementClass {
    const place = request.place as LineEntry | undefined;
    if (place !== undefined && (place.alive || this.#classes.fits(place.requirementClass, request))) return place.requirementClass;
    return this.#find(request);
  }

  #find(asked: Asked): RequirementClass {
    return this.#classes.find(asked, (one) => {
      for (const entry of this.#agents.values()) {
        const eligible = isEligible(entry.policy, one);
        one.eligible.set(entry.no, eligible);
        entry.classes.set(one.no, eligible);
      }
    });
  }

  #growTo(no: number): void {
    if (no < this.#inHand.length) return;
    const inHand = new Int32Array(this.#inHand.length * 2);
    inHand.set(this.#inHand);
    this.#inHand = inHand;
    const idleSinceMs = new Float64Array(this.#idleSinceMs.length * 2);
    idleSinceMs.set(this.#idleSinceMs);
    this.#idleSinceMs = idleSinceMs;
  }
}
