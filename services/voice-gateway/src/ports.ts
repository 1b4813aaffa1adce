import type { FlowDefinition } from '@patchbay/flow/definition';
import type { Party } from '@patchbay/contracts/contact/v1/contact';
import type { Agent, EntryPoint } from '@patchbay/contracts/directory/v1/resource';
import type { CallFact } from './domain/call/call-fact.ts';
import type { KnownCaller } from './domain/call/arrive.ts';
import type { EndedBy } from './domain/call/leg.ts';
import type { Codec } from './domain/media/g711.ts';
import type { TappedChunk } from './domain/media/tap-timeline.ts';
import type { AgreedMedia } from './media-plane.ts';

/** Where we take a leg's media. */
export interface MediaAddress {
  readonly address: string;
  readonly port: number;
}

/** How a leg ended that was not ended by us. */
export interface LineEnd {
  /** Status of a refusal, 200 for a BYE, 487 for a caller who gave up, 408 for a time-out. */
  readonly sipStatus: number;
  readonly endedBy: EndedBy;
}

/** What the owner of a customer's line hears; nothing after `ended`, which comes exactly once. */
export interface CustomerLineListener {
  ended(end: LineEnd): void;
  /** The customer's side changed its media (re-INVITE). */
  changed(media: AgreedMedia): void;
  /** A key sent by signalling (SIP INFO). */
  digit(digit: string): void;
}

/** A caller's line, from the INVITE to its end. */
export interface CustomerLine {
  readonly dialled: string;
  /** Digits of E.164 without `+`; empty when the caller hides. */
  readonly callerNumber: string;
  readonly callerName: string;
  readonly sipCallId: string;
  /** The caller's SIP address. */
  readonly remote: string;
  listen(listener: CustomerLineListener): void;
  /** Holds their offer against what we can do; `late` when they want ours in the answer. */
  negotiate(local: MediaAddress): { readonly kind: 'agreed'; readonly media: AgreedMedia } | { readonly kind: 'late' } | { readonly kind: 'refused'; readonly status: number };
  /** Answers the call. Resolves when the caller acknowledged, with what was agreed; rejects when the call ended first, which `ended` tells, too. */
  answer(): Promise<AgreedMedia>;
  /** Refuses a call that is not answered. */
  refuse(status: number, retryAfterS?: number): void;
  /** Ends the call. `code` goes into a Reason header (RFC 3326). `ended` does not follow. */
  hangUp(code: string): void;
}

/** What the owner of a call to a phone hears: `dialled` first; nothing after `failed` or `ended`. */
export interface PhoneListener {
  dialled(call: { readonly sipCallId: string; readonly remote: string }): void;
  rang(): void;
  answered(media: AgreedMedia): void;
  /** No phone of the agent took the call. */
  failed(failure: { readonly sipStatus: number; readonly code: string | undefined }): void;
  ended(end: LineEnd): void;
  /** The phone changed its media; `held` when it put us on hold. */
  changed(media: AgreedMedia, held: boolean): void;
}

/** A call to an agent's phones. */
export interface PhoneLine {
  /** Cancels or ends it; the listener hears nothing more. */
  hangUp(): void;
}

/** Whom to call. */
export interface PhoneCall {
  readonly tenant: string;
  readonly agentId: string;
  readonly contactId: string;
  /** Shown on the phone. */
  readonly callerNumber: string;
  readonly callerName: string;
  readonly local: MediaAddress;
  /** Given up after this long. */
  readonly ringLimitMs: number;
  readonly listener: PhoneListener;
}

/** Calls agents. */
export interface PhoneDialer {
  /** Rings every phone the agent has registered; the first that answers has the call. Faults are told as `failed`, later. */
  dial(call: PhoneCall): PhoneLine;
}

/** A customer to call over a trunk. */
export interface TrunkCall {
  readonly contactId: string;
  /** Digits of E.164 without `+`, or what the trunk takes as a number. */
  readonly number: string;
  /** Our number, shown to the customer. */
  readonly callerNumber: string;
  /** The trunk, `host[:port][;transport=tcp]`. */
  readonly proxy: string;
  readonly local: MediaAddress;
  /** Given up after this long. */
  readonly ringLimitMs: number;
  readonly listener: PhoneListener;
}

