import type { ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import type { SetStateRequest, SignInRequest, SignOutRequest } from '@patchbay/contracts/agent/v1/agent_service';
import type { CallBackFailed, ContactConnected, ContactEnded, ContactIdentified, RoutingRequested, RoutingWithdrawn } from '@patchbay/contracts/contact/v1/contact_event';
import type { MessageReceived, MessageSent } from '@patchbay/contracts/message/v1/message_event';
import type { ClosedBy } from '@patchbay/contracts/routing/v1/routing_event';
import type { AcceptOfferRequest, CloseAssignmentRequest, ExtendWrapUpRequest, FailOfferRequest, ParkContactRequest, RejectOfferRequest, ResumeContactRequest } from '@patchbay/contracts/routing/v1/routing_service';
import type { SkillLevel } from '@patchbay/contracts/directory/v1/resource';
import type { RoutingFact } from './facts.ts';
import type { Lead, Steering } from './lead.ts';
import type { Timer } from './timers.ts';

/** What a routing domain is told: facts of contacts, what agents and media ask, timers, and changes of the centre. */
export type RoutingInput =
  | { readonly kind: 'RoutingRequested'; readonly event: RoutingRequested; /** When the channel asked. */ readonly timeMs: number }
  /** The contact asks for an agent of another routing domain. */
  | { readonly kind: 'MovedAway'; readonly event: RoutingRequested }
  | { readonly kind: 'RoutingWithdrawn'; readonly event: RoutingWithdrawn }
  | { readonly kind: 'CallBackFailed'; readonly event: CallBackFailed }
  | { readonly kind: 'ContactConnected'; readonly event: ContactConnected }
  | { readonly kind: 'ContactEnded'; readonly event: ContactEnded }
  | { readonly kind: 'ContactIdentified'; readonly event: ContactIdentified }
  | { readonly kind: 'MessageReceived'; readonly event: Pick<MessageReceived, 'contactId' | 'messageId' | 'sequence'> }
  | { readonly kind: 'MessageSent'; readonly event: Pick<MessageSent, 'contactId' | 'by' | 'sequence'> }
  /** Hours or policies changed; the centre has them already. */
  | { readonly kind: 'SlaApplied' }
  | { readonly kind: 'AcceptOffer'; readonly request: AcceptOfferRequest }
  | { readonly kind: 'RejectOffer'; readonly request: RejectOfferRequest }
  | { readonly kind: 'FailOffer'; readonly request: FailOfferRequest }
  | { readonly kind: 'ExtendWrapUp'; readonly request: ExtendWrapUpRequest }
  | { readonly kind: 'CloseAssignment'; readonly request: CloseAssignmentRequest; readonly by: ClosedBy }
  | { readonly kind: 'ParkContact'; readonly request: ParkContactRequest }
  | { readonly kind: 'ResumeContact'; readonly request: ResumeContactRequest }
  | { readonly kind: 'SignIn'; readonly request: SignInRequest }
  | { readonly kind: 'SignOut'; readonly request: SignOutRequest; readonly by: ChangedBy; /** Subject, unless it is the agent. */ readonly actor?: string }
  | { readonly kind: 'ForceSignOut'; readonly agentId: string; readonly lead: Lead }
  | { readonly kind: 'WithdrawSignOut'; readonly agentId: string; readonly actor: string }
  | { readonly kind: 'SetState'; readonly request: SetStateRequest; readonly by: ChangedBy; /** Subject, unless it is the agent. */ readonly actor?: string }
  | Steering
  | { readonly kind: 'OverrideSkills'; readonly agentId: string; readonly skills: readonly SkillLevel[]; readonly untilMs: number; readonly lead: Lead }
  | { readonly kind: 'RestoreSkills'; readonly agentId: string; readonly actor: string }
  | { readonly kind: 'PauseQueue'; readonly queue: string; readonly lead: Lead }
  | { readonly kind: 'ResumeQueue'; readonly queue: string; readonly actor: string }
  | { readonly kind: 'Timer'; readonly timer: Timer }
  /** The agents of a site have to leave. Asked again until nobody is counted. */
  | { readonly kind: 'EvacuateSite'; readonly site: string; readonly by: ChangedBy; readonly actor?: string }
  /** Contacts whom nobody who is there could serve go on. Asked again until none is counted. */
  | { readonly kind: 'MoveStranded' }
  /** A surge begins, or ends, by hand. */
  | { readonly kind: 'StartSurge' | 'StopSurge'; readonly plan: string; readonly by: string; readonly note: string }
  /** A writer has just taken the domain over. */
  | { readonly kind: 'TakenOver' }
  /** An agent resource was applied or removed; the centre has it already. */
  | { readonly kind: 'AgentApplied'; readonly agentId: string };

/** Why a request to routing is refused. Each is a row of the service's error table. */
export type Refusal =
  | 'ROUTING_OFFER_GONE'
  | 'ROUTING_ASSIGNMENT_GONE'
  | 'ROUTING_CONTACT_OPEN'
  | 'ROUTING_NO_EXTENSION'
  | 'ROUTING_DISPOSITION_NEEDED'
  | 'ROUTING_DISPOSITION_UNKNOWN'
  | 'ROUTING_UNKNOWN_AGENT'
  | 'ROUTING_NOT_SIGNED_IN'
  | 'ROUTING_AGENT_ENGAGED'
  | 'ROUTING_SIGN_OUT_PENDING'
  | 'ROUTING_BAD_STATE'
  | 'ROUTING_REASON_NEEDED'
  | 'ROUTING_UNKNOWN_CONTACT'
  | 'ROUTING_UNKNOWN_QUEUE'
  | 'ROUTING_QUEUE_CLOSED'
  | 'ROUTING_AGENT_NOT_FREE'
  | 'ROUTING_NOT_TEXT'
  | 'ROUTING_CUSTOMER_WROTE'
  | 'ROUTING_NOT_PARKED'
  | 'ROUTING_BAD_TIME'
  | 'ROUTING_CONTACT_OFFERED'
  | 'ROUTING_BAD_SKILLS'
  | 'ROUTING_UNKNOWN_SURGE_PLAN';

/** What the one who asked is told. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'accepted'; readonly assignmentId: string; readonly epoch: bigint }
  | { readonly kind: 'extended'; readonly endsAtMs: number }
  | { readonly kind: 'parked'; readonly untilMs: number }
  | { readonly kind: 'counted'; readonly count: number }
  | { readonly kind: 'signedIn'; readonly sessionId: string }
  | { readonly kind: 'refused'; readonly code: Refusal };

/** Facts to be written, and what to answer once they are. */
export interface Decision {
  readonly facts: readonly RoutingFact[];
  readonly outcome: Outcome;
}

/** Time, fencing epoch and ids for one decision. */
export interface DecisionContext {
  /** Wall clock, milliseconds since the Unix epoch; never goes back between two inputs of one process. */
  readonly nowMs: number;
  readonly epoch: bigint;
  /** A new UUIDv7. */
  newId(): string;
}

export const done: Outcome = { kind: 'done' };

/** Nothing to write: the input is late, repeated, or not for this domain. */
export const nothing: Decision = { facts: [], outcome: done };

export function refuse(code: Refusal): Decision {
  return { facts: [], outcome: { kind: 'refused', code } };
}
