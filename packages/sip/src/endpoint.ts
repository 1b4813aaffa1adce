import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { DigestCredentials } from './auth/credentials.ts';
import type { SipLimits } from './limits.ts';
import type { HeaderField, SipBody, SipResponse } from './message/message.ts';
import type { RandomSource } from './random-source.ts';
import type { IncomingRequest } from './session/incoming-request.ts';
import type { InviteClientSession, InviteOptions, InviteServerSession } from './session/session.ts';
import type { TargetResolver } from './target-hop.ts';
import type { SipTimers } from './transaction/timers.ts';
import type { Hop, PacketSource, SipTransport, TransportProtocol } from './transport/transport.ts';

/** Who takes what comes in. A handler that throws or rejects costs its request a 500, nothing else. */
export interface SipEndpointHandlers {
  /** A new call. Set its handlers before returning; answer it any time. 100 Trying goes out by itself. */
  onInvite(call: InviteServerSession): void | Promise<void>;
  /** REGISTER; answered with 405 when absent. See `applyRegister` for the registrar's rules. */
  onRegister?(request: IncomingRequest): void | Promise<void>;
  /** OPTIONS outside a dialog; when absent, 200, or 503 while draining. */
  onOptions?(request: IncomingRequest): void | Promise<void>;
  /** Any other request outside a dialog (MESSAGE, SUBSCRIBE …); answered with 405 or 501 when absent. */
  onRequest?(request: IncomingRequest): void | Promise<void>;
}

/** What an endpoint is made of. */
export interface SipEndpointOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly transports: readonly SipTransport[];
  readonly handlers: SipEndpointHandlers;
  /** Counters of messages and faults and the number of calls, all named `patchbay_sip_…`; none when absent. */
  readonly metrics?: Metrics;
  /** The system's generator by default. */
  readonly random?: RandomSource;
  /** Only IP addresses and `localhost` can be called when absent. Names found in Via are never looked up. */
  readonly resolver?: TargetResolver;
  /** Host (name or address) written into Via and Contact instead of the bound one: needed behind NAT or when bound to all addresses. */
  readonly advertisedHost?: string;
  /** Further methods that the handlers take (REFER, NOTIFY, MESSAGE …), for our Allow. */
  readonly methods?: readonly string[];
  /** User part of our Contact; `patchbay` by default. */
  readonly contactUser?: string;
  /** Product for User-Agent and Server; `Patchbay` by default. */
  readonly product?: string;
  /** Bounds of every table; see `defaultLimits`. */
  readonly limits?: Partial<SipLimits>;
  /** T1, T2, T4 of RFC 3261 section 17.1.1.1; see `defaultTimers`. */
  readonly timers?: Partial<SipTimers>;
  /**
   * Asked for each message before it is read: false drops it without a word. For limits by source, against scanners and
   * floods. Must be quick and must not throw.
   */
  readonly admit?: (source: PacketSource) => boolean;
  /**
   * Asked before anything is allocated for a new out-of-dialog request: seconds for Retry-After when it must be
   * refused with 503 (event-loop delay, media workers full), undefined to take it.
   */
  readonly overload?: () => number | undefined;
}

/** A request outside any dialog, e.g. an OPTIONS ping or MESSAGE. */
export interface OutgoingRequest {
  readonly method: string;
  /** Request-URI. */
  readonly target: string;
  /** From, as a URI or name-addr. */
  readonly from: string;
  /** To; the target by default. */
  readonly to?: string;
  /** Where to send it instead of where the target points, e.g. the source of a registered phone. */
  readonly hop?: Hop;
  readonly headers?: readonly HeaderField[];
  readonly body?: SipBody;
  /** Answers one 401 or 407 when given. */
  readonly credentials?: DigestCredentials;
}

/** How many of each the endpoint holds. */
export interface EndpointLoad {
  readonly clientTransactions: number;
  readonly serverTransactions: number;
  /** Calls in any state before their end, and those whose last ACK or BYE is still to be answered. */
  readonly sessions: number;
}

/** A SIP user agent: takes and makes calls over its transports. */
export interface SipEndpoint {
  /** Binds every transport. Rejects with SIP_TRANSPORT_FAILED. */
  start(): Promise<void>;
  /** What is bound, in the order of the transports given. */
  bound(): readonly { readonly protocol: TransportProtocol; readonly address: string; readonly port: number }[];
  /**
   * Makes a call. Never throws for what the network does: that arrives as `onFailed`. Throws SIP_BAD_URI for a target
   * or From that cannot be written, SIP_TOO_MANY_DIALOGS when the table is full.
   */
  invite(options: InviteOptions): InviteClientSession;
  /**
   * Sends a request outside a dialog and waits for its final answer, whatever its status. Rejects with SIP_TIMEOUT
   * (Timer F, 32 s), SIP_TRANSPORT_FAILED, SIP_UNRESOLVED, SIP_TOO_MANY_TRANSACTIONS.
   */
  request(request: OutgoingRequest): Promise<SipResponse>;
  /** From now on 503 with Retry-After to every new INVITE; calls that are up go on. */
  drain(): void;
  /** Resolves when no call is left; rejects with the signal's reason. */
  idle(signal: AbortSignal): Promise<void>;
  load(): EndpointLoad;
  /** Hangs up what is left, waits up to `graceMs` (1 000 by default) for the answers, closes the transports. */
  close(graceMs?: number): Promise<void>;
}