/** Calls customers. */
export interface TrunkDialer {
  /** Calls the number. Faults are told as `failed`, later. */
  dial(call: TrunkCall): PhoneLine;
}

/** A fact with what makes it the same fact when it is stored again. */
export type StampedFact = CallFact & { readonly id: string; readonly timeMs: number };

/** Stream sequences of a contact's last facts in the domains this service writes; 0 for none. */
export interface LastSequences {
  readonly contact: number;
  readonly voice: number;
}

/** Where facts are kept. */
export interface FactStore {
  /**
   * Stores the facts as one batch, all or none, if nothing newer than `after` is there. BUS_STALE_WRITER when there is;
   * BUS_UNAVAILABLE when no answer came, and then they may be stored.
   */
  append(batch: { readonly tenant: string; readonly contactId: string; readonly facts: readonly StampedFact[]; readonly after: LastSequences; readonly timeoutMs: number; /** Trace of the call. */ readonly home: string | undefined }): Promise<LastSequences>;
  /** Ids of all facts of the contact that this service wrote, and the last sequences. */
  readBack(tenant: string, contactId: string): Promise<{ readonly ids: ReadonlySet<string>; readonly last: LastSequences }>;
}

/** What voice asks of routing. All reject with the server's coded errors. */
export interface RoutingDesk {
  accept(offer: OfferKey, timeoutMs: number, signal: AbortSignal): Promise<{ readonly assignmentId: string }>;
  reject(offer: OfferKey, reason: string): Promise<void>;
  fail(offer: OfferKey, code: string): Promise<void>;
}

/** One offer. */
export interface OfferKey {
  readonly tenant: string;
  readonly contactId: string;
  readonly offerId: string;
  readonly agentId: string;
}

/** What a surge asks of channels, for those who wait in one queue. */
export interface SurgeWords {
  /** Announcements of the plans, by name. */
  readonly announcements: readonly string[];
  readonly offersCallBack: boolean;
}

/** Surges that hold now. */
export interface SurgeView {
  /** Never rejects: without an answer nothing is said. */
  wordsFor(tenant: string, queue: string): Promise<SurgeWords>;
}

/** The centre's configuration as it stands. */
export interface CentreView {
  /** The voice entry point of a dialled number, over all tenants. */
  entryPointOf(dialled: string): { readonly tenant: string; readonly name: string; readonly spec: EntryPoint } | undefined;
  /** A flow with its revision; `undefined` when it is missing or does not parse, which is logged when it changes. */
  flow(tenant: string, name: string): { readonly flow: FlowDefinition; readonly revision: bigint } | undefined;
  /** Whether an Hours resource is open; one that is not there counts as open. */
  isOpen(tenant: string, hours: string): boolean;
  agent(tenant: string, agentId: string): Agent | undefined;
  /** The customer with this number, digits of E.164 without `+`; of several the first by name. */
  customerWithNumber(tenant: string, number: string): KnownCaller | undefined;
  /** Whether a customer with this number asked not to be called. */
  forbidsCalls(tenant: string, number: string): boolean;
  hasQueue(tenant: string, name: string): boolean;
  /** A voice entry point by its name. */
  entryPointNamed(tenant: string, name: string): EntryPoint | undefined;
  /** Who has this SIP user name, over all tenants. */
  agentsWithPhone(sipUsername: string): readonly { readonly tenant: string; readonly agentId: string }[];
}

/** The list of calls that this gateway holds, kept where another one can read it. */
export interface OpenCalls {
  add(call: { readonly tenant: string; readonly contactId: string }): Promise<void>;
  remove(contactId: string): Promise<void>;
}

/** Keeps tapped sound until it is stored. */
export interface AudioStore {
  /** Takes a chunk at once; stores it in the order of its leg, again and again until it is stored. Bounded. */
  put(leg: TappedLeg, chunk: TappedChunk, codec: Codec): void;
  /** Ends a leg whose media are gone: an empty last chunk, unless its last was told. */
  end(leg: TappedLeg): void;
  /** Resolves when everything is stored; rejects when the signal aborts first. */
  flush(signal: AbortSignal): Promise<void>;
}

/** Whose sound. */
export interface TappedLeg {
  readonly tenant: string;
  readonly contactId: string;
  readonly legId: string;
  readonly party: Party;
}
