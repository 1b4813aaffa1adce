import type { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { SipTimers } from './timers.ts';

/** Who hears what comes of a request. */
export interface ClientUser {
  /** Provisional answers, then one final one; every 2xx to an INVITE, also repeated and of other branches. */
  response(response: SipResponse): void;
  /** No final answer will come: SIP_TIMEOUT (Timer B or F), SIP_TRANSPORT_FAILED. Instead of a final answer, once. */
  failed(error: AppError): void;
}

/** A request of ours on its way. */
export interface ClientTransaction {
  readonly request: SipRequest;
  receive(response: SipResponse): void;
  /** Forgets it without another word to its user. */
  abandon(): void;
}

/** What a client transaction works with. */
export interface ClientEnvironment {
  readonly clock: Clock;
  readonly timers: SipTimers;
  /** Whether the transport repeats by itself. */
  readonly reliable: boolean;
  send(bytes: Uint8Array, failed: (error: AppError) => void): void;
  /** The transaction is over; called once. */
  ended(): void;
}
