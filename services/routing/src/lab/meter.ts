import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import type { RoutingFact } from '../domain/facts.ts';
import type { ServiceCounts } from '@patchbay/erlang/service-level';

/** What is counted of contacts that asked for an agent, by the queue and the time of asking. */
export interface QueueTally extends ServiceCounts {
  /** Gone otherwise: refused, expired, sent elsewhere, withdrawn. Not in `offered`. */
  readonly otherwise: number;
  /** Waits of the answered, ascending, ms. */
  readonly answeredWaitsMs: Float64Array;
  /** Sum of the waits of all offered, ms. */
  readonly offeredWaitMs: number;
}

/** Agents' time of one span. */
export interface StaffTally {
  /** Ready, or with something in hand, ms. */
  readonly staffedMs: number;
  /** With a contact or its wrap-up in hand, ms. */
  readonly busyMs: number;
}

/** What a meter is asked for. */
export interface MeterOptions {
  /** Contacts that ask from here on are counted. */
  readonly fromMs: number;
  /** Contacts that ask before are counted. */
  readonly toMs: number;
  readonly intervalMs: number;
  /** Target of the service level by queue, ms. */
  targetMs(queue: string): number;
  /** Whether a contact counts. */
  isCounted?(contactId: string): boolean;
}

/** One queue in one interval. */
export interface CellKey {
  readonly queue: string;
  readonly startMs: number;
}

/** Counts from facts, whoever wrote them: a routing domain or a simulation. */
export interface Meter {
  take(facts: readonly RoutingFact[]): void;
  /** By queue and interval, in order of time, then of queue. */
  cells(): { key: CellKey; tally: QueueTally }[];
  /** By interval; facts up to `toMs` must have been taken. */
  staff(): Map<number, StaffTally>;
}

class Cell {
  readonly waits: number[] = [];
  offered = 0;
  answered = 0;
  answeredInTarget = 0;
  abandonedInTarget = 0;
  otherwise = 0;
  offeredWaitMs = 0;

  answer(waitedMs: number, targetMs: number): void {
    this.offered += 1;
    this.answered += 1;
    this.waits.push(waitedMs);
    this.offeredWaitMs += waitedMs;
    if (waitedMs <= targetMs) this.answeredInTarget += 1;
  }

  abandon(waitedMs: number, targetMs: number): void {
    this.offered += 1;
    this.offeredWaitMs += waitedMs;
    if (waitedMs <= targetMs) this.abandonedInTarget += 1;
  }

  tally(): QueueTally {
    const { offered, answered, answeredInTarget, abandonedInTarget, otherwise, offeredWaitMs } = this;
    return { offered, answered, answeredInTarget, abandonedInTarget, otherwise, offeredWaitMs, answeredWaitsMs: Float64Array.from(this.waits).sort() };
  }
}

/** Several tallies as one. */
export function mergeTallies(tallies: readonly QueueTally[]): QueueTally {
  const sum = (field: (one: QueueTally) => number) => tallies.reduce((total, one) => total + field(one), 0);
  const waits = new Float64Array(sum((one) => one.answeredWaitsMs.length));
  let place = 0;
  for (const one of tallies) {
    waits.set(one.answeredWaitsMs, place);
    place += one.answeredWaitsMs.length;
  }
  return {
    offered: sum((one) => one.offered),
    answered: sum((one) => one.answered),
    answeredInTarget: sum((one) => one.answeredInTarget),
    abandonedInTarget: sum((one) => one.abandonedInTarget),
    otherwise: sum((one) => one.otherwise),
    offeredWaitMs: sum((one) => one.offeredWaitMs),
    answeredWaitsMs: waits.sort(),
  };
}

interface Asked {
  readonly queue: string;
  readonly atMs: number;
}

/** Follows each agent's state and slots and adds the time between two changes to the intervals it falls in. */
class StaffClock {
  readonly #options: MeterOptions;
  readonly #agents = new Map<string, { ready: boolean; busy: Set<string>; sinceMs: number }>();
  readonly #spans = new Map<number, { staffedMs: number; busyMs: number }>();

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  take(fact: RoutingFact): void {
    if (fact.type === 'patchbay.agent.v1.AgentStateChanged') this.#change(fact, (agent) => (agent.ready = fact.event.state === AgentState.READY));
    else if (fact.type === 'patchbay.agent.v1.AgentSignedOut') this.#change(fact, (agent) => (agent.ready = false));
    else if (fact.type === 'patchbay.agent.v1.AgentSlotChanged') {
      const { slot, state } = fact.event;
      this.#change(fact, (agent) => (state === SlotState.ENGAGED || state === SlotState.WRAP_UP ? agent.busy.add(slot) : agent.busy.delete(slot)));
    }
  }

