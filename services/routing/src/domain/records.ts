import type { AgentState, SlotHold, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import type { Requirement } from '@patchbay/contracts/contact/v1/contact';
import type { ClosedBy, Relaxation } from '@patchbay/contracts/routing/v1/routing_event';
import type { QuarterCounts } from './counters.ts';
import type { SkillOverride } from './agent-policy.ts';

/** A request for an agent that is not over. */
export interface Request {
  readonly requestId: string;
  readonly contactId: string;
  queue: string;
  channel: string;
  /** What an agent must have, the queue's own requirement included. */
  requirement: Requirement;
  /** Ways beside queue and requirement in which an agent may serve it. */
  relaxations: readonly Relaxation[];
  /** What the contact itself asks of an agent, whatever queue it waits in. */
  asked: Requirement;
  /** Seconds of waiting that it is worth. */
  priority: number;
  /** Place before all waiting, higher first. */
  rank: number;
  /** Of these, those that it takes along into another queue. */
  askedPriority: number;
  /** RoutingPlan that it follows; empty for none. */
  plan: string;
  /** Place in the plan's targets; their number for the plan's final queue. */
  target: number;
  /** Queues it was sent on to so far. */
  hops: number;
  /** Place in line before priority. */
  enqueuedAtMs: number;
  /** Place in line (virtual arrival): a second of priority is worth a second of waiting. Smaller is earlier. */
  keyMs: number;
  /** Waits are counted from here. */
  requestedAtMs: number;
  preferredAgentId: string;
  /** Offers made so far. */
  attempt: number;
  /** Whether an agent had it and was lost: it counts as answered already, and as nothing else. */
  answered: boolean;
  /** Agents passed over, and until when. */
  skips: Map<string, number>;
  /** Until when it waits for the preferred agent alone; 0 when it does not. */
  preferredUntilMs: number;
  /** Undefined for a customer who waits. */
  callBack: CallBackRecord | undefined;
  /** Whether the customer left a message and waits on no line. */
  leftMessage: boolean;
  /** The open offers; none while it waits in line, several where all agents ring. */
  readonly offers: Set<string>;
  /** Where the match index has it, or had it last: the index's own. */
  place: IndexPlace | undefined;
}

/** Where a request stands as a call-back. */
export interface CallBackRecord {
  /** Not in line before; 0 for at once. */
  readonly notBeforeMs: number;
  readonly failedAttempts: number;
  readonly maxAttempts: number;
  readonly spacingMs: number;
}

/** Whether a request waits in line, with no offer open. */
export function isWaiting(request: Request): boolean {
  return request.offers.size === 0;
}

/** A place in the match index. */
export interface IndexPlace {
  /** Whether the request is in line there. */
  alive: boolean;
}

/** A contact offered to one agent. */
export interface Offer {
  readonly offerId: string;
  readonly requestId: string;
  readonly contactId: string;
  readonly agentId: string;
  readonly queue: string;
  readonly channel: string;
  readonly expiresAtMs: number;
}

/** A contact that an agent has, or wraps up. */
export interface Assignment {
  readonly assignmentId: string;
  readonly offerId: string;
  readonly agentId: string;
  /** The request as it was, for the case that the contact must wait again. */
  readonly request: Request;
  readonly assignedAtMs: number;
  readonly waitedMs: number;
  /** Undefined while the contact goes on. */
  wrapUp: { startedAtMs: number; endsAtMs: number | undefined } | undefined;
}

/** A text contact that an agent put aside until the customer writes. */
export interface ParkedContact {
  /** The request as it was. */
  readonly request: Request;
  readonly agentId: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The customer's last message that the agent saw; empty for none. */
  readonly lastMessageId: string;
}

/** What became of a request. */
export type RequestEnd = 'assigned' | 'abandoned' | 'overflowed' | 'closed' | 'refused' | 'expired';

/** What routing remembers of one contact: so that late and repeated inputs change nothing. */
export interface ContactRecord {
  openRequestId: string | undefined;
  readonly endedRequests: Map<string, RequestEnd>;
  readonly openAssignments: Set<string>;
  readonly closedAssignments: Map<string, { offerId: string; agentId: string; by: ClosedBy; failed: boolean }>;
  /** Time of its last fact. */
  touchedMs: number;
}

/** One slot that is not idle. */
export interface Slot {
  readonly slot: string;
  readonly channel: string;
  readonly state: SlotState;
  readonly contactId: string;
  readonly offerId: string;
  readonly assignmentId: string;
  readonly sinceMs: number;
  readonly hold: SlotHold;
}

/** One agent's presence and slots. */
export interface AgentRecord {
  readonly agentId: string;
  device: string;
  /** Empty while signed out. */
  sessionId: string;
  state: AgentState;
  reason: string;
  sinceMs: number;
  pendingState: AgentState;
  pendingReason: string;
  /** End of the last contact's wrap-up, or when the agent became ready after it. */
  idleSinceMs: number;
  /** Slots that are not idle, by name. */
  readonly slots: Map<string, Slot>;
  /** Offers missed in a row, by channel. */
  readonly missed: Map<string, number>;
  /** Offers in a row that could not be set up. */
  setUpFailures: number;
  /** No offers before. */
  delayUntilMs: number;
  /** Contacts closed and the time they took, by quarter of an hour. */
  readonly handled: QuarterCounts<{ count: number; busyMs: number }>;
  /** Skills that a team lead changed for now. */
  skillOverride: SkillOverride | undefined;
  /** How long the last heartbeat is good for. Known to this process only: no fact tells it. */
  aliveUntilMs: number;
  /** Due time of the one timer that looks after the heartbeat. */
  leaseTimerMs: number;
}

/** Longer than anybody waits (30 days): what one rank is worth. Ranks up to 3,000,000 keep whole milliseconds. */
const rankMs = 3_000_000_000;

/** Place in line (virtual arrival), ranks before all waiting. */
export function lineKeyMs(enqueuedAtMs: number, priority: number, rank: number): number {
  return enqueuedAtMs - priority * 1_000 - rank * rankMs;
}

/** What a place in line is compared by. */
export type LinePlace = Pick<Request, 'keyMs' | 'enqueuedAtMs' | 'requestId'>;

/** Whether one request is before another in line; ties go to the older, then to the smaller id. */
export function isBefore(left: LinePlace, right: LinePlace): boolean {
  if (left.keyMs !== right.keyMs) return left.keyMs < right.keyMs;
  if (left.enqueuedAtMs !== right.enqueuedAtMs) return left.enqueuedAtMs < right.enqueuedAtMs;
  return left.requestId < right.requestId;
}
