import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { SkillRequirement } from '@patchbay/contracts/contact/v1/contact';
import { Bits, forEachCommon } from './bits.ts';
import { exclusiveChannels, type AgentPolicy } from './centre.ts';
import { Heap } from './heap.ts';
import { isBefore, type AgentRecord, type IndexPlace, type LinePlace, type Request } from './records.ts';

interface LineEntry extends LinePlace, IndexPlace {
  readonly request: Request;
  readonly keyMs: number;
  readonly requirementClass: RequirementClass;
  alive: boolean;
}

/** Everything that asks the same of an agent: queue, channel and skills. */
interface RequirementClass {
  readonly no: number;
  readonly key: string;
  readonly queue: string;
  readonly channel: string;
  readonly exclusive: boolean;
  readonly skills: readonly SkillRequirement[];
  /** Agents who could serve it, ready or not. */
  readonly eligible: Bits;
  readonly line: Heap<LineEntry>;
  size: number;
}

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

/** Whether the policy allows the class at all, whatever the agent does now. */
function isEligible(policy: AgentPolicy, one: Pick<RequirementClass, 'queue' | 'channel' | 'skills'>): boolean {
  if (!policy.queues.has(one.queue) || !policy.capacity.has(one.channel)) return false;
  return one.skills.every(({ skill, minLevel }) => (policy.skills.get(skill) ?? 0) >= minLevel);
}

/**
 * Whether an agent has a slot for a channel. A call takes the whole agent and starts only from an agent with nothing in
 * hand (wrap-up counts), unless the policy blends: then it may start beside text, but no text beside it.
 */
export function hasFreeSlot(policy: AgentPolicy, record: AgentRecord, channel: string): boolean {
  const capacity = policy.capacity.get(channel) ?? 0;
  if (record.slots.size === 0) return capacity > 0;
  let used = 0;
  for (const slot of record.slots.values()) {
    if (exclusiveChannels.has(slot.channel)) return false;
    if (slot.channel === channel) used += 1;
  }
  return used < capacity && (policy.blends || !exclusiveChannels.has(channel));
}

/** Whether the agent wants and may get offers at all. */
export function isReady(record: AgentRecord, nowMs: number): boolean {
  return record.state === AgentState.READY && record.pendingState === AgentState.UNSPECIFIED && record.delayUntilMs <= nowMs && record.aliveUntilMs > nowMs;
}

/** Whether the request passes the agent over for now. */
export function isSkipped(request: Request, agentId: string, nowMs: number): boolean {
  return request.skips.size > 0 && (request.skips.get(agentId) ?? 0) > nowMs;
}

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
  readonly #classes: (RequirementClass | undefined)[] = [];
  readonly #freeClassNos: number[] = [];
  readonly #classByKey = new Map<string, RequirementClass>();
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
    entry.classes = new Bits(this.#classes.length);
    for (const one of this.#classByKey.values()) {
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
    for (const one of this.#classByKey.values()) one.eligible.delete(entry.no);
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
      if (this.#classByKey.size > keptClasses) this.#forget(requirementClass);
    }
    if (requirementClass.exclusive) this.#wakeHeldBack(requirementClass);
  }

  isInLine(request: Request): boolean {
    return request.place?.alive === true;
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
      const one = this.#classes[no] as RequirementClass;
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
      const one = this.#classes[no] as RequirementClass;
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

  /** Whether a class is still there and asks just what the request asks. */
  #fits(one: RequirementClass, request: Request): boolean {
    return this.#classes[one.no] === one && one.queue === request.queue && one.channel === request.channel && one.skills === request.skills;
  }

  #classOf(request: Request): RequirementClass {
    const place = request.place as LineEntry | undefined;
    if (place !== undefined && (place.alive || this.#fits(place.requirementClass, request))) return place.requirementClass;
    let key = `${request.queue}|${request.channel}`;
    for (const { skill, minLevel } of request.skills) key += `|${skill}:${String(minLevel)}`;
    let found = this.#classByKey.get(key);
    if (found === undefined) {
      found = {
        no: this.#freeClassNos.pop() ?? this.#classes.length,
        key,
        queue: request.queue,
        channel: request.channel,
        exclusive: exclusiveChannels.has(request.channel),
        skills: request.skills,
        eligible: new Bits(this.#byNo.length),
        line: new Heap<LineEntry>(isBefore),
        size: 0,
      };
      this.#classes[found.no] = found;
      this.#classByKey.set(key, found);
      for (const entry of this.#agents.values()) {
        const eligible = isEligible(entry.policy, found);
        found.eligible.set(entry.no, eligible);
        entry.classes.set(found.no, eligible);
      }
    }
    return found;
  }

  /** Empty classes beyond a number give their place to others; who is eligible is worked out again then. */
  #forget(requirementClass: RequirementClass): void {
    this.#classByKey.delete(requirementClass.key);
    this.#classes[requirementClass.no] = undefined;
    this.#freeClassNos.push(requirementClass.no);
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
