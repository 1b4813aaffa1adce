import { sipError } from '../errors.ts';
import { contentTypeOf, headerOf, parseContentType } from './headers.ts';
import type { SipMessage } from './message.ts';

/** More parts than any INVITE needs. */
const maxParts = 16;

/** The header of one part, by name in lower case; folded values are not met in part headers. */
function partHeader(part: string, name: string): string | undefined {
  for (const line of part.split('\r\n\r\n', 1)[0]?.split('\r\n') ?? []) {
    const colon = line.indexOf(':');
    if (line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}

/** The SDP part of a multipart/mixed or multipart/related body (RFC 5621): how SS7 gateways and emergency calls carry theirs. */
function sdpPart(body: string, boundary: string): string | undefined {
  const parts = `\r\n${body}`.split(`\r\n--${boundary}`, maxParts + 2).slice(1);
  for (const part of parts) {
    if (part.startsWith('--')) break;
    const head = part.startsWith('\r\n\r\n') ? '' : part.slice(2);
    const type = partHeader(head, 'content-type');
    if (type === undefined || parseContentType(type).type !== 'application/sdp') continue;
    const start = part.indexOf('\r\n\r\n');
    return start === -1 ? undefined : `${part.slice(start + 4)}\r\n`;
  }
  return undefined;
}

/**
 * The SDP of a message; undefined when it has no body. Throws SIP_UNSUPPORTED_BODY for a body without SDP or under an
 * encoding, SIP_BAD_HEADER for a Content-Type that cannot be read.
 */
export function sdpOf(message: SipMessage): string | undefined {
  if (message.body.length === 0) return undefined;
  const encoding = headerOf(message, 'content-encoding');
  const type = contentTypeOf(message);
  if (type !== undefined && (encoding === undefined || encoding.toLowerCase() === 'identity')) {
    const text = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength).toString('utf8');
    if (type.type === 'application/sdp') return text;
    const boundary = type.parameters.get('boundary');
    const part = type.type.startsWith('multipart/') && boundary !== undefined ? sdpPart(text, boundary) : undefined;
    if (part !== undefined) return part;
  }
  throw sipError('SIP_UNSUPPORTED_BODY');
}
