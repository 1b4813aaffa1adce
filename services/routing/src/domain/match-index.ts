import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentColumns, type AgentEntry, type Ranking } from './agent-columns.ts';
import { exclusiveChannels, type AgentPolicy, type TeamPolicy } from './agent-policy.ts';
import { blockedChannels, hasFreeSlot, isAwaited, isPresent, isReady, isSkipped } from './availability.ts';
import { Bits, forEachCommon, hasCommon } from './bits.ts';
import { isBefore, type AgentRecord, type LinePlace, type Request } from './records.ts';
import { isEligible, RequirementClasses, type Asked, type LineEntry, type RequirementClass } from './requirement-classes.ts';
import type { SurgeWay } from './surge-effects.ts';
import { TeamLoad } from './team-load.ts';
import { firstWhere, WaitingLines } from './waiting-lines.ts';

/** Empty classes are kept up to this many, for the next contact that asks the same. */
const keptClasses = 4_096;

/**
 * Who could serve what, and who waits, arranged so that neither side is scanned: each distinct requirement is a class
 * with the set of agents who meet it and a heap of its requests by place in line; each agent has the set of classes.
 * An agent who becomes free looks at the heads of non-empty classes only; an arrival looks at ready agents only.
 *
 * One line over channels: an agent with text in hand gets no text that is behind a call waiting for that agent, or
 * calls, which need an agent with nothing in hand, would wait for ever in a busy centre. The same goes for text that is too
 * large for what is in hand.
 */
export class MatchIndex {
  readonly #lines = new WaitingLines();
  /** Requests that came into line, or may now be served by somebody more, since the last settling. */
  readonly restlessRequests = this.#lines.restless;
  /** Agents who may serve somebody more since the last settling. */
  readonly restlessAgents = new Set<AgentEntry>();

  /** What agents are compared by. */
  readonly columns = new AgentColumns();
  readonly #teams: TeamLoad;
  /** Text channels of which a contact can be too large for what an agent has in hand. */
  readonly #loadedChannels = new Set<string>();
  readonly #agents = new Map<string, AgentEntry>();
  readonly #freeNos: number[] = [];
  readonly #classes = new RequirementClasses();
  /** Ways in which surges let more agents serve, by queue. */
  readonly #ways = new Map<string, readonly SurgeWay[]>();
  /** Agents who are signed in and can be reached. */
  readonly #present = new Bits();
  /** Agents who are ready and have a slot of some channel. */
  readonly #ready = new Bits();

  /** @param teams of the centre, live */
  constructor(teams: ReadonlyMap<string, TeamPolicy>) {
    this.#teams = new TeamLoad(teams);
  }

  agent(agentId: string): AgentEntry | undefined {
    return this.#agents.get(agentId);
  }

