import { AppError } from '@patchbay/runtime/app-error';
import { createChallengeAnswerer, type ChallengeAnswerer } from '../auth/challenge-answerer.ts';
import { formatAddress, parseAddress } from '../message/address.ts';
import { buildCancel, buildRequest, newBranch } from '../message/build-message.ts';
import { sipError } from '../errors.ts';
import { encodeText } from '../message/cursor.ts';
import type { HeaderField, SipBody, SipRequest, SipResponse } from '../message/message.ts';
import { parseUri } from '../message/uri.ts';
import { formatVia } from '../message/via.ts';
import { resolveHop } from '../target-hop.ts';
import { createTimerSet } from '../transaction/timer-set.ts';
import type { ClientTransaction, ClientUser } from '../transaction/client-transaction.ts';
import type { Hop } from '../transport/transport.ts';
import type { DigestCredentials } from '../auth/credentials.ts';
import { checkedFields, contactField, type SessionContext } from './session-context.ts';

/** A request that begins something: an INVITE, or one outside any dialog. */
export interface InitialRequest {
  readonly method: string;
  readonly target: string;
  readonly from: string;
  readonly to: string | undefined;
  readonly callId: string;
  readonly localTag: string;
  readonly hop: Hop | undefined;
  readonly route: readonly string[];
  readonly headers: readonly HeaderField[];
  readonly body: SipBody | undefined;
  readonly credentials: DigestCredentials | undefined;
}

/** An initial request on its way. */
export interface SentRequest {
  /** The request as it stands after challenges; undefined until the target is resolved. */
  request(): SipRequest | undefined;
  hop(): Hop | undefined;
  /** Shared with the dialog that comes of it, so that nonce counts go on. */
  readonly answerer: ChallengeAnswerer | undefined;
  /**
   * Gives an INVITE up: no challenge is answered any more, and CANCEL goes out at once or with the first provisional
   * answer (RFC 3261 section 9.1). With no answer 64·T1 after the CANCEL the user is told SIP_TIMEOUT.
   * @returns false when the INVITE has not left yet and never will; then the user hears nothing more
   */
  cancel(headers: readonly HeaderField[]): boolean;
}

/** Methods that begin a dialog or may be answered with our reachability (RFC 3261 table 2). */
const withContact: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'OPTIONS']);

/** From or To as text of ours: a URI or name-addr in UTF-8. Throws SIP_BAD_HEADER. */
function addressText(text: string, header: string, tag: string | undefined): string {
  const address = parseAddress(encodeText(text), header);
  const parameters = new Map(address.parameters);
  parameters.delete('tag');
  if (tag !== undefined) parameters.set('tag', tag);
  return formatAddress({ ...address, parameters });
}

/**
 * Resolves the target, sends the request and answers its challenges under rising CSeq numbers. Throws SIP_BAD_URI or
 * SIP_BAD_HEADER for what cannot be written; every later failure arrives at the user.
 */
export function sendInitialRequest(context: SessionContext, initial: InitialRequest, user: ClientUser): SentRequest {
  const { exchange, transactions, random } = context;
  parseUri(initial.target);
  const from = addressText(initial.from, 'from', initial.localTag);
  const to = addressText(initial.to ?? `<${initial.target}>`, 'to', undefined);
  const extra = checkedFields(initial.headers);
  const routes = initial.route.map((value) => ({ name: 'route', value: formatAddress(parseAddress(value, 'route')) }));
  const nextUri = initial.route[0] === undefined ? initial.target : parseAddress(initial.route[0], 'route').uri;
  const answerer = initial.credentials === undefined ? undefined : createChallengeAnswerer(initial.credentials, random);
  let cseq = 0;
  let current: ClientTransaction | undefined;
  let hop = initial.hop;
  /** A provisional answer to the request as it stands came in. */
  let hasProvisional = false;
  /** Headers of the CANCEL, once the request is given up. */
  let cancelling: readonly HeaderField[] | undefined;
  const timers = createTimerSet<'cancelled'>(context.clock);

  function build(to_: Hop, bodyBytes: Uint8Array): SipRequest {
    const via = exchange.viaFor(to_, newBranch(random));
    cseq += 1;
    return buildRequest({
      method: initial.method,
      uri: initial.target,
      from,
      to,
      callId: initial.callId,
      cseq,
      via,
      viaText: formatVia(via),
      headers: [
        ...routes,
        ...(withContact.has(initial.method) ? [contactField(context, to_)] : []),
        { name: 'user-agent', value: context.product },
        ...(answerer?.headersFor({ method: initial.method, uri: initial.target, body: bodyBytes }) ?? []),
        ...extra,
      ],
      body: initial.body,
    });
  }

  function isChallenge(response: SipResponse): boolean {
    return (response.status === 401 || response.status === 407) && cancelling === undefined && answerer?.take(response) === true;
  }

  function sendCancel(headers: readonly HeaderField[]): void {
    if (current === undefined || hop === undefined) return;
    const { request, abandon } = current;
    timers.start('cancelled', 64 * context.timers.t1Ms, () => {
      abandon();
      user.failed(sipError('SIP_TIMEOUT', { details: { method: 'CANCEL' } }));
    });
    try {
      transactions.send(buildCancel(request, headers), hop, { response: () => {}, failed: () => {} });
    } catch (thrown) {
      context.log.info('a CANCEL could not be sent', { code: AppError.from(thrown).code });
    }
  }

  function receive(response: SipResponse, target: Hop): void {
    if (isChallenge(response)) {
      send(target);
      return;
    }
    if (response.status >= 200) timers.stopAll();
    else if (!hasProvisional) {
      hasProvisional = true;
      if (cancelling !== undefined) sendCancel(cancelling);
    }
    user.response(response);
  }

  function send(target: Hop): void {
    if (cancelling !== undefined) return;
    hop = target;
    hasProvisional = false;
    const content = initial.body?.content ?? '';
    try {
      current = transactions.send(build(target, typeof content === 'string' ? Buffer.from(content, 'utf8') : content), target, {
        response: (response) => { receive(response, target); },
        failed: user.failed,
      });
    } catch (thrown) {
      user.failed(AppError.from(thrown));
    }
  }

  if (hop !== undefined) queueMicrotask(() => { if (hop !== undefined) send(hop); });
  else {
    resolveHop(nextUri, context.resolver, exchange.canReach).then(send, (thrown: unknown) => {
      if (cancelling === undefined) user.failed(AppError.from(thrown));
    });
  }

  return {
    request: () => current?.request,
    hop: () => hop,
    answerer,
    cancel(headers) {
      cancelling = headers;
      if (current !== undefined && hasProvisional) sendCancel(headers);
      return current !== undefined;
    },
  };
}
