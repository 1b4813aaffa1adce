import type { Clock } from '@patchbay/runtime/clock';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { PacketSource } from '../transport/transport.ts';
import type { SipTimers } from './timers.ts';

/** Who answers a request, and what it wants to hear besides. */
export interface ServerUser {
  /** CANCEL came before a final answer; its 200 is sent already. INVITE only. */
  cancelled?(cancel: SipRequest): void;
  /** ACK to a 2xx, as far as it came with the INVITE's own branch. INVITE only. */
  acknowledged?(ack: SipRequest): void;
}

/** A request that came in, until its answers need no repeating any more. */
export interface ServerTransaction {
  readonly request: SipRequest;
  readonly source: PacketSource;
  /** Whether a final answer went out. */
  answered(): boolean;
  /** Sends an answer. A final one ends the choice: later answers other than repeats of a 2xx to INVITE have no effect. */
  respond(response: SipResponse): void;
  /** @param localTag To tag of the answers, so that the answer to a CANCEL carries the same (RFC 3261 section 9.2) */
  attach(user: ServerUser, localTag: string): void;
}

/** What the table of transactions calls. */
export interface ServerMachine extends ServerTransaction {
  /** The same request once more. */
  repeated(): void;
  ack(request: SipRequest): void;
  /** @returns the To tag for the answer to the CANCEL */
  cancel(request: SipRequest): string | undefined;
  abandon(): void;
}

/** What a server transaction works with. */
export interface ServerEnvironment {
  readonly clock: Clock;
  readonly timers: SipTimers;
  readonly reliable: boolean;
  send(bytes: Uint8Array): void;
  /** The transaction is over; called once. */
  ended(): void;
}
