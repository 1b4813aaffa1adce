import { parseMessage } from '../message/parse-message.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';

/** What a request of a test is made of; all has a default. */
export interface RequestText {
  readonly method?: string;
  readonly uri?: string;
  readonly branch?: string;
  readonly cseq?: number;
  readonly callId?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly via?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** The text of a request from 192.0.2.1 to 192.0.2.2. */
export function requestText(parts: RequestText = {}): string {
  const { method = 'OPTIONS', cseq = 1, branch = 'z9hG4bK-1', body = '' } = parts;
  return [
    `${method} ${parts.uri ?? 'sip:bob@192.0.2.2'} SIP/2.0`,
    `Via: ${parts.via ?? `SIP/2.0/UDP 192.0.2.1;branch=${branch}`}`,
    'Max-Forwards: 70',
    `From: <sip:alice@192.0.2.1>;tag=${parts.fromTag ?? 'a1'}`,
    `To: <sip:bob@192.0.2.2>${parts.toTag === undefined ? '' : `;tag=${parts.toTag}`}`,
    `Call-ID: ${parts.callId ?? 'call-1'}`,
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:alice@192.0.2.1>',
    ...(parts.headers ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** A request, read. */
export function request(parts: RequestText = {}): SipRequest {
  const message = parseMessage(Buffer.from(requestText(parts)));
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}

/** The text of the answer of a scripted peer to a request that it got. */
export function responseText(to: SipRequest, status: number, options: { readonly tag?: string; readonly headers?: readonly string[]; readonly body?: string } = {}): string {
  const body = options.body ?? '';
  const echoed = to.headers.filter(({ name }) => ['via', 'from', 'call-id', 'cseq', 'record-route'].includes(name)).map(({ name, value }) => `${name}: ${value}`);
  const toValue = to.headers.find(({ name }) => name === 'to')?.value ?? '';
  return [
    `SIP/2.0 ${status} X`,
    ...echoed,
    `To: ${toValue}${options.tag === undefined || toValue.includes(';tag=') ? '' : `;tag=${options.tag}`}`,
    ...(options.headers ?? ['Contact: <sip:bob@192.0.2.2>']),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** An answer, read. */
export function response(to: SipRequest, status: number, options: Parameters<typeof responseText>[2] = {}): SipResponse {
  const message = parseMessage(Buffer.from(responseText(to, status, options)));
  if (message.kind !== 'response') throw new Error('not a response');
  return message;
}
