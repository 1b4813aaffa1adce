import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { sipError } from '../errors.ts';
import type { SipLimits } from '../limits.ts';
import { buildResponse } from '../message/build-message.ts';
import { tagOf } from '../message/headers.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { SipCounters } from '../sip-counters.ts';
import type { InboundRequest, MessageExchange } from '../transport/message-exchange.ts';
import type { Hop } from '../transport/transport.ts';
import type { ClientEnvironment, ClientTransaction, ClientUser } from './client-transaction.ts';
import { startInviteClientTransaction } from './invite-client-transaction.ts';
import { startInviteServerTransaction } from './invite-server-transaction.ts';
import { startNonInviteClientTransaction } from './non-invite-client-transaction.ts';
import { startNonInviteServerTransaction } from './non-invite-server-transaction.ts';
import type { ServerMachine, ServerTransaction } from './server-transaction.ts';
import type { SipTimers } from './timers.ts';
import { cancelledKey, clientKey, mergeKey, serverKey } from './transaction-key.ts';

/** The user of all transactions. */
export interface TransactionUser {
  /** A new request, neither ACK nor CANCEL. */
  request(transaction: ServerTransaction): void;
  /** An ACK to a 2xx. */
  ack(ack: SipRequest, inbound: InboundRequest): void;
  /** Seconds for Retry-After when a new request outside a dialog must be refused before anything is kept for it. */
  overload(request: SipRequest): number | undefined;
}

/** The table of transactions between messages and user agent (RFC 3261 section 17). */
export interface TransactionLayer {
  receiveRequest(inbound: InboundRequest, user: TransactionUser): void;
  receiveResponse(response: SipResponse): void;
  /** Sends a request, its Via written for this hop. Throws SIP_TOO_MANY_TRANSACTIONS. */
  send(request: SipRequest, hop: Hop, user: ClientUser): ClientTransaction;
  load(): { readonly clientTransactions: number; readonly serverTransactions: number };
  /** Forgets everything. */
  close(): void;
}

/** What the layer is made of. */
export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly timers: SipTimers;
  readonly limits: SipLimits;
  readonly exchange: MessageExchange;
  readonly counters: SipCounters;
}

/** Makes an empty table. */
export function createTransactionLayer(options: TransactionLayerOptions): TransactionLayer {
  const { clock, timers, limits, exchange, counters, log } = options;
  const servers = new Map<string, ServerMachine>();
  const clients = new Map<string, ClientTransaction>();
  /** Out-of-dialog requests by what their copies share, to the key of the copy that came first. */
  const merges = new Map<string, string>();

  function openServer(inbound: InboundRequest, key: string): ServerMachine {
    const { request, source, replyTo } = inbound;
    const merge = tagOf(request.core.to) === undefined ? mergeKey(request) : undefined;
    const start = request.method === 'INVITE' ? startInviteServerTransaction : startNonInviteServerTransaction;
    const machine = start(request, source, {
      clock,
      timers,
      reliable: exchange.isReliable(replyTo),
      send: (bytes) => {
        exchange.send(bytes, replyTo, (error) => {
          log.debug('an answer could not be sent', { code: error.code });
        });
      },
      ended: () => {
        servers.delete(key);
        if (merge !== undefined && merges.get(merge) === key) merges.delete(merge);
      },
    });
    servers.set(key, machine);
    if (merge !== undefined) merges.set(merge, key);
    return machine;
  }

  function refuseOverload(inbound: InboundRequest, retryAfterS: number): void {
    counters.overloaded();
    exchange.refuse(inbound.request, inbound.replyTo, 503, [{ name: 'retry-after', value: String(retryAfterS) }]);
  }

  function receiveAck(inbound: InboundRequest, user: TransactionUser): void {
    const machine = servers.get(serverKey(inbound.request));
    if (machine === undefined) user.ack(inbound.request, inbound);
    else machine.ack(inbound.request);
  }

  /** CANCEL is answered here: 200 whenever there is an INVITE to cancel, even if too late (RFC 3261 section 9.2). */
  function receiveCancel(inbound: InboundRequest, key: string): void {
    const invite = servers.get(cancelledKey(inbound.request));
    if (invite === undefined) {
      counters.stray();
      exchange.refuse(inbound.request, inbound.replyTo, 481);
      return;
    }
    const cancel = openServer(inbound, key);
    const localTag = invite.cancel(inbound.request);
    cancel.respond(buildResponse(inbound.request, 200, { localTag }));
  }

  /** What must be refused before anything is kept. Requests inside calls that are up have twice the room. */
  function refusedEarly(inbound: InboundRequest, key: string, user: TransactionUser): boolean {
    const { request } = inbound;
    const isNew = tagOf(request.core.to) === undefined;
    if (servers.size >= limits.maxServerTransactions * (isNew ? 1 : 2)) {
      refuseOverload(inbound, limits.retryAfterS);
      return true;
    }
    if (!isNew) return false;
    const first = merges.get(mergeKey(request));
    if (first !== undefined && first !== key) {
      exchange.refuse(request, inbound.replyTo, 482);
      return true;
    }
    const retryAfterS = user.overload(request);
    if (retryAfterS !== undefined) refuseOverload(inbound, retryAfterS);
    return retryAfterS !== undefined;
  }

  function clientEnvironment(key: string, hop: Hop): ClientEnvironment {
    return {
      clock,
      timers,
      reliable: exchange.isReliable(hop),
      send: (bytes, failed) => {
        exchange.send(bytes, hop, failed);
      },
      ended: () => {
        clients.delete(key);
      },
    };
  }

  return {
    receiveRequest(inbound, user) {
      const { request } = inbound;
      if (request.method === 'ACK') {
        receiveAck(inbound, user);
        return;
      }
      const key = serverKey(request);
      const known = servers.get(key);
      if (known !== undefined) known.repeated();
      else if (request.method === 'CANCEL') receiveCancel(inbound, key);
      else if (!refusedEarly(inbound, key, user)) user.request(openServer(inbound, key));
    },
    receiveResponse(response) {
      const transaction = clients.get(clientKey(response));
      if (transaction === undefined) counters.stray();
      else transaction.receive(response);
    },
    send(request, hop, user) {
      if (clients.size >= limits.maxClientTransactions) throw sipError('SIP_TOO_MANY_TRANSACTIONS');
      const key = clientKey(request);
      const start = request.method === 'INVITE' ? startInviteClientTransaction : startNonInviteClientTransaction;
      const transaction = start(request, user, clientEnvironment(key, hop));
      clients.set(key, transaction);
      return transaction;
    },
    load: () => ({ clientTransactions: clients.size, serverTransactions: servers.size }),
    close() {
      for (const machine of [...servers.values(), ...clients.values()]) machine.abandon();
    },
  };
}
