import type { Clock } from '@patchbay/runtime/clock';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import type { SipLimits } from '../limits.ts';
import { buildResponse } from '../message/build-message.ts';
import type { HeaderField, SipBody, SipRequest } from '../message/message.ts';
import { headerField } from '../message/write-message.ts';
import type { RandomSource } from '../random-source.ts';
import type { SipCounters } from '../sip-counters.ts';
import type { TargetResolver } from '../target-hop.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { SipTimers } from '../transaction/timers.ts';
import type { TransactionLayer } from '../transaction/transaction-layer.ts';
import type { MessageExchange } from '../transport/message-exchange.ts';
import type { Hop } from '../transport/transport.ts';
import type { HangUpOptions } from './session.ts';

/** A call as the endpoint's table knows it. */
export interface TabledSession {
  readonly callId: string;
  readonly localTag: string;
  /** A request with our tag in To. */
  receive(transaction: ServerTransaction): void;
  /** An ACK to a 2xx. */
  acknowledge(ack: SipRequest): void;
  hangUp(options?: HangUpOptions): void;
}

/** What every call works with. */
export interface SessionContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly timers: SipTimers;
  readonly limits: SipLimits;
  readonly random: RandomSource;
  readonly counters: SipCounters;
  readonly exchange: MessageExchange;
  readonly transactions: TransactionLayer;
  readonly resolver: TargetResolver | undefined;
  /** Product for User-Agent and Server. */
  readonly product: string;
  readonly contactUser: string;
  /** Allow, the methods that we take (RFC 3261 section 20.5). */
  readonly allow: HeaderField;
  add(session: TabledSession): void;
  remove(session: TabledSession): void;
}

/** Our Contact as the other end of this hop reaches us (RFC 3261 section 8.1.1.8). */
export function contactField(context: SessionContext, hop: Hop): HeaderField {
  const { host, port } = context.exchange.reachableAt(hop);
  const transport = hop.protocol === 'UDP' ? '' : `;transport=${hop.protocol.toLowerCase()}`;
  return { name: 'contact', value: `<sip:${context.contactUser}@${host}:${port}${transport}>` };
}

/** Headers handed in by an owner, checked. Throws SIP_BAD_HEADER. */
export function checkedFields(headers: readonly HeaderField[] | undefined): HeaderField[] {
  return (headers ?? []).map((field) => headerField(field.name, field.value));
}

/** An SDP body. */
export function sdpBody(sdp: string | undefined): SipBody | undefined {
  return sdp === undefined ? undefined : { contentType: 'application/sdp', content: sdp };
}

/** What an answer of ours carries. */
export interface AnswerParts {
  readonly localTag?: string | undefined;
  readonly reason?: string | undefined;
  readonly headers?: readonly HeaderField[] | undefined;
  readonly body?: SipBody | undefined;
}

/** Answers a request of a transaction under our name. */
export function respond(context: SessionContext, transaction: ServerTransaction, status: number, parts: AnswerParts = {}): void {
  const headers = [{ name: 'server', value: context.product }, ...(parts.headers ?? [])];
  transaction.respond(buildResponse(transaction.request, status, { ...parts, headers }));
}

/**
 * Calls a handler of the owner; what it throws or rejects with is logged and told to `failed`. Errors of this package
 * come from the other side (no ACK, the call is gone) and are no faults.
 */
export function callHandler(context: SessionContext, handler: () => void | Promise<void>, failed: () => void = () => {}): void {
  const fault = (thrown: unknown) => {
    const error = AppError.from(thrown);
    if (error.code.startsWith('SIP_')) context.log.info('a handler of a SIP endpoint gave up', { code: error.code, details: error.details });
    else {
      context.counters.fault();
      context.log.error('a handler of a SIP endpoint failed', { error });
    }
    failed();
  };
  try {
    const result: unknown = handler();
    // A handler declared to give nothing may still give anything; only promises are of interest.
    if (typeof result === 'object' && result !== null && 'then' in result) Promise.resolve(result).catch(fault);
  } catch (thrown) {
    fault(thrown);
  }
}

/** A delay of 0 to 10 s for Retry-After of a re-INVITE that came too early (RFC 3261 section 14.2). */
export function randomRetryAfter(random: RandomSource): HeaderField {
  return { name: 'retry-after', value: String((random.bytes(1)[0] ?? 0) % 11) };
}
