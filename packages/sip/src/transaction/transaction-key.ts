import { headerOf, tagOf } from '../message/headers.ts';
import type { SipMessage, SipRequest } from '../message/message.ts';
import { branchCookie } from '../message/via.ts';

/** Between parts of a key; cannot stand in any of them. */
const gap = '\n';

/**
 * What all repeats of a request share (RFC 3261 section 17.2.3). An ACK to a refusal has the key of its INVITE; a
 * CANCEL has one of its own, see `cancelledKey`. Requests of RFC 2543 elements, and those whose branch is nothing but the
 * cookie, are told apart by their headers.
 */
export function serverKey(request: SipRequest): string {
  return keyAs(request, request.method === 'ACK' ? 'INVITE' : request.method);
}

/** The key of the INVITE that a CANCEL means (RFC 3261 section 9.2). */
export function cancelledKey(cancel: SipRequest): string {
  return keyAs(cancel, 'INVITE');
}

function keyAs(request: SipRequest, method: string): string {
  const { via, from, to, callId, cseq } = request.core;
  if (via.branch?.startsWith(branchCookie) === true && via.branch.length > branchCookie.length) {
    return [via.branch, via.host, via.port ?? '', method].join(gap);
  }
  const toTag = method === 'INVITE' ? '' : (tagOf(to) ?? '');
  return [request.uri, tagOf(from) ?? '', toTag, callId, cseq.number, headerOf(request, 'via') ?? '', method].join(gap);
}

/** What a response shares with the request that it answers (RFC 3261 section 17.1.3). */
export function clientKey(message: SipMessage): string {
  return `${message.core.via.branch ?? ''}${gap}${message.core.cseq.method}`;
}

/** What copies of one request that took different ways share: a merged request (RFC 3261 section 8.2.2.2). */
export function mergeKey(request: SipRequest): string {
  const { from, callId, cseq } = request.core;
  return [callId, tagOf(from) ?? '', cseq.number, cseq.method].join(gap);
}
