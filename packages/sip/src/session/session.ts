import type { DigestCredentials } from '../auth/credentials.ts';
import type { HeaderField, SipBody, SipRequest, SipResponse } from '../message/message.ts';
import type { Hop, PacketSource } from '../transport/transport.ts';
import type { IncomingRequest } from './incoming-request.ts';

/**
 * Where a call stands. `ringing`: INVITE out or in, no final answer. `answered`: 200 sent or received, its ACK still
 * outstanding. `confirmed`: both sides are in. `ended`: nothing more will be reported.
 */
export type SessionState = 'ringing' | 'answered' | 'confirmed' | 'ended';

/** Why a call ended. */
export type EndCause =
  /** BYE, by either side. */
  | 'bye'
  /** The caller gave up before the answer. */
  | 'cancelled'
  /** The called side refused: any final answer of 300 or above. */
  | 'rejected'
  /** Our 200 was never acknowledged (64·T1); a BYE went out. */
  | 'no-ack'
  /** Nobody answered in time: Timer B, ring time-out, or maxUnansweredMs. */
  | 'timeout'
  /** The other end does not know the call any more (481), or does not answer inside it (408, Timer B or F). */
  | 'gone'
  /** The message could not be sent. */
  | 'transport'
  /** What the other end sent cannot be lived with, e.g. a 200 without the SDP it owes. */
  | 'protocol';

/** The end of a call; reported exactly once for each. */
export interface SessionEnd {
  readonly cause: EndCause;
  /** Who ended it; `stack` for time-outs and faults. */
  readonly by: 'remote' | 'local' | 'stack';
  /** SIP status of the refusal; 200 for a BYE, 487 for a cancelled call, 408 for a time-out. */
  readonly status: number;
  /** The message that ended it, if one did: its Reason, Retry-After or Contact may matter. */
  readonly message: SipRequest | SipResponse | undefined;
}

/** What a hang-up may carry. */
export interface HangUpOptions {
  /** Status when an INVITE that came in is refused by it; 480 by default. */
  readonly status?: number;
  /** Headers for the BYE, CANCEL or refusal, e.g. Reason (RFC 3326). */
  readonly headers?: readonly HeaderField[];
}

/** A re-INVITE of the other side (RFC 3261 section 14.2). Exactly one of accept and reject. */
export interface IncomingReinvite {
  readonly request: SipRequest;
  /** The new offer; undefined when they ask us to offer. */
  readonly offer: string | undefined;
  /**
   * Answers 200. Repeats it until the ACK comes.
   * @param sdp our answer, or our offer when they asked for one
   * @returns the SDP of the ACK: their answer to our offer, otherwise undefined. Rejects with SIP_NO_ACK, after which
   *   the call ends.
   */
  accept(sdp: string, headers?: readonly HeaderField[]): Promise<string | undefined>;
  /** @param status mostly 488; nothing about the call changes */
  reject(status: number, headers?: readonly HeaderField[]): void;
}

/** What the owner of a call hears. All optional; set once, before the next event can come in. */
export interface SessionHandlers {
  /** Without it a re-INVITE is refused with 488. A throw or rejection answers 500. */
  onReinvite?(reinvite: IncomingReinvite): void | Promise<void>;
  /** INFO (RFC 6086), e.g. `application/dtmf-relay`. Without it: 200 and nothing more. */
  onInfo?(request: IncomingRequest): void | Promise<void>;
  /** Any other request inside the dialog (REFER, NOTIFY, UPDATE, MESSAGE, OPTIONS). Without it: 405, OPTIONS 200. */
  onRequest?(request: IncomingRequest): void | Promise<void>;
  /** The call is over. Exactly once, whoever ended it and however; nothing comes after it. */
  onEnd?(end: SessionEnd): void;
}

/** What came of our re-INVITE. A refusal leaves the call as it was (RFC 3261 section 14.1). */
export type ReinviteResult =
  | { readonly accepted: true; readonly sdp: string | undefined; readonly response: SipResponse }
  | { readonly accepted: false; readonly status: number; readonly response: SipResponse | undefined };

/** Our offer, or the function that answers the other side's when the INVITE goes out without one. */
export type OfferOrAnswer = { readonly sdp: string } | { readonly answerOffer: (offer: string) => string | Promise<string> };

/** A request inside the dialog. */
export interface InDialogRequest {
  readonly headers?: readonly HeaderField[];
  readonly body?: SipBody;
}

