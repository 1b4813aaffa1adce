import { sipError } from '../errors.ts';
import { maxHeaderFields, maxLineBytes, maxMessageBytes } from '../limits.ts';
import { parseAddress, type NameAddress } from './address.ts';
import { parseCSeq, type CSeq } from './cseq.ts';
import { badHeader, controlPattern, isRun, parseDecimal, tokenCharacters, wordCharacters } from './cursor.ts';
import { checkValue, listReader, singleHeaders, splitList } from './header-checks.ts';
import { longName } from './header-names.ts';
import type { CoreHeaders, HeaderField, SipMessage } from './message.ts';
import { isSipUri, parseUri } from './uri.ts';
import type { Via } from './via.ts';

/** What the core headers are while the message is being read. */
interface Draft {
  readonly fields: HeaderField[];
  readonly seen: Set<string>;
  via: Via | undefined;
  from: NameAddress | undefined;
  to: NameAddress | undefined;
  callId: string | undefined;
  cseq: CSeq | undefined;
  maxForwards: number | undefined;
  contentLength: number | undefined;
}

/** A first line taken apart. */
type StartLine = { readonly kind: 'request'; readonly method: string; readonly uri: string } | { readonly kind: 'response'; readonly status: number; readonly reason: string };

/** As `controlPattern`, but behind a backslash they may stand, inside quoted strings; CR and LF never. */
const bareControlPattern = /(?<!\\)[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\r\n]/;

function badStart(part: string): Error {
  return sipError('SIP_BAD_START_LINE', { details: { part } });
}

function parseStatusLine(line: string): StartLine {
  const digits = line.slice(8, 11);
  const status = parseDecimal(digits, 699);
  // A few peers leave out the space before an empty reason; nothing else may follow the three digits.
  if (status === undefined || digits.length !== 3 || status < 100 || (line.length > 11 && line[11] !== ' ')) throw badStart('status');
  const reason = line.slice(12);
  if (controlPattern.test(reason)) throw badStart('reason');
  return { kind: 'response', status, reason };
}

function checkRequestUri(uri: string): void {
  try {
    const parsed = parseUri(uri);
    // RFC 3261 section 19.1.1: headers are not allowed in a Request-URI.
    if (!isSipUri(parsed) || parsed.headers === undefined) return;
  } catch {
    throw badStart('request-uri');
  }
  throw badStart('request-uri');
}

function parseStartLine(line: string): StartLine {
  if (/^SIP\/2\.0 /i.test(line)) return parseStatusLine(line);
  const [method = '', uri = '', version = '', ...more] = line.split(' ');
  if (!isRun(method, tokenCharacters)) throw badStart('method');
  if (more.length > 0 || uri === '') throw badStart('spaces');
  if (!/^SIP\/\d+\.\d+$/i.test(version)) throw badStart('version');
  checkRequestUri(uri);
  if (version.toUpperCase() !== 'SIP/2.0') throw sipError('SIP_BAD_VERSION');
  return { kind: 'request', method, uri };
}

function takeCore(draft: Draft, name: string, value: string): void {
  switch (name) {
    case 'from':
      draft.from = parseAddress(value, name);
      return;
    case 'to':
      draft.to = parseAddress(value, name);
      return;
    case 'cseq':
      draft.cseq = parseCSeq(value);
      return;
    case 'call-id':
      if (!isRun(value.replace('@', ''), wordCharacters)) throw badHeader(name);
      draft.callId = value;
      return;
    case 'max-forwards':
      draft.maxForwards = parseDecimal(value, 255);
      if (draft.maxForwards === undefined) throw badHeader(name);
      return;
    case 'content-length':
      draft.contentLength = parseDecimal(value, Number.MAX_SAFE_INTEGER);
      if (draft.contentLength === undefined) throw sipError('SIP_BAD_LENGTH');
      return;
    default:
  }
}

function addField(draft: Draft, name: string, value: string): void {
  if (draft.fields.length >= maxHeaderFields) throw sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'headers' } });
  const read = listReader(name);
  if (read !== undefined) {
    splitList(name, value, read, (one, parsed) => {
      if (draft.fields.length >= maxHeaderFields) throw sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'headers' } });
      draft.fields.push({ name, value: one });
      if (name === 'via') draft.via ??= parsed as Via;
    });
    return;
  }
  if (singleHeaders.has(name)) {
    if (draft.seen.has(name)) throw sipError('SIP_DUPLICATE_HEADER', { details: { header: name } });
    draft.seen.add(name);
  }
  const field: HeaderField = { name, value };
  takeCore(draft, name, value);
  checkValue(field);
  draft.fields.push(field);
}

