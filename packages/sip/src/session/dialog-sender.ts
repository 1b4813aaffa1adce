import { AppError } from '@patchbay/runtime/app-error';
import type { ChallengeAnswerer } from '../auth/challenge-answerer.ts';
import { routeOf, type Dialog } from '../dialog/dialog.ts';
import { buildRequest, newBranch } from '../message/build-message.ts';
import type { HeaderField, SipBody, SipRequest } from '../message/message.ts';
import { parseSipOnly } from '../message/uri.ts';
import { formatVia } from '../message/via.ts';
import { writeMessage } from '../message/write-message.ts';
import { literalHop, resolveHop } from '../target-hop.ts';
import type { ClientTransaction, ClientUser } from '../transaction/client-transaction.ts';
import { bareHost } from '../transport/response-route.ts';
import type { Hop } from '../transport/transport.ts';
import { contactField, type SessionContext } from './session-context.ts';

/** A request to send inside a dialog. */
export interface DialogRequest {
  readonly method: string;
  readonly headers?: readonly HeaderField[];
  readonly body?: SipBody | undefined;
}

/** Sends the requests of one dialog. */
export interface DialogSender {
  dialog(): Dialog;
  update(dialog: Dialog): void;
  /**
   * Sends a request under the next CSeq and answers its challenges. Does not throw: every failure arrives at the user.
   * @param started called with each transaction and where it went, a second time after a challenge
   */
  send(request: DialogRequest, user: ClientUser, started?: (transaction: ClientTransaction, hop: Hop) => void): void;
  /**
   * Sends the ACK to a 2xx (RFC 3261 section 13.2.2.4).
   * @param invite the INVITE it belongs to: CSeq and credentials are taken from it
   * @returns sends the same ACK once more
   */
  acknowledge(invite: SipRequest, body: SipBody | undefined): () => void;
}

/** How the other end was reached so far. */
export interface Flow {
  readonly hop: Hop;
  /** Host of the other end's own URIs that cannot be reached as they stand: it is behind NAT. Its requests go to `hop`. */
  readonly nattedHost: string | undefined;
}

/** Methods that carry our Contact, because they may move the other side's target (RFC 3261 section 12.2, 3311, 6665, 3515). */
const targetRefresh: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** Makes the sender of a dialog that was just begun. */
export function createDialogSender(context: SessionContext, first: Dialog, flow: Flow, answerer: ChallengeAnswerer | undefined): DialogSender {
  const { exchange, transactions, random } = context;
  let dialog = first;

  /** The hop if it can be told at once: by address, or the flow we know. Throws SIP_BAD_URI or SIP_UNRESOLVED. */
  function knownHop(nextUri: string, hasRoutes: boolean): Hop | undefined {
    if (!hasRoutes && flow.nattedHost !== undefined && bareHost(parseSipOnly(nextUri).host) === flow.nattedHost) return flow.hop;
    const literal = literalHop(nextUri);
    if (literal === undefined) return context.resolver === undefined && !hasRoutes ? flow.hop : undefined;
    const { connection } = flow.hop;
    const sameHost = connection !== undefined && literal.protocol === flow.hop.protocol && literal.address === flow.hop.address;
    return sameHost ? { ...literal, connection } : literal;
  }

  function withHop(then: (hop: Hop) => void, failed: (error: AppError) => void): void {
    const guarded = (hop: Hop) => {
      try {
        then(hop);
      } catch (thrown) {
        failed(AppError.from(thrown));
      }
    };
    try {
      const { nextUri, routes } = routeOf(dialog);
      const hop = knownHop(nextUri, routes.length > 0);
      if (hop !== undefined) guarded(hop);
      else resolveHop(nextUri, context.resolver, exchange.canReach).then(guarded, (thrown: unknown) => { failed(AppError.from(thrown)); });
    } catch (thrown) {
      failed(AppError.from(thrown));
    }
  }

  function build(request: DialogRequest, cseq: number, hop: Hop, credentials: readonly HeaderField[]): SipRequest {
    const { requestUri, routes } = routeOf(dialog);
    const via = exchange.viaFor(hop, newBranch(random));
    return buildRequest({
      method: request.method,
      uri: requestUri,
      from: dialog.local,
      to: dialog.remote,
      callId: dialog.callId,
      cseq,
      via,
      viaText: formatVia(via),
      headers: [
        ...routes.map((value) => ({ name: 'route', value })),
        ...(targetRefresh.has(request.method) ? [contactField(context, hop)] : []),
        { name: 'user-agent', value: context.product },
        ...credentials,
        ...(request.headers ?? []),
      ],
      body: request.body,
    });
  }

  function credentialsFor(request: DialogRequest): HeaderField[] {
    const content = request.body?.content ?? '';
    const body = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    return answerer?.headersFor({ method: request.method, uri: routeOf(dialog).requestUri, body }) ?? [];
  }

  function send(request: DialogRequest, user: ClientUser, started: (transaction: ClientTransaction, hop: Hop) => void): void {
    withHop((hop) => {
      dialog = { ...dialog, localCseq: dialog.localCseq + 1 };
      const built = build(request, dialog.localCseq, hop, credentialsFor(request));
      const transaction = transactions.send(built, hop, {
        response: (response) => {
          if ((response.status === 401 || response.status === 407) && answerer?.take(response) === true) send(request, user, started);
          else user.response(response);
        },
        failed: user.failed,
      });
      started(transaction, hop);
    }, user.failed);
  }

  return {
    dialog: () => dialog,
    update(next) {
      dialog = next;
    },
    send: (request, user, started = () => {}) => {
      send(request, user, started);
    },
    acknowledge(invite, body) {
      let repeat = () => {};
      const credentials = invite.headers.filter(({ name }) => name === 'authorization' || name === 'proxy-authorization');
      const failed = (error: AppError) => {
        context.log.debug('an ACK could not be sent', { code: error.code });
      };
      withHop((hop) => {
        const bytes = writeMessage(build({ method: 'ACK', body }, invite.core.cseq.number, hop, credentials));
        repeat = () => {
          exchange.send(bytes, hop, failed);
        };
        repeat();
      }, failed);
      return () => {
        repeat();
      };
    },
  };
}