/** What both directions of a call have in common. */
export interface SipSession {
  /** Call-ID, the same on both sides. */
  readonly callId: string;
  /** Our tag, unique to this call. */
  readonly localTag: string;
  state(): SessionState;
  /** Replaces the handlers, e.g. when a call passes from a menu to an agent. */
  setHandlers(handlers: SessionHandlers): void;
  /**
   * Changes the media of a confirmed call. Glare (491) is waited out and tried again as RFC 3261 section 14.1 says, up
   * to three times, unless a re-INVITE of the other side was accepted meanwhile; then the result is 491, because the
   * SDP may be out of date.
   * Rejects with SIP_BAD_STATE when not confirmed, SIP_REINVITE_PENDING while another one is under way either way.
   */
  reinvite(offer: OfferOrAnswer, headers?: readonly HeaderField[]): Promise<ReinviteResult>;
  /**
   * Sends INFO or another request inside the dialog and waits for its final answer, whatever its status. Rejects with
   * SIP_BAD_STATE outside `answered` and `confirmed`, SIP_TIMEOUT, SIP_TRANSPORT_FAILED.
   */
  send(method: string, request?: InDialogRequest): Promise<SipResponse>;
  /**
   * Ends the call whatever its state: refuses, cancels or sends BYE. Before the ACK of our 200 the BYE waits for it
   * (RFC 3261 section 15). Idempotent; `onEnd` follows (for a BYE at once, not only with its answer).
   */
  hangUp(options?: HangUpOptions): void;
}

/** What the owner of an incoming call hears; a caller who gives up arrives as `onEnd` with cause `cancelled`. */
export type InviteServerHandlers = SessionHandlers;

/** A call that came in. */
export interface InviteServerSession extends SipSession {
  readonly request: SipRequest;
  readonly source: PacketSource;
  /** The caller's SDP; undefined when the INVITE has none and we are to offer in the answer. */
  readonly offer: string | undefined;
  /**
   * Sends a provisional answer and repeats it every minute so that proxies keep the call (RFC 3261 section 13.3.1.1).
   * No effect once answered.
   * @param status 180 ringing, 181 forwarded, 182 queued, 183 with early media
   */
  progress(status: number, options?: { readonly sdp?: string; readonly headers?: readonly HeaderField[] }): void;
  /**
   * Answers 200 and repeats it until the ACK comes.
   * @param sdp our answer, or our offer when the INVITE had none
   * @returns once acknowledged, the SDP of the ACK: the caller's answer to our offer, otherwise undefined. Rejects
   *   with SIP_BAD_STATE when the call was cancelled, refused or answered before, SIP_NO_ACK when no ACK came.
   */
  accept(sdp: string, headers?: readonly HeaderField[]): Promise<string | undefined>;
  /** Refuses, 300 to 699. No effect once answered or cancelled. `onEnd` follows. */
  reject(status: number, headers?: readonly HeaderField[]): void;
}

/** A provisional answer to our INVITE, 101 to 199. */
export interface Provisional {
  readonly status: number;
  /** SDP for early media, if any. */
  readonly sdp: string | undefined;
  /** Tells branches of a forked call apart; undefined when the answer has none. */
  readonly remoteTag: string | undefined;
  readonly response: SipResponse;
}

/** The answer to our INVITE. The ACK is sent by the stack. */
export interface Answer {
  /** Their answer to our offer; when we sent none, their offer, which `answerOffer` has answered. */
  readonly sdp: string;
  readonly response: SipResponse;
}

/** What the owner of an outgoing call hears: `onAnswer` then `onEnd`, or `onEnd` alone when it does not come about. */
export interface InviteClientHandlers extends SessionHandlers {
  onProvisional?(provisional: Provisional): void;
  /** Once. Answers of further branches of a forked call are acknowledged and hung up by the stack. */
  onAnswer(answer: Answer): void;
  /** The call did not come about; called right before `onEnd` with the same value. */
  onFailed?(failure: SessionEnd): void;
}

/** How to make a call. */
export interface InviteOptions {
  /** Request-URI: `sip:1001@198.51.100.7:5062;transport=tcp`. */
  readonly target: string;
  /** From, as a URI or name-addr: `"Anna" <sip:4001@centre.example>`. UTF-8 text; a tag is added. */
  readonly from: string;
  /** To; the target by default. */
  readonly to?: string;
  /** Call-ID; random by default. */
  readonly callId?: string;
  /** Where to send it instead of where the target points: a trunk's address, or the source of a registered phone. */
  readonly hop?: Hop;
  /** Preloaded Route values, outbound proxy first. */
  readonly route?: readonly string[];
  readonly offer: OfferOrAnswer;
  readonly headers?: readonly HeaderField[];
  /** Answers 401 and 407 of a trunk when given. */
  readonly credentials?: DigestCredentials;
  /** Cancelled when not answered by then; 180 000 ms by default. */
  readonly ringTimeoutMs?: number;
  readonly handlers: InviteClientHandlers;
}

/** A call of ours. */
export interface InviteClientSession extends SipSession {
  /** Where the INVITE goes; undefined until the target is resolved. */
  hop(): Hop | undefined;
}