/** Reads one header, folding undone (RFC 3261 section 7.3.1). */
function addLine(draft: Draft, line: string): void {
  const colon = line.indexOf(':');
  let nameEnd = colon;
  while (nameEnd > 0 && (line[nameEnd - 1] === ' ' || line[nameEnd - 1] === '\t')) nameEnd -= 1;
  const name = line.slice(0, nameEnd);
  if (colon === -1 || !isRun(name, tokenCharacters)) throw badHeader('unknown');
  const value = line.slice(colon + 1).trim();
  const long = longName(name);
  if (controlPattern.test(value) && bareControlPattern.test(value)) throw badHeader(isKnownSafe(long) ? long : 'unknown');
  addField(draft, long, value);
}

/** Names a peer makes up do not go into error details. */
function isKnownSafe(name: string): boolean {
  return singleHeaders.has(name) || listReader(name) !== undefined;
}

function parseHeaders(head: string, start: number): Draft {
  const draft: Draft = {
    fields: [],
    seen: new Set(),
    via: undefined,
    from: undefined,
    to: undefined,
    callId: undefined,
    cseq: undefined,
    maxForwards: undefined,
    contentLength: undefined,
  };
  let at = start;
  while (at < head.length) {
    const lineStart = at;
    let end = endOfLine(head, at);
    let line = head.slice(at, end);
    for (;;) {
      at = end + 2;
      if (head[at] !== ' ' && head[at] !== '\t') break;
      end = endOfLine(head, at);
      if (end - lineStart > maxLineBytes) break;
      line = `${line.trimEnd()} ${head.slice(at, end).trim()}`;
    }
    if (end - lineStart > maxLineBytes) throw sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'header' } });
    addLine(draft, line);
  }
  return draft;
}

function endOfLine(head: string, from: number): number {
  const end = head.indexOf('\r\n', from);
  return end === -1 ? head.length : end;
}

function missing(header: string): Error {
  return sipError('SIP_MISSING_HEADER', { details: { header } });
}

function coreOf(draft: Draft): CoreHeaders {
  const { via, from, to, callId, cseq, maxForwards } = draft;
  if (via === undefined) throw missing('via');
  if (from === undefined) throw missing('from');
  if (to === undefined) throw missing('to');
  if (callId === undefined) throw missing('call-id');
  if (cseq === undefined) throw missing('cseq');
  return { via, from, to, callId, cseq, maxForwards };
}

/** Index of the first byte behind CRLFs that precede the message (RFC 3261 section 7.5). */
export function startOfMessage(bytes: Uint8Array): number {
  let start = 0;
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2;
  return start;
}

/**
 * Reads one message, strictly, in one pass. What follows the body of a datagram is dropped (RFC 3261 section 18.3).
 * Throws SIP_BAD_START_LINE, SIP_BAD_VERSION, SIP_BAD_HEADER, SIP_MISSING_HEADER, SIP_DUPLICATE_HEADER,
 * SIP_METHOD_MISMATCH, SIP_BAD_LENGTH, SIP_MESSAGE_TOO_LARGE; nothing else.
 */
export function parseMessage(bytes: Uint8Array): SipMessage {
  if (bytes.length > maxMessageBytes) throw sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'message' } });
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = startOfMessage(bytes);
  const headEnd = buffer.indexOf('\r\n\r\n', start, 'latin1');
  if (headEnd === -1) throw sipError('SIP_BAD_START_LINE', { details: { part: 'no empty line' } });
  const head = buffer.toString('latin1', start, headEnd);
  const firstEnd = endOfLine(head, 0);
  if (firstEnd > maxLineBytes) throw sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'start line' } });
  const first = parseStartLine(head.slice(0, firstEnd));
  const draft = parseHeaders(head, firstEnd + 2);
  const core = coreOf(draft);
  if (first.kind === 'request' && core.cseq.method !== first.method) throw sipError('SIP_METHOD_MISMATCH');
  const available = bytes.length - headEnd - 4;
  const length = draft.contentLength ?? available;
  if (length > available) throw sipError('SIP_BAD_LENGTH');
  const body = bytes.subarray(headEnd + 4, headEnd + 4 + length);
  return { ...first, headers: draft.fields, core, body };
}
