import { sipError } from './errors.ts';
import { createRequestDispatcher } from './dispatch-request.ts';
import type { OutgoingRequest, SipEndpoint, SipEndpointOptions } from './endpoint.ts';
import { defaultLimits } from './limits.ts';
import type { HeaderField, SipResponse } from './message/message.ts';
import { headerField } from './message/write-message.ts';
import { randomToken, systemRandom } from './random-source.ts';
import { createInviteClientSession } from './session/invite-client-session.ts';
import { sendInitialRequest } from './session/initial-request.ts';
import type { SessionContext } from './session/session-context.ts';
import { createSessionTable } from './session-table.ts';
import { sipMetrics } from './metrics.ts';
import { createSipCounters } from './sip-counters.ts';
import { defaultTimers } from './transaction/timers.ts';
import { createTransactionLayer, type TransactionUser } from './transaction/transaction-layer.ts';
import { createMessageExchange } from './transport/message-exchange.ts';

/** How long `close` waits for the answers to its BYEs by default. */
const defaultGraceMs = 1_000;

/** Sends a request outside a dialog; resolves with its final answer. */
function sendOutside(context: SessionContext, request: OutgoingRequest): Promise<SipResponse> {
  return new Promise((resolve, reject) => {
    sendInitialRequest(
      context,
      {
        method: request.method,
        target: request.target,
        from: request.from,
        to: request.to,
        callId: randomToken(context.random, 16),
        localTag: randomToken(context.random),
        hop: request.hop,
        route: [],
        headers: request.headers ?? [],
        body: request.body,
        credentials: request.credentials,
      },
      {
        response: (response) => {
          if (response.status >= 200) resolve(response);
        },
        failed: reject,
      },
    );
  });
}

function allowField({ handlers, methods = [] }: SipEndpointOptions): HeaderField {
  const register = handlers.onRegister === undefined ? [] : ['REGISTER'];
  return headerField('allow', ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'INFO', ...register, ...methods].join(', '));
}

/** Makes an endpoint. Throws SIP_BAD_HEADER for a product that cannot be written; nothing is bound before `start`. */
export function createSipEndpoint(options: SipEndpointOptions): SipEndpoint {
  const { clock, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const timers = { ...defaultTimers, ...options.timers };
  const random = options.random ?? systemRandom;
  const counters = createSipCounters(options.metrics);
  const callsUp = options.metrics?.gauge(sipMetrics.sip_calls);
  const sessions = createSessionTable((size) => callsUp?.set(size));
  const exchange = createMessageExchange({
    transports: options.transports,
    advertisedHost: options.advertisedHost,
    admit: options.admit,
    log,
    counters,
    statelessTag: randomToken(random),
  });
  const transactions = createTransactionLayer({ clock, log, timers, limits, exchange, counters });
  const context: SessionContext = {
    clock,
    log,
    timers,
    limits,
    random,
    counters,
    exchange,
    transactions,
    resolver: options.resolver,
    product: headerField('server', options.product ?? 'Patchbay').value,
    allow: allowField(options),
    contactUser: options.contactUser ?? 'patchbay',
    add: sessions.add,
    remove: sessions.remove,
  };
  let isDraining = false;
  const dispatcher = createRequestDispatcher({ context, sessions, handlers: options.handlers, isDraining: () => isDraining });
  const user: TransactionUser = {
    request: dispatcher.dispatch,
    ack(ack) {
      const session = sessions.find(ack);
      if (session === undefined) counters.stray();
      else session.acknowledge(ack);
    },
    overload(request) {
      if (request.method === 'INVITE' && (isDraining || sessions.size() >= limits.maxSessions)) return limits.retryAfterS;
      return options.overload?.();
    },
  };

  return {
    start: () =>
      exchange.start({
        request: (inbound) => {
          transactions.receiveRequest(inbound, user);
        },
        response: transactions.receiveResponse,
      }),
    bound: exchange.bound,
    invite(call) {
      if (sessions.size() >= limits.maxSessions) throw sipError('SIP_TOO_MANY_DIALOGS');
      return createInviteClientSession(context, call);
    },
    request: (request) => sendOutside(context, request),
    drain() {
      isDraining = true;
    },
    idle: sessions.empty,
    load: () => ({ ...transactions.load(), sessions: sessions.size() }),
    async close(graceMs = defaultGraceMs) {
      isDraining = true;
      for (const session of sessions.all()) session.hangUp();
      const grace = new AbortController();
      const cancel = clock.setTimer(graceMs, () => {
        grace.abort(sipError('SIP_CLOSED'));
      });
      // Whoever did not answer by then will find out by himself.
      await sessions.empty(grace.signal).catch(() => {});
      cancel();
      transactions.close();
      await exchange.close();
    },
  };
}
