import type { Arrivals } from './arrivals.ts';
import type { Centre } from './centre.ts';
import type { QuarterCounts, QueueCounts } from './counters.ts';
import { MatchIndex } from './match-index.ts';
import type { AgentRecord, Assignment, ContactRecord, Offer, ParkedContact, Request } from './records.ts';
import type { SlaKind } from '@patchbay/contracts/routing/v1/routing_event';
import type { SlaClock } from './sla-clock.ts';
import type { Surge } from './surge-policy.ts';
import { createTimers, type Timers } from './timers.ts';

/** What is in a queue now. */
export interface QueueLoad {
  /** Open requests, waiting and offered. */
  readonly requests: Set<Request>;
  offered: number;
  /** Assignments without those in wrap-up. */
  engaged: number;
  /** When its hours end and somebody may have to go: what its timer is armed for. */
  closesAtMs: number;
}

/** Durations that hold for a whole routing domain. */
export interface RoutingRules {
  /** How long a heartbeat is good for. */
  readonly leaseMs: number;
  /** How long a lost agent may stay away before text contacts go to somebody else and the agent is signed out. */
  readonly lostGraceMs: number;
  /** How long an agent gets no offers after one that could not be set up. */
  readonly setUpFailureDelayMs: number;
  /** Offers in a row that could not be set up, after which an agent becomes not ready. */
  readonly maxSetUpFailures: number;
  /** How long an ended contact is remembered. */
  readonly rememberMs: number;
}

export const defaultRules: RoutingRules = {
  leaseMs: 9_000,
  lostGraceMs: 60_000,
  setUpFailureDelayMs: 5_000,
  maxSetUpFailures: 3,
  rememberMs: 30 * 60_000,
};

/** What facts of the contact told before, or beside, a request. Known to this process only; bounded, oldest out first. */
export interface ContactNote {
  ended: boolean;
  withdrawn: Set<string>;
  /** What the customer is worth in line, seconds. */
  customerPriority: number;
  /** Customer resource or record; empty while not known. */
  customerId: string;
  /** Customer value, 0 to 100. */
  customerValue: number;
  /** Assignments whose customer and agent can talk. */
  connected: Set<string>;
  /** The customer's last message since an agent has the contact; empty while there is none. */
  lastMessageId: string;
}

/** The agent whom a customer knows. */
export interface FamiliarAgent {
  readonly agentId: string;
  readonly sinceMs: number;
}

/** A queue that a team lead paused. */
export interface PausedQueue {
  readonly sinceMs: number;
  readonly reason: string;
}

/** A clock of a promise, with the time that was told last. */
export type RunningSla = SlaClock & { readonly dueMs: number | undefined };

/** What a contact was promised. */
export interface SlaRecord {
  readonly contactId: string;
  policy: string;
  queue: string;
  readonly channel: string;
  /** Place of the last message that changed a clock. */
  lastSequence: bigint;
  readonly clocks: Map<SlaKind, RunningSla>;
}

/** State of one routing domain. Everything above `centre` follows from the facts alone. */
export interface RoutingState {
  /** Open requests. */
  readonly requests: Map<string, Request>;
  readonly offers: Map<string, Offer>;
  readonly assignments: Map<string, Assignment>;
  readonly agents: Map<string, AgentRecord>;
  /** Contacts put aside until the customer writes, oldest first. */
  readonly parked: Map<string, ParkedContact>;
  /** By last fact, oldest first. */
  readonly contacts: Map<string, ContactRecord>;
  /** What contacts were promised. */
  readonly sla: Map<string, SlaRecord>;
  readonly counters: Map<string, QuarterCounts<QueueCounts>>;
  /** Agent who was offered last, by queue: where a round goes on. */
  readonly lastOffered: Map<string, string>;
  /** Agent who served a customer last, by customer; oldest first. */
  readonly familiar: Map<string, FamiliarAgent>;
  /** Queues from which nothing is offered. */
  readonly pausedQueues: Map<string, PausedQueue>;
  /** When contacts that are over were last forgotten. */
  prunedMs: number;
  /** Surges that last, by plan. */
  readonly surges: Map<string, Surge>;
  /** When a surge was ended by hand, by plan, until it begins again. */
  readonly surgeStops: Map<string, number>;
  /** Contacts that came lately, by queue. */
  readonly arrivals: Map<string, Arrivals>;

  readonly centre: Centre;
  readonly rules: RoutingRules;
  readonly loads: Map<string, QueueLoad>;
  readonly timers: Timers;
  /** Surge plans that have a timer. */
  readonly surgeTimers: Set<string>;
  readonly index: MatchIndex;
  /** Contacts with a promise that is at risk or broken. */
  readonly pressing: Set<string>;
  /** Contacts that each agent parked. */
  readonly parkedBy: Map<string, Set<string>>;
  readonly notes: Map<string, ContactNote>;
  /** Queues and agents that changed since somebody last asked. */
  readonly changedQueues: Set<string>;
  readonly changedAgents: Set<string>;
  /** When this process took the domain over. */
  takenOverMs: number;
}

export function createRoutingState(centre: Centre, rules: RoutingRules = defaultRules): RoutingState {
  return {
    requests: new Map(),
    offers: new Map(),
    assignments: new Map(),
    agents: new Map(),
    parked: new Map(),
    contacts: new Map(),
    sla: new Map(),
    counters: new Map(),
    lastOffered: new Map(),
    familiar: new Map(),
    pausedQueues: new Map(),
    prunedMs: 0,
    surges: new Map(),
    surgeStops: new Map(),
    arrivals: new Map(),
    centre,
    rules,
    loads: new Map(),
    timers: createTimers(),
    surgeTimers: new Set(),
    index: new MatchIndex(centre.teams),
    pressing: new Set(),
    parkedBy: new Map(),
    notes: new Map(),
    changedQueues: new Set(),
    changedAgents: new Set(),
    takenOverMs: -Infinity,
  };
}

export function loadOf(state: RoutingState, queue: string): QueueLoad {
  let load = state.loads.get(queue);
  if (load === undefined) {
    load = { requests: new Set(), offered: 0, engaged: 0, closesAtMs: -Infinity };
    state.loads.set(queue, load);
  }
  return load;
}
