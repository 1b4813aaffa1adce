import type { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import type { RoutingInput } from '../domain/inputs.ts';

/** A contact that comes, and what it and whoever takes it will do, known beforehand. */
export interface LabContact {
  readonly atMs: number;
  readonly request: RoutingRequested;
  /** How long the customer waits before giving up; infinite for ever. */
  readonly patienceMs: number;
  /** From accepting to the end on the medium. */
  readonly talkMs: number;
  readonly wrapUpMs: number;
  /** From the offer to accepting it. */
  readonly answerMs: number;
  /** Whether it only fills the centre and is not measured. */
  readonly isFilling?: boolean;
}

/** What an agent does of its own will. */
export interface AgentAct {
  readonly atMs: number;
  readonly agentId: string;
  /** A sign-out, like a break, waits for what is in hand. */
  readonly act: /** Not ready yet. */ { readonly kind: 'signIn' } | { readonly kind: 'signOut' } | { readonly kind: 'state'; readonly state: AgentState; readonly reason: string };
}

/** Anything else that the domain is told, e.g. who a customer is. */
export interface TimedInput {
  readonly atMs: number;
  readonly input: RoutingInput;
}

/** All that a routing domain is told during a run, by time. */
export interface Workload {
  readonly contacts: readonly LabContact[];
  readonly acts: readonly AgentAct[];
  readonly inputs?: readonly TimedInput[];
}
