import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import type { RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { emergency } from '../domain/availability.ts';
import { createRandom, type Random } from './random.ts';
import type { RecordedFact } from './recorded-fact.ts';
import { Steered, type Replayed } from './steered.ts';
import type { AgentAct, LabContact, TimedInput, Workload } from './workload.ts';

/** What one request went through; undefined where the record does not say. */
interface Story {
  readonly atMs: number;
  readonly event: RoutingRequested;
  offeredMs?: number;
  answerMs?: number;
  /** How long it was offered when the customer left: answering would have taken longer. */
  rangMs?: number;
  /** Wait until answered or given up. */
  waitedMs?: number;
  gaveUp?: boolean;
  talkMs?: number;
  wrapUpMs?: number;
}

/** How long the contacts of one queue took, to draw from where the record is silent. */
interface Pool {
  readonly talks: number[];
  readonly wrapUps: number[];
  readonly answers: number[];
  abandoned: number;
  waitedMs: number;
}

/** Collects what was recorded and makes a workload of it: arrivals and people as they were, without what routing decided. */
export class Recording {
  readonly #stories = new Map<string, Story>();
  readonly #byAssignment = new Map<string, Story>();
  readonly #present = new Map<string, AgentState>();
  /** Who was there when the span began. */
  readonly #before = new Map<string, AgentState>();
  readonly #acts: AgentAct[] = [];
  readonly #inputs: TimedInput[] = [];
  readonly #steered: Steered;
  readonly #fromMs: number;
  readonly #toMs: number;
  /** How many requests of each contact began before: each is a contact of its own in the lab. */
  readonly #requests = new Map<string, number>();

  /**
   * @param span.fromMs contacts and acts before are not taken, but who is there by then is
   * @param span.toMs requests from here on are not taken; what became of earlier ones still is
   */
  constructor(span: { fromMs: number; toMs: number }) {
    this.#fromMs = span.fromMs;
    this.#toMs = span.toMs;
    this.#steered = new Steered(span);
  }

  /** Takes the next fact, in the order of the stream. */
  take(fact: RecordedFact): void {
    this.#steered.take(fact);
    switch (fact.type) {
      case 'patchbay.contact.v1.RoutingRequested':
        this.#request(fact.event, fact.timeMs);
        break;
      case 'patchbay.contact.v1.ContactIdentified':
        if (this.#isWithin(fact.timeMs)) this.#inputs.push({ atMs: fact.timeMs, input: { kind: 'ContactIdentified', event: fact.event } });
        break;
      case 'patchbay.routing.v1.ContactOffered':
        this.#change(fact.event.requestId, (story) => (story.offeredMs = fact.timeMs));
        break;
      case 'patchbay.routing.v1.ContactAssigned':
        this.#change(fact.event.requestId, (story) => {
          story.waitedMs ??= Number(fact.event.waitedMs);
          story.answerMs ??= Math.max(0, fact.timeMs - (story.offeredMs ?? fact.timeMs));
          this.#byAssignment.set(fact.event.assignmentId, story);
        });
        break;
      case 'patchbay.routing.v1.ContactAbandoned':
        this.#change(fact.event.requestId, (story) => {
          story.waitedMs = Number(fact.event.waitedMs);
          story.gaveUp = true;
          if (fact.event.whileOffered) story.rangMs = fact.timeMs - (story.offeredMs ?? fact.timeMs);
        });
        break;
      case 'patchbay.routing.v1.AssignmentClosed': {
        const story = this.#byAssignment.get(fact.event.assignmentId);
        this.#byAssignment.delete(fact.event.assignmentId);
        if (story === undefined) break;
        story.talkMs = Number(fact.event.handledMs);
        story.wrapUpMs = Number(fact.event.wrapUpMs);
        break;
      }
      case 'patchbay.agent.v1.AgentSignedIn':
        // Another desk of an agent who is there changes nothing.
        if (!this.#present.has(fact.event.agentId)) this.#act(fact.timeMs, fact.event.agentId, { kind: 'signIn' }, AgentState.NOT_READY);
        break;
      case 'patchbay.agent.v1.AgentSignedOut':
        this.#act(fact.timeMs, fact.event.agentId, { kind: 'signOut' }, undefined);
        break;
      case 'patchbay.agent.v1.AgentStateChanged':
        this.#state(fact.timeMs, fact.event);
        break;
      default:
        break;
    }
  }

  /** What team leads did that a run does again. */
  get replayed(): Replayed {
    return this.#steered.result().replayed;
  }

  /** Requests taken. */
  get size(): number {
    return this.#stories.size;
  }

  /**
   * The workload. What the record does not say is drawn: how long those who gave up would have talked and rung, from those who
   * were answered in the same queue; how much longer those who were answered would have waited, from the rate at which people of
   * the queue gave up (waits cut off by an answer counted as such: abandoned over all time waited).
   */
  toWorkload(seed: number): Workload {
    const pools = this.#pools();
    const random = createRandom(seed);
    const contacts = [...this.#stories.values()].sort((left, right) => left.atMs - right.atMs).map((story) => this.#toContact(story, pools, random.fork(story.event.requestId)));
    const present = [...this.#startStates()];
    return { contacts, acts: [...present, ...this.#acts], inputs: [...this.#inputs, ...this.#steered.result().inputs] };
  }

  *#startStates(): Generator<AgentAct> {
    for (const [agentId, state] of this.#before) {
      yield { atMs: this.#fromMs, agentId, act: { kind: 'signIn' } };
      if (state !== AgentState.NOT_READY) yield { atMs: this.#fromMs, agentId, act: { kind: 'state', state, reason: state === AgentState.READY ? '' : 'recorded' } };
    }
  }

  #isWithin(timeMs: number): boolean {
    return timeMs >= this.#fromMs && timeMs < this.#toMs;
  }

  #request(event: RoutingRequested, timeMs: number): void {
    if (!this.#isWithin(timeMs) || this.#stories.has(event.requestId)) return;
    const before = this.#requests.get(event.contactId) ?? 0;
    this.#requests.set(event.contactId, before + 1);
    const contactId = before === 0 ? event.contactId : `${event.contactId}#${String(before)}`;
    this.#stories.set(event.requestId, { atMs: timeMs, event: { ...event, contactId } });
  }

  #change(requestId: string, apply: (story: Story) => unknown): void {
    const story = this.#stories.get(requestId);
    if (story !== undefined) apply(story);
  }

  #act(timeMs: number, agentId: string, act: AgentAct['act'], state: AgentState | undefined): void {
    if (state === undefined) this.#present.delete(agentId);
    else this.#present.set(agentId, state);
    if (timeMs >= this.#toMs) return;
    if (timeMs >= this.#fromMs) this.#acts.push({ atMs: timeMs, agentId, act });
    else if (state === undefined) this.#before.delete(agentId);
    else this.#before.set(agentId, state);
  }

  #state(timeMs: number, event: { agentId: string; state: AgentState; reason: string; by: ChangedBy; pendingState: AgentState; pendingReason: string }): void {
    const { agentId, by } = event;
    const isPending = event.pendingState !== AgentState.UNSPECIFIED;
    // What was asked for earlier takes effect: under other policies at another time.
    if (by === ChangedBy.SYSTEM && !isPending && event.state !== AgentState.READY && event.reason !== emergency) return;
    const wanted = isPending ? event.pendingState : event.state;
    const state = wanted === AgentState.UNREACHABLE ? AgentState.NOT_READY : wanted;
    if (state === AgentState.SIGNED_OUT || this.#present.get(agentId) === state) return;
    const reason = (isPending ? event.pendingReason : event.reason) || (state === AgentState.BREAK ? 'recorded' : '');
    this.#act(timeMs, agentId, { kind: 'state', state, reason }, state);
  }

  #pools(): Map<string, Pool> {
    const pools = new Map<string, Pool>();
    for (const { event, talkMs, wrapUpMs, answerMs, waitedMs, gaveUp } of this.#stories.values()) {
      const pool = pools.get(event.queue) ?? { talks: [], wrapUps: [], answers: [], abandoned: 0, waitedMs: 0 };
      pools.set(event.queue, pool);
      if (talkMs !== undefined) pool.talks.push(talkMs);
      if (wrapUpMs !== undefined) pool.wrapUps.push(wrapUpMs);
      if (answerMs !== undefined) pool.answers.push(answerMs);
      if (gaveUp === true) pool.abandoned += 1;
      pool.waitedMs += waitedMs ?? 0;
    }
    return pools;
  }

  #toContact(story: Story, pools: Map<string, Pool>, random: Random): LabContact {
    const pool = pools.get(story.event.queue);
    const draw = (name: string, from: readonly number[] | undefined) => from?.[Math.floor(random.fork(name).uniform() * from.length)] ?? 0;
    const meanPatienceMs = pool === undefined || pool.abandoned === 0 ? Infinity : pool.waitedMs / pool.abandoned;
    const patienceMs = story.gaveUp === true ? (story.waitedMs ?? 0) : (story.waitedMs ?? 0) + 1 + Math.round(random.fork('patience').exponential(meanPatienceMs));
    return {
      atMs: story.atMs,
      request: story.event,
      patienceMs,
      talkMs: story.talkMs ?? draw('talk', pool?.talks),
      wrapUpMs: story.wrapUpMs ?? draw('wrapUp', pool?.wrapUps),
      answerMs: story.answerMs ?? Math.max(draw('answer', pool?.answers), story.rangMs === undefined ? 0 : story.rangMs + 1),
    };
  }
}
