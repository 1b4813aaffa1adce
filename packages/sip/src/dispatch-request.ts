import { AppError } from '@patchbay/runtime/app-error';
import type { SipEndpointHandlers } from './endpoint.ts';
import { contentTypeOf, headerOf, requiredOf, tagOf, tokensOf } from './message/headers.ts';
import type { HeaderField, SipRequest } from './message/message.ts';
import { sdpOf } from './message/sdp-body.ts';
import { parseUri } from './message/uri.ts';
import { randomToken } from './random-source.ts';
import { createInviteServerSession } from './session/invite-server-session.ts';
import { takeIncoming } from './session/incoming.ts';
import { callHandler, respond, type SessionContext } from './session/session-context.ts';
import type { SessionTable } from './session-table.ts';
import type { ServerTransaction } from './transaction/server-transaction.ts';

/** Methods that only mean something inside a dialog. */
const dialogMethods: ReadonlySet<string> = new Set(['BYE', 'INFO', 'PRACK', 'UPDATE']);
/** Methods outside a dialog that an owner may take. */
const ownerMethods: ReadonlySet<string> = new Set(['MESSAGE', 'NOTIFY', 'REFER', 'SUBSCRIBE', 'PUBLISH']);
const schemes: ReadonlySet<string> = new Set(['sip', 'sips', 'tel']);

const acceptField: HeaderField = { name: 'accept', value: 'application/sdp' };

/** A refusal before any handler is asked. */
interface Refusal {
  readonly status: number;
  readonly headers?: readonly HeaderField[];
}

/** Whether the caller can take SDP back (RFC 3261 section 20.1); without Accept it can. */
function acceptsSdp(request: SipRequest): boolean {
  if (headerOf(request, 'accept') === undefined) return true;
  return tokensOf(request, 'accept').some((range) => ['application/sdp', 'application/*', '*/*'].includes(range.split(';', 1)[0]?.trim() ?? ''));
}

/** The checks that every UAS makes in this order (RFC 3261 section 8.2). */
function refusalOf(request: SipRequest): Refusal | undefined {
  if (!schemes.has(parseUri(request.uri).scheme)) return { status: 416 };
  const required = requiredOf(request);
  if (required.length > 0) return { status: 420, headers: [{ name: 'unsupported', value: required.join(', ') }] };
  return undefined;
}

/** Gives requests to calls or handlers. */
export interface RequestDispatcher {
  dispatch(transaction: ServerTransaction): void;
}

/** What a dispatcher works with. */
interface DispatcherParts {
  readonly context: SessionContext;
  readonly sessions: SessionTable;
  readonly handlers: SipEndpointHandlers;
  readonly isDraining: () => boolean;
}

/** Makes the dispatcher of an endpoint. */
export function createRequestDispatcher({ context, sessions, handlers, isDraining }: DispatcherParts): RequestDispatcher {
  function refuse(transaction: ServerTransaction, { status, headers = [] }: Refusal): void {
    respond(context, transaction, status, { localTag: randomToken(context.random), headers });
  }

  function inviteRefusal(request: SipRequest): Refusal | { readonly offer: string | undefined } {
    if (!acceptsSdp(request)) return { status: 406, headers: [acceptField] };
    try {
      contentTypeOf(request);
      return { offer: sdpOf(request) };
    } catch (thrown) {
      return AppError.from(thrown).code === 'SIP_UNSUPPORTED_BODY'
        ? { status: 415, headers: [acceptField, { name: 'accept-encoding', value: 'identity' }] }
        : { status: 400 };
    }
  }

  function invite(transaction: ServerTransaction): void {
    const checked = inviteRefusal(transaction.request);
    if ('status' in checked) {
      refuse(transaction, checked);
      return;
    }
    let session: ReturnType<typeof createInviteServerSession>['session'];
    try {
      ({ session } = createInviteServerSession(context, transaction, checked.offer));
    } catch (thrown) {
      context.log.debug('an INVITE that cannot begin a dialog', { code: AppError.from(thrown).code });
      refuse(transaction, { status: 400 });
      return;
    }
    callHandler(
      context,
      () => handlers.onInvite(session),
      () => {
        session.hangUp({ status: 500 });
      },
    );
  }

  function options(transaction: ServerTransaction): void {
    if (handlers.onOptions !== undefined) takeIncoming(context, transaction, handlers.onOptions.bind(handlers), 200);
    else if (isDraining()) refuse(transaction, { status: 503, headers: [{ name: 'retry-after', value: String(context.limits.retryAfterS) }] });
    else refuse(transaction, { status: 200, headers: [context.allow, acceptField, { name: 'accept-encoding', value: 'identity' }] });
  }

  function outside(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { method } = request;
    const known = method === 'INVITE' || method === 'REGISTER' || method === 'OPTIONS' || ownerMethods.has(method);
    if (dialogMethods.has(method)) {
      refuse(transaction, { status: 481 });
      return;
    }
    if (!known) {
      refuse(transaction, { status: 501, headers: [context.allow] });
      return;
    }
    const refusal = refusalOf(request);
    if (refusal !== undefined) refuse(transaction, refusal);
    else if (method === 'INVITE') invite(transaction);
    else if (method === 'OPTIONS') options(transaction);
    else if (method === 'REGISTER') takeIncoming(context, transaction, handlers.onRegister?.bind(handlers), 405);
    else takeIncoming(context, transaction, handlers.onRequest?.bind(handlers), 405);
  }

  return {
    dispatch(transaction) {
      if (tagOf(transaction.request.core.to) === undefined) {
        outside(transaction);
        return;
      }
      const session = sessions.find(transaction.request);
      if (session === undefined) refuse(transaction, { status: 481 });
      else session.receive(transaction);
    },
  };
}
