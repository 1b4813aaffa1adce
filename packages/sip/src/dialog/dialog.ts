import { sipError } from '../errors.ts';
import { parseAddress } from '../message/address.ts';
import { contactsOf, headerOf, headersOf, tagOf } from '../message/headers.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { isSipUri, parseUri } from '../message/uri.ts';
import { branchCookie } from '../message/via.ts';

/** The state that two user agents share for one call (RFC 3261 section 12). */
export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** Undefined from RFC 2543 elements (section 12.1.1). */
  readonly remoteTag: string | undefined;
  /** From and To of requests that we send, as written, with their tags. */
  readonly local: string;
  readonly remote: string;
  /** Where requests go: the other side's Contact. */
  readonly remoteTarget: string;
  /** Route values in the order of our requests. */
  readonly routeSet: readonly string[];
  /** CSeq number of our last request. */
  readonly localCseq: number;
  /** CSeq number of their last request; undefined before the first. */
  readonly remoteCseq: number | undefined;
}

/** The URI of the other side's Contact. Throws SIP_MISSING_HEADER or SIP_BAD_HEADER unless there is exactly one. */
export function contactUriOf(message: SipMessage): string {
  const contacts = contactsOf(message);
  if (contacts === '*') throw sipError('SIP_BAD_HEADER', { details: { header: 'contact' } });
  const [contact] = contacts;
  if (contact === undefined) throw sipError('SIP_MISSING_HEADER', { details: { header: 'contact' } });
  if (!isSipUri(parseUri(contact.uri)) || contacts.length > 1) throw sipError('SIP_BAD_HEADER', { details: { header: 'contact' } });
  return contact.uri;
}

function requiredHeader(message: SipMessage, name: string): string {
  const value = headerOf(message, name);
  if (value === undefined) throw sipError('SIP_MISSING_HEADER', { details: { header: name } });
  return value;
}

/** As `contactUriOf`; elements of RFC 2543 may leave Contact out, then From is the target (RFC 2543 section 6.13). */
function callerTarget(invite: SipRequest): string {
  const isOld = invite.core.via.branch?.startsWith(branchCookie) !== true;
  return isOld && headerOf(invite, 'contact') === undefined ? requireSipUri(invite.core.from.uri) : contactUriOf(invite);
}

function requireSipUri(uri: string): string {
  if (!isSipUri(parseUri(uri))) throw sipError('SIP_BAD_HEADER', { details: { header: 'from' } });
  return uri;
}

/** The dialog that an INVITE begins at the called side (RFC 3261 section 12.1.1). Throws for a Contact that cannot be used. */
export function dialogOfCalled(invite: SipRequest, localTag: string): Dialog {
  return {
    callId: invite.core.callId,
    localTag,
    remoteTag: tagOf(invite.core.from),
    local: `${requiredHeader(invite, 'to')};tag=${localTag}`,
    remote: requiredHeader(invite, 'from'),
    remoteTarget: callerTarget(invite),
    routeSet: headersOf(invite, 'record-route'),
    localCseq: 0,
    remoteCseq: invite.core.cseq.number,
  };
}

/** The dialog that an answer to our INVITE begins (RFC 3261 section 12.1.2). Throws for a Contact that cannot be used. */
export function dialogOfCaller(invite: SipRequest, response: SipResponse): Dialog {
  return {
    callId: invite.core.callId,
    localTag: tagOf(invite.core.from) ?? '',
    remoteTag: tagOf(response.core.to),
    local: requiredHeader(invite, 'from'),
    remote: requiredHeader(response, 'to'),
    remoteTarget: contactUriOf(response),
    routeSet: headersOf(response, 'record-route').reverse(),
    localCseq: invite.core.cseq.number,
    remoteCseq: undefined,
  };
}

/** Whether a request belongs to the dialog, its From and To tags being theirs and ours. */
export function belongsTo(dialog: Dialog, request: SipRequest): boolean {
  return request.core.callId === dialog.callId && tagOf(request.core.to) === dialog.localTag && tagOf(request.core.from) === dialog.remoteTag;
}

/**
 * Takes a request's CSeq. Undefined when it is out of order: lower than the last (500, RFC 3261 section 12.2.2). An
 * equal number is out of order too; repeats never get here, and ACK and CANCEL are not asked.
 */
export function withRemoteCseq(dialog: Dialog, number: number): Dialog | undefined {
  return dialog.remoteCseq !== undefined && number <= dialog.remoteCseq ? undefined : { ...dialog, remoteCseq: number };
}

/** The remote target that a re-INVITE or its answer names; the present one when it names none (RFC 3261 section 12.2). */
export function withRemoteTarget(dialog: Dialog, message: SipMessage): Dialog {
  return headerOf(message, 'contact') === undefined ? dialog : { ...dialog, remoteTarget: contactUriOf(message) };
}

/** Where a request inside the dialog goes first, what it is addressed to, and its Route (RFC 3261 section 12.2.1.1). */
export interface DialogRoute {
  readonly requestUri: string;
  readonly nextUri: string;
  readonly routes: readonly string[];
}

/** Applies the route set, also for a strict router of RFC 2543 in first place. */
export function routeOf(dialog: Pick<Dialog, 'remoteTarget' | 'routeSet'>): DialogRoute {
  const [first, ...rest] = dialog.routeSet;
  if (first === undefined) return { requestUri: dialog.remoteTarget, nextUri: dialog.remoteTarget, routes: [] };
  const firstUri = parseAddress(first, 'route').uri;
  const parsed = parseUri(firstUri);
  if (isSipUri(parsed) && parsed.parameters.has('lr')) return { requestUri: dialog.remoteTarget, nextUri: firstUri, routes: dialog.routeSet };
  return { requestUri: firstUri, nextUri: firstUri, routes: [...rest, `<${dialog.remoteTarget}>`] };
}