  result(): Map<number, StaffTally> {
    for (const agent of this.#agents.values()) this.#add(agent, this.#options.toMs);
    return new Map([...this.#spans].sort(([left], [right]) => left - right));
  }

  #change(fact: RoutingFact, apply: (agent: { ready: boolean; busy: Set<string> }) => unknown): void {
    let agent = this.#agents.get(fact.key);
    if (agent === undefined) this.#agents.set(fact.key, (agent = { ready: false, busy: new Set(), sinceMs: fact.timeMs }));
    this.#add(agent, fact.timeMs);
    apply(agent);
  }

  #add(agent: { ready: boolean; busy: Set<string>; sinceMs: number }, untilMs: number): void {
    const { fromMs, toMs, intervalMs } = this.#options;
    const busy = agent.busy.size > 0;
    let atMs = Math.max(agent.sinceMs, fromMs);
    const endMs = Math.min(untilMs, toMs);
    agent.sinceMs = Math.max(agent.sinceMs, untilMs);
    if (!busy && !agent.ready) return;
    while (atMs < endMs) {
      const startMs = fromMs + Math.floor((atMs - fromMs) / intervalMs) * intervalMs;
      const nextMs = Math.min(endMs, startMs + intervalMs);
      const span = this.#spans.get(startMs) ?? { staffedMs: 0, busyMs: 0 };
      this.#spans.set(startMs, span);
      span.staffedMs += nextMs - atMs;
      if (busy) span.busyMs += nextMs - atMs;
      atMs = nextMs;
    }
  }
}

const firstCauses: ReadonlySet<QueueCause> = new Set([QueueCause.FIRST, QueueCause.TRANSFERRED]);

class FactMeter implements Meter {
  readonly #options: MeterOptions;
  readonly #asked = new Map<string, Asked>();
  readonly #cells = new Map<string, { key: CellKey; cell: Cell }>();
  readonly #staff: StaffClock;

  constructor(options: MeterOptions) {
    this.#options = options;
    this.#staff = new StaffClock(options);
  }

  take(facts: readonly RoutingFact[]): void {
    for (const fact of facts) {
      if (fact.type.startsWith('patchbay.agent.')) this.#staff.take(fact);
      else this.#takeContact(fact);
    }
  }

  cells(): { key: CellKey; tally: QueueTally }[] {
    const rows = [...this.#cells.values()].map(({ key, cell }) => ({ key, tally: cell.tally() }));
    return rows.sort((left, right) => left.key.startMs - right.key.startMs || (left.key.queue < right.key.queue ? -1 : 1));
  }

  staff(): Map<number, StaffTally> {
    return this.#staff.result();
  }

  #takeContact(fact: RoutingFact): void {
    switch (fact.type) {
      case 'patchbay.routing.v1.ContactQueued': {
        const { contactId, requestId, queue, requestedAt, cause } = fact.event;
        // Back in line it is the same request, which was counted or still will be.
        if (firstCauses.has(cause) && this.#options.isCounted?.(contactId) !== false) this.#asked.set(requestId, { queue, atMs: requestedAt?.getTime() ?? fact.timeMs });
        break;
      }
      case 'patchbay.routing.v1.ContactAssigned':
        this.#end(fact.event.requestId, (cell, targetMs) => {
          cell.answer(Number(fact.event.waitedMs), targetMs);
        });
        break;
      case 'patchbay.routing.v1.ContactAbandoned':
        this.#end(fact.event.requestId, (cell, targetMs) => {
          cell.abandon(Number(fact.event.waitedMs), targetMs);
        });
        break;
      case 'patchbay.routing.v1.ContactRefused':
        if (!this.#asked.has(fact.event.requestId) && this.#options.isCounted?.(fact.event.contactId) !== false) this.#asked.set(fact.event.requestId, { queue: fact.event.queue, atMs: fact.timeMs });
        this.#endOtherwise(fact.event.requestId);
        break;
      case 'patchbay.routing.v1.RoutingExpired':
      case 'patchbay.routing.v1.RoutingClosed':
        this.#endOtherwise(fact.event.requestId);
        break;
      case 'patchbay.routing.v1.ContactOverflowed':
        if (fact.event.toQueue === '') this.#endOtherwise(fact.event.requestId);
        break;
      default:
        break;
    }
  }

  #endOtherwise(requestId: string): void {
    this.#end(requestId, (cell) => (cell.otherwise += 1));
  }

  #end(requestId: string, count: (cell: Cell, targetMs: number) => unknown): void {
    const asked = this.#asked.get(requestId);
    if (asked === undefined) return;
    this.#asked.delete(requestId);
    const { fromMs, toMs, intervalMs, targetMs } = this.#options;
    if (asked.atMs < fromMs || asked.atMs >= toMs) return;
    const startMs = fromMs + Math.floor((asked.atMs - fromMs) / intervalMs) * intervalMs;
    const name = `${String(startMs)} ${asked.queue}`;
    let entry = this.#cells.get(name);
    if (entry === undefined) this.#cells.set(name, (entry = { key: { queue: asked.queue, startMs }, cell: new Cell() }));
    count(entry.cell, targetMs(asked.queue));
  }
}

export function createMeter(options: MeterOptions): Meter {
  return new FactMeter(options);
}
