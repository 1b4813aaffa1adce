import { randomToken, type RandomSource } from '../random-source.ts';
import { parseAddress } from './address.ts';
import { parseCSeq } from './cseq.ts';
import { parseDecimal } from './cursor.ts';
import { headerOf } from './headers.ts';
import type { CoreHeaders, HeaderField, SipBody, SipRequest, SipResponse } from './message.ts';
import { reasonPhrase } from './reason-phrases.ts';
import { parseUri } from './uri.ts';
import { branchCookie, parseVia, type Via } from './via.ts';
import { sipError } from '../errors.ts';
import { headerField } from './write-message.ts';

const noBody = new Uint8Array(0);

/** The bytes of a body. */
function bodyBytes(body: SipBody | undefined): Uint8Array {
  if (body === undefined) return noBody;
  return typeof body.content === 'string' ? Buffer.from(body.content, 'utf8') : body.content;
}

function bodyFields(body: SipBody | undefined): HeaderField[] {
  return body === undefined ? [] : [headerField('content-type', body.contentType)];
}

function required(headers: readonly HeaderField[], name: string): string {
  const field = headers.find((one) => one.name === name);
  if (field === undefined) throw sipError('SIP_MISSING_HEADER', { details: { header: name } });
  return field.value;
}

/** Reads the core headers of a message that we write. Throws like the parser. */
function coreOf(headers: readonly HeaderField[]): CoreHeaders {
  const maxForwards = headers.find((one) => one.name === 'max-forwards')?.value;
  return {
    via: parseVia(required(headers, 'via')),
    from: parseAddress(required(headers, 'from'), 'from'),
    to: parseAddress(required(headers, 'to'), 'to'),
    callId: required(headers, 'call-id'),
    cseq: parseCSeq(required(headers, 'cseq')),
    maxForwards: maxForwards === undefined ? undefined : parseDecimal(maxForwards, 255),
  };
}

/** What a request of ours is made of; Via is put on top when it is sent. */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  /** From, with its tag, as written in the header. */
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  /** 70 by default (RFC 3261 section 8.1.1.6). */
  readonly maxForwards?: number;
  /** The Via of the hop that it takes. */
  readonly via: Via;
  readonly viaText: string;
  readonly headers?: readonly HeaderField[];
  readonly body?: SipBody | undefined;
}

/** Makes a request. Throws SIP_BAD_URI or SIP_BAD_HEADER for parts that cannot be written. */
export function buildRequest(parts: RequestParts): SipRequest {
  parseUri(parts.uri);
  const headers: HeaderField[] = [
    { name: 'via', value: parts.viaText },
    { name: 'max-forwards', value: String(parts.maxForwards ?? 70) },
    { name: 'from', value: parts.from },
    { name: 'to', value: parts.to },
    { name: 'call-id', value: parts.callId },
    { name: 'cseq', value: `${parts.cseq} ${parts.method}` },
    ...(parts.headers ?? []),
    ...bodyFields(parts.body),
  ];
  return { kind: 'request', method: parts.method, uri: parts.uri, headers, core: coreOf(headers), body: bodyBytes(parts.body) };
}

/** A branch that nobody can guess (RFC 3261 section 8.1.1.7). */
export function newBranch(random: RandomSource): string {
  return `${branchCookie}${randomToken(random, 12)}`;
}

/** Headers that every answer takes over from its request (RFC 3261 section 8.2.6.2). */
const echoed: ReadonlySet<string> = new Set(['via', 'from', 'call-id', 'cseq']);

/** What an answer is made of besides its status. */
export interface ResponseParts {
  readonly reason?: string | undefined;
  /** Added to To when the request has none; not for 100. */
  readonly localTag?: string | undefined;
  readonly headers?: readonly HeaderField[] | undefined;
  readonly body?: SipBody | undefined;
}

/** Makes the answer to a request (RFC 3261 section 8.2.6). */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const tagged = parts.localTag !== undefined && status > 100 && !request.core.to.parameters.has('tag');
  const headers: HeaderField[] = [];
  for (const field of request.headers) {
    if (echoed.has(field.name)) headers.push(field);
    else if (field.name === 'to') headers.push(tagged ? { name: 'to', value: `${field.value};tag=${parts.localTag}` } : field);
    else if (field.name === 'timestamp' && status === 100) headers.push(field);
  }
  headers.push(...(parts.headers ?? []), ...bodyFields(parts.body));
  const to = tagged ? { ...request.core.to, parameters: new Map([...request.core.to.parameters, ['tag', parts.localTag] as const]) } : request.core.to;
  const reason = parts.reason === undefined ? reasonPhrase(status) : headerField('reason-phrase', parts.reason).value;
  return { kind: 'response', status, reason, headers, core: { ...request.core, to, maxForwards: undefined }, body: bodyBytes(parts.body) };
}

/** The ACK to a refusal: part of the INVITE's transaction (RFC 3261 section 17.1.1.3). */
export function buildRefusalAck(invite: SipRequest, response: SipResponse): SipRequest {
  const headers: HeaderField[] = [];
  for (const field of invite.headers) {
    if (field.name === 'via' && headers.some((one) => one.name === 'via')) continue;
    if (field.name === 'cseq') headers.push({ name: 'cseq', value: `${invite.core.cseq.number} ACK` });
    else if (field.name === 'to') headers.push({ name: 'to', value: headerOf(response, 'to') ?? field.value });
    else if (['via', 'from', 'call-id', 'route', 'max-forwards'].includes(field.name)) headers.push(field);
  }
  const core = { ...invite.core, to: response.core.to, cseq: { number: invite.core.cseq.number, method: 'ACK' } };
  return { kind: 'request', method: 'ACK', uri: invite.uri, headers, core, body: noBody };
}

/** The CANCEL of a request (RFC 3261 section 9.1): the same branch, CSeq number, Route and tags. */
export function buildCancel(invite: SipRequest, extra: readonly HeaderField[] = []): SipRequest {
  const headers: HeaderField[] = [];
  for (const field of invite.headers) {
    if (field.name === 'via' && headers.some((one) => one.name === 'via')) continue;
    if (field.name === 'cseq') headers.push({ name: 'cseq', value: `${invite.core.cseq.number} CANCEL` });
    else if (['via', 'from', 'to', 'call-id', 'route', 'max-forwards'].includes(field.name)) headers.push(field);
  }
  headers.push(...extra);
  return { kind: 'request', method: 'CANCEL', uri: invite.uri, headers, core: { ...invite.core, cseq: { number: invite.core.cseq.number, method: 'CANCEL' } }, body: noBody };
}
