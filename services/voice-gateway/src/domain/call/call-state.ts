import { Party, type EndReason, type Requirement, type SkillRequirement } from '@patchbay/contracts/contact/v1/contact';
import type { CallFact } from './call-fact.ts';
import type { EndedBy, Leg } from './leg.ts';

/**
 * Where a call stands. `arriving`: the customer's leg is not answered yet. `menu`: the flow has it. `waiting`: it asks for
 * an agent. `asking`: nobody comes, it is asked about a call-back or
 * says a message, or is being written down. `reaching`: the agent of a call-back is on the phone, the customer is being called. `talking`: assigned and
 * connected. `leaving`: it hears its last announcement. `over`: nothing changes any more.
 */
export type CallPhase = 'arriving' | 'menu' | 'waiting' | 'asking' | 'reaching' | 'talking' | 'leaving' | 'over';

/** An offer whose agent's phone is being called. */
export interface LiveOffer {
  readonly offerId: string;
  readonly agentId: string;
  /** The call to the phone. */
  readonly leg: Leg;
  /** `accepting`: the phone answered, routing is asked. */
  readonly stage: 'dialling' | 'accepting';
  /** Known already when somebody accepted the offer elsewhere while the phone still rings. */
  readonly assignmentId: string | undefined;
  /** Codec of the answer. */
  readonly codec: string;
}

/** A place in line. */
export interface PlaceInLine {
  readonly queue: string;
  readonly enqueuedAtMs: number;
  /** What the call itself asked of an agent, and its priority in seconds. */
  readonly asked: Requirement | undefined;
  readonly priority: number;
}

/** Why a call is about to end. */
export interface Ending {
  readonly by: Party;
  readonly reason: EndReason;
  /** Coded detail; may be empty. */
  readonly code: string;
}

/** A call: the coordinator over the customer's leg and, one after another, legs to agents. Plain data. */
export interface CallState {
  readonly contactId: string;
  readonly phase: CallPhase;
  readonly customer: Leg;
  /** The leg of the assignment. */
  readonly agent: Leg | undefined;
  /** The request for an agent that is still open. */
  readonly requestId: string | undefined;
  /** Where it waits, or waited last; undefined before the first queue. */
  readonly place: PlaceInLine | undefined;
  /** Phones that ring, or that answered and wait for routing: several where a queue rings all of its agents. */
  readonly offers: readonly LiveOffer[];
  readonly assignment: { readonly assignmentId: string; readonly offerId: string; readonly agentId: string } | undefined;
  /** Highest fencing epoch heard of; what comes from a lower one is a deposed writer's. */
  readonly epoch: bigint;
  /** Who holds the customer: the command, the agent's own phone, or both. */
  readonly held: { readonly byCommand: boolean; readonly byPhone: boolean };
  /** Legs to agents so far; names the next one. */
  readonly agentLegs: number;
  readonly ending: Ending | undefined;
  /** A call-back whose customer is not on the line yet: between two offers and two tries no gateway holds it. */
  readonly callBack: boolean;
  /** Ids of the last commands, so that a second delivery has no second effect. */
  readonly commands: readonly string[];
}

/** What happened. */
export type CallEvent =
  | { readonly kind: 'customerAnswered'; readonly codec: string }
  | { readonly kind: 'customerDialled'; readonly sipCallId: string; readonly remote: string }
  | { readonly kind: 'customerRang' }
  /** The customer of a call-back did not take the call. `code` when it is the gateway's fault, else the SIP status says it. */
  | { readonly kind: 'customerFailed'; readonly sipStatus: number; readonly code: string | undefined }
  /** The customer asked not to be called. */
  | { readonly kind: 'customerForbids' }
  /** The customer of a call-back has heard who calls. */
  | { readonly kind: 'greeted' }
  | { readonly kind: 'customerEnded'; readonly sipStatus: number; readonly endedBy: EndedBy }
  /** The menu is done, or there is none: an agent is wanted. */
  | { readonly kind: 'routingWanted'; readonly requestId: string; readonly queue: string; readonly plan: string; readonly priority: number; readonly skills: readonly SkillRequirement[] }
  /** It ends without an agent; with `announce`, after an announcement. */
  | { readonly kind: 'turnedAway'; readonly ending: Ending; readonly announce: Announcement | undefined }
  | { readonly kind: 'offered'; readonly requestId: string; readonly offerId: string; readonly agentId: string; readonly epoch: bigint; readonly expiresAtMs: number }
  /** The offer was taken back, missed, refused or failed. */
  | { readonly kind: 'offerOver'; readonly offerId: string }
  | { readonly kind: 'assigned'; readonly offerId: string; readonly assignmentId: string; readonly agentId: string; readonly epoch: bigint }
  /** It waits for an agent; `agentGone` when the one it may have is lost to it. */
  | { readonly kind: 'queued'; readonly requestId: string; readonly epoch: bigint; readonly agentGone: boolean; readonly place?: PlaceInLine }
  | { readonly kind: 'requestOver'; readonly requestId: string; readonly outcome: 'refused' | 'expired' | 'closed'; readonly reason: string }
  | { readonly kind: 'agentDialled'; readonly legId: string; readonly sipCallId: string; readonly remote: string }
  | { readonly kind: 'agentRang'; readonly legId: string }
  | { readonly kind: 'agentAnswered'; readonly legId: string; readonly codec: string }
  /** The agent's leg did not come about. `code` when it is the gateway's fault, else the SIP status says it. */
  | { readonly kind: 'agentFailed'; readonly legId: string; readonly sipStatus: number; readonly code: string | undefined }
  | { readonly kind: 'agentEnded'; readonly legId: string; readonly sipStatus: number; readonly endedBy: EndedBy }
  /** The agent pressed hold, or unheld, on the phone itself. */
  | { readonly kind: 'agentHeld'; readonly legId: string; readonly held: boolean }
  | { readonly kind: 'accepted'; readonly offerId: string; readonly assignmentId: string }
  | { readonly kind: 'notAccepted'; readonly offerId: string; readonly gone: boolean }
  | { readonly kind: 'endCommand'; readonly id: string; readonly by: Party; readonly reason: EndReason }
  | { readonly kind: 'holdCommand'; readonly id: string }
  | { readonly kind: 'retrieveCommand'; readonly id: string }
  /** The caller wants to be called back on this number. */
  | { readonly kind: 'callBackWanted'; readonly number: string }
  /** The call-back is stored, or could not be. */
  | { readonly kind: 'callBackTaken'; readonly stored: boolean }
  /** The caller wants no call-back, and nobody comes. */
  | { readonly kind: 'callBackDeclined' }
  /** The caller's message is over: by key, silence or the limit. */
  | { readonly kind: 'messageOver' }
  | { readonly kind: 'announced' }
  | { readonly kind: 'mediaLost'; readonly legId: string; readonly code: string }
  /** The gateway itself must end it. */
  | { readonly kind: 'cut'; readonly code: string };