  /** Takes an agent in, or takes over what changed about one. */
  putAgent(policy: AgentPolicy, record: AgentRecord | undefined, nowMs: number): void {
    let entry = this.#agents.get(policy.agentId);
    if (entry === undefined) {
      entry = { no: this.#freeNos.pop() ?? this.columns.entries.length, agentId: policy.agentId, policy, record, classes: new Bits() };
      this.#agents.set(policy.agentId, entry);
      this.columns.entries[entry.no] = entry;
    }
    entry.policy = policy;
    entry.record = record;
    for (const channel of [...policy.load.keys(), ...policy.interrupts.keys()]) this.#loadedChannels.add(channel);
    entry.classes = new Bits(this.#classes.byNo.length);
    for (const one of this.#classes.all()) {
      const eligible = isEligible(policy, one, this.#ways.get(one.queue));
      one.eligible.set(entry.no, eligible);
      entry.classes.set(one.no, eligible);
    }
    this.refreshAgent(entry, nowMs);
  }

  removeAgent(agentId: string): void {
    const entry = this.#agents.get(agentId);
    if (entry === undefined) return;
    this.#agents.delete(agentId);
    this.columns.entries[entry.no] = undefined;
    this.#freeNos.push(entry.no);
    this.#ready.delete(entry.no);
    this.#present.delete(entry.no);
    for (const one of this.#classes.all()) one.eligible.delete(entry.no);
    for (const one of this.#teams.drop(entry)) this.restlessAgents.add(one);
    this.restlessAgents.delete(entry);
    this.#lines.wakeThoseWaitingFor(agentId);
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
    this.columns.set(entry);
    for (const one of this.#teams.count(entry)) this.restlessAgents.add(one);
    if (!isAwaited(record)) this.#lines.wakeThoseWaitingFor(entry.agentId);
    // Pending states are settled too: an agent with nothing in hand may have one.
    if (ready || (record !== undefined && record.pendingState !== AgentState.UNSPECIFIED)) this.restlessAgents.add(entry);
  }

  /** Takes over in which ways more agents may serve a queue. */
  setWays(queue: string, ways: readonly SurgeWay[]): void {
    if (ways.length === 0 && !this.#ways.delete(queue)) return;
    if (ways.length > 0) this.#ways.set(queue, ways);
    for (const one of this.#classes.all()) if (one.queue === queue) this.#workOut(one);
  }

  /** Works out anew who may serve a class; who may serve more, or is held back by less, is looked at. */
  #workOut(one: RequirementClass): void {
    for (const entry of this.#agents.values()) {
      const eligible = isEligible(entry.policy, one, this.#ways.get(one.queue));
      if (eligible === one.eligible.has(entry.no)) continue;
      one.eligible.set(entry.no, eligible);
      entry.classes.set(one.no, eligible);
      this.restlessAgents.add(entry);
    }
    for (const { alive, request } of one.line.items) if (alive) this.restlessRequests.add(request);
  }

  /** Puts a request in line, at its place by `keyMs`; again after its place changed. */
  join(request: Request): void {
    this.leave(request);
    this.#lines.join(request, this.#classOf(request));
  }

  /** Takes a request out of line; harmless when it is not in it. */
  leave(request: Request): void {
    const left = this.#lines.leave(request);
    if (left === undefined) return;
    if (left.size === 0 && this.#classes.size > keptClasses) this.#classes.forget(left);
    if (left.exclusive || this.#loadedChannels.has(left.channel)) this.#wakeHeldBack(left);
  }

  isInLine(request: Request): boolean {
    return request.place?.alive === true;
  }

  /** Whether somebody is signed in, ready or not, who could serve what is asked. */
  hasAgentFor(asked: Asked): boolean {
    return hasCommon(this.#find(asked).eligible, this.#present);
  }

  /** Whom a request goes to now: the preferred agent when free, then the best by the order of its queue. */
  bestAgentFor(request: Request, nowMs: number, ranking: Ranking): AgentEntry | undefined {
    return this.#preferredFor(request, nowMs) ?? this.#bestOf(request, nowMs, ranking);
  }

  /** Everybody whom a request may go to now, the best first; at most so many. */
  bestAgentsFor(request: Request, nowMs: number, ranking: Ranking, limit: number): AgentEntry[] {
    const found: AgentEntry[] = [];
    forEachCommon(this.#classOf(request).eligible, this.#ready, (no) => {
      const entry = this.columns.entries[no];
      if (entry !== undefined && this.#canTake(entry, request, nowMs)) found.push(entry);
    });
    return found.sort((left, right) => this.#compare(left, right, ranking)).slice(0, limit);
  }

  #preferredFor(request: Request, nowMs: number): AgentEntry | undefined {
    const preferred = request.preferredAgentId === '' ? undefined : this.#agents.get(request.preferredAgentId);
    if (preferred === undefined || !this.#classOf(request).eligible.has(preferred.no) || !this.#ready.has(preferred.no)) return undefined;
    return this.#canTake(preferred, request, nowMs) ? preferred : undefined;
  }

  #bestOf(request: Request, nowMs: number, { score, byId }: Ranking): AgentEntry | undefined {
    const { columns } = this;
    let best: AgentEntry | undefined;
    let bestScore = Infinity;
    let bestIdleMs = Infinity;
    forEachCommon(this.#classOf(request).eligible, this.#ready, (no) => {
      const ownScore = score(columns, no);
      const idleMs = byId ? 0 : (columns.idleSinceMs[no] ?? 0);
      if (ownScore > bestScore || (ownScore === bestScore && idleMs > bestIdleMs)) return;
      const entry = columns.entries[no];
      if (entry === undefined) return;
      if (ownScore === bestScore && idleMs === bestIdleMs && best !== undefined && best.agentId < entry.agentId) return;
      if (!this.#canTake(entry, request, nowMs)) return;
      best = entry;
      bestScore = ownScore;
      bestIdleMs = idleMs;
    });
    return best;
  }

  #compare(left: AgentEntry, right: AgentEntry, { score, byId }: Ranking): number {
    const { columns } = this;
    const byScore = score(columns, left.no) - score(columns, right.no);
    if (byScore !== 0 && !Number.isNaN(byScore)) return byScore;
    const byIdle = byId ? 0 : (columns.idleSinceMs[left.no] ?? 0) - (columns.idleSinceMs[right.no] ?? 0);
    if (byIdle !== 0) return byIdle;
    return left.agentId < right.agentId ? -1 : 1;
  }

  /** Whether a request is not for the agent just now: passed over, or waiting for somebody else. */
  #passesOver(request: Request, agentId: string, nowMs: number): boolean {
    if (isSkipped(request, agentId, nowMs)) return true;
    if (request.preferredUntilMs <= nowMs || request.preferredAgentId === agentId) return false;
    return isAwaited(this.#agents.get(request.preferredAgentId)?.record);
  }

  /** What an agent gets now: the first in line over all queues and channels that the agent can serve. */
  bestRequestFor(entry: AgentEntry, nowMs: number): Request | undefined {
    const { record, policy } = entry;
    if (record === undefined || !this.#ready.has(entry.no) || !isReady(record, nowMs)) return undefined;
    const limit = this.#heldBackBy(entry, nowMs);
    let best: LineEntry | undefined;
    let bestKeyMs = Infinity;
    forEachCommon(entry.classes, this.#lines.nonEmpty, (no) => {
      if (this.#lines.headKeyMs(no) > bestKeyMs) return;
      const one = this.#classes.byNo[no] as RequirementClass;
      if (!hasFreeSlot(policy, record, one.channel) || !this.#teams.hasRoom(policy.team, one.channel)) return;
      const first = this.#firstFor(one, entry.agentId, nowMs);
      if (first === undefined || (best !== undefined && !isBefore(first, best))) return;
      if (limit !== undefined && !one.exclusive && isBefore(limit, first)) return;
      best = first;
      bestKeyMs = first.keyMs;
    });
    return best?.request;
  }

  /** Whether the agent, found a moment ago, may still have one more of the channel: the team may have got others meanwhile. */
  hasTeamRoom({ policy }: AgentEntry, channel: string): boolean {
    return this.#teams.hasRoom(policy.team, channel);
  }

  #canTake(entry: AgentEntry, request: Request, nowMs: number): boolean {
    const { record, policy } = entry;
    if (record === undefined || !isReady(record, nowMs) || this.#passesOver(request, entry.agentId, nowMs)) return false;
    if (!hasFreeSlot(policy, record, request.channel) || !this.#teams.hasRoom(policy.team, request.channel)) return false;
    return !this.isHeldBack(entry, request, nowMs);
  }

  /** Whether the agent gets no text of this place in line, for something before it that is too large for what is in hand. */
  isHeldBack(entry: AgentEntry, request: Request, nowMs: number): boolean {
    if (exclusiveChannels.has(request.channel)) return false;
    const limit = this.#heldBackBy(entry, nowMs);
    return limit !== undefined && isBefore(limit, request);
  }

  /** The first contact that waits for the agent and cannot be had beside what is in hand: no text behind it either. */
  #heldBackBy(entry: AgentEntry, nowMs: number): LinePlace | undefined {
    if ((this.columns.inHand[entry.no] ?? 0) === 0 || entry.record === undefined) return undefined;
    const blocked = blockedChannels(entry.policy, entry.record);
    if (blocked.length === 0) return undefined;
    let first: LineEntry | undefined;
    forEachCommon(entry.classes, this.#lines.nonEmpty, (no) => {
      const one = this.#classes.byNo[no] as RequirementClass;
      if (!blocked.includes(one.channel)) return;
      const candidate = this.#firstFor(one, entry.agentId, nowMs);
      if (candidate !== undefined && (first === undefined || isBefore(candidate, first))) first = candidate;
    });
    return first;
  }

  #wakeHeldBack(requirementClass: RequirementClass): void {
    forEachCommon(requirementClass.eligible, this.#ready, (no) => {
      const entry = this.columns.entries[no];
      if (entry !== undefined && (this.columns.inHand[no] ?? 0) > 0) this.restlessAgents.add(entry);
    });
  }

  #firstFor(requirementClass: RequirementClass, agentId: string, nowMs: number): LineEntry | undefined {
    const head = requirementClass.line.peek();
    if (head === undefined || !this.#passesOver(head.request, agentId, nowMs)) return head;
    // Rare: the agent refused or missed the first in line a moment ago, or it waits for another one.
    return firstWhere(requirementClass, (request) => !this.#passesOver(request, agentId, nowMs));
  }

  #classOf(request: Request): RequirementClass {
    const place = request.place as LineEntry | undefined;
    if (place !== undefined && (place.alive || this.#classes.fits(place.requirementClass, request))) return place.requirementClass;
    return this.#find(request);
  }

  #find(asked: Asked): RequirementClass {
    return this.#classes.find(asked, (one) => {
      for (const entry of this.#agents.values()) {
        const eligible = isEligible(entry.policy, one, this.#ways.get(one.queue));
        one.eligible.set(entry.no, eligible);
        entry.classes.set(one.no, eligible);
      }
    });
  }
}
