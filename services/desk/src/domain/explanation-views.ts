import type { CustomerView, PromiseKind } from './views.ts';

/** A contact that waits, as lists show it. */
export interface WaitingContactView {
  contactId: string;
  channel: string;
  /** With a masked address. */
  customer: CustomerView;
  summary: string;
  enqueuedMs: number;
  /** Place in line, from 1. */
  place: number;
  /** Seconds of waiting that it is worth. */
  priority: number;
  /** Why it still waits, as routing gives it in short, e.g. `ringing`. */
  because: string;
  untilMs: number | null;
  /** Agent it rings at, or waits for; empty for none. */
  agentName: string;
}

/** A promise that is at risk or broken. */
export interface PressingPromiseView {
  contactId: string;
  channel: string;
  /** With a masked address. */
  customer: CustomerView;
  summary: string;
  kind: PromiseKind;
  broken: boolean;
  /** Null while the customer is waited for. */
  dueMs: number | null;
  /** Agent who has it, or put it aside; empty while it waits. */
  agentId: string;
  agentName: string;
}

/** An agent who could have the contact. */
export interface CandidateView {
  agentId: string;
  name: string;
  /** From 1. */
  place: number;
  /** What the queue's choice compares first, smaller is better. */
  score: number;
  inHand: number;
  idleSinceMs: number | null;
}

/** Agents who could not have the contact for the same reason. */
export interface LeftOutView {
  /** Reason code, as routing gives it. */
  reason: string;
  count: number;
  /** The first of them, with until when it holds where that is known. */
  agents: { agentId: string; name: string; untilMs: number | null }[];
}

export interface WaitingExplanationView {
  queue: string;
  /** Contacts before it in line. */
  ahead: number;
  openOffers: number;
  candidates: CandidateView[];
  /** Most first. */
  leftOut: LeftOutView[];
  waitsForPreferredUntilMs: number | null;
  /** When more agents may serve it. */
  nextRelaxationMs: number | null;
  /** When its plan sends it on. */
  movesOnMs: number | null;
  expectedWait: { p50Ms: number; p90Ms: number } | null;
}

export interface OfferExplanationView {
  agentId: string;
  name: string;
  offeredMs: number;
  queue: string;
  /** User who gave it to the agent by hand; empty when the rules chose. */
  namedBy: string;
  /** Name of the queue's choice, e.g. `longest_idle`. */
  choice: string;
  candidates: CandidateView[];
  leftOut: LeftOutView[];
  /** Contacts before it in line that this agent could not serve then. */
  passedContacts: number;
  /** Whether agents, queues or teams were changed since and are looked at as they are now. */
  centreChanged: boolean;
}