/** What is told to a customer before the call ends. */
export type Announcement = 'closed' | 'busy' | 'call-back-taken' | 'voicemail-taken';

/** What to do, in this order. */
export type CallEffect =
  | { readonly kind: 'append'; readonly facts: readonly CallFact[] }
  /** Close the media of these legs, then append what their quality was and these facts, as one. */
  | { readonly kind: 'release'; readonly legs: readonly string[]; readonly facts: readonly CallFact[] }
  | { readonly kind: 'dial'; readonly legId: string; readonly offerId: string; readonly agentId: string; readonly expiresAtMs: number }
  | { readonly kind: 'accept' | 'abandonAccept'; readonly offerId: string; readonly agentId: string }
  | { readonly kind: 'reject'; readonly offerId: string; readonly agentId: string; readonly reason: string }
  | { readonly kind: 'fail'; readonly offerId: string; readonly agentId: string; readonly code: string }
  /** Hang up the agent's leg: CANCEL while it rings, BYE afterwards. */
  | { readonly kind: 'dropAgent'; readonly legId: string }
  | { readonly kind: 'dropCustomer'; readonly ending: Ending }
  /** Music to the customer until it is bridged or told something else. */
  | { readonly kind: 'music' }
  /** Ask whether the caller wants to be called back. */
  | { readonly kind: 'askCallBack' }
  /** Store a call-back on this number. */
  | { readonly kind: 'takeCallBack'; readonly number: string }
  /** Take the caller's message. */
  | { readonly kind: 'takeMessage' }
  /** Tell the agent that it is a call-back, then call the customer. */
  | { readonly kind: 'reach'; readonly agentLegId: string }
  /** Tell the customer who calls. */
  | { readonly kind: 'greet' }
  | { readonly kind: 'bridge'; readonly legId: string }
  | { readonly kind: 'unbridge' }
  | { readonly kind: 'announce'; readonly what: Announcement }
  /** The menu stops at once. */
  | { readonly kind: 'leaveMenu' }
  /** Everything of the call can be forgotten once its facts are stored. */
  | { readonly kind: 'over' };

/** The state afterwards, and what to do. */
export interface CallStep {
  readonly state: CallState;
  readonly effects: readonly CallEffect[];
}

const customerLegId = 'customer';

/** A call whose INVITE is being looked at. */
export function newCall(contactId: string): CallState {
  return {
    contactId,
    phase: 'arriving',
    customer: { legId: customerLegId, party: Party.CUSTOMER, agentId: '', stage: 'new' },
    agent: undefined,
    requestId: undefined,
    place: undefined,
    offers: [],
    assignment: undefined,
    epoch: 0n,
    held: { byCommand: false, byPhone: false },
    agentLegs: 0,
    ending: undefined,
    callBack: false,
    commands: [],
  };
}

/** What was done about a call-back before. */
export interface CallBackBefore {
  readonly contactId: string;
  /** The request that waits, when it is open. */
  readonly requestId: string | undefined;
  /** Legs to agents and to the customer so far: a leg's name is used once in a contact. */
  readonly agentLegs: number;
  readonly customerLegs: number;
}

/** A call-back that is taken up for an offer, or to be ended. */
export function newCallBack({ contactId, requestId, agentLegs, customerLegs }: CallBackBefore): CallState {
  const call = newCall(contactId);
  const legId = customerLegs === 0 ? customerLegId : `${customerLegId}-${customerLegs + 1}`;
  return { ...call, phase: 'waiting', customer: { ...call.customer, legId }, requestId, agentLegs, callBack: true };
}

/** Nothing to do. */
export const unchanged = (state: CallState): CallStep => ({ state, effects: [] });

/** Whether the customer is on hold, by whomever. */
export const isHeld = ({ held }: CallState): boolean => held.byCommand || held.byPhone;
