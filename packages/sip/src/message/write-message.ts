import { sipError } from '../errors.ts';
import { controlPattern, encodeText, isRun, tokenCharacters } from './cursor.ts';
import { longName, wireName } from './header-names.ts';
import type { HeaderField, SipMessage } from './message.ts';

/**
 * A header field from text of ours: name in any form, value in UTF-8. Throws SIP_BAD_HEADER for control characters,
 * so that nothing handed in can begin a header of its own.
 */
export function headerField(name: string, value: string): HeaderField {
  const long = longName(name);
  if (controlPattern.test(value) || !isRun(name, tokenCharacters)) throw sipError('SIP_BAD_HEADER', { details: { header: long } });
  return { name: long, value: encodeText(value) };
}

const emptyLine = '\r\n\r\n';

function firstLine(message: SipMessage): string {
  return message.kind === 'request' ? `${message.method} ${message.uri} SIP/2.0` : `SIP/2.0 ${message.status} ${message.reason}`;
}

const noBody = new Uint8Array(0);

/**
 * The bytes of a message, given its first line. Content-Length is counted, whatever the fields say, and stands last.
 */
export function writeHead(first: string, headers: readonly HeaderField[], body: Uint8Array = noBody): Uint8Array {
  let head = first;
  for (const { name, value } of headers) {
    if (name !== 'content-length') head += `\r\n${wireName(name)}: ${value}`;
  }
  head += `\r\nContent-Length: ${body.length}${emptyLine}`;
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 'latin1');
  bytes.set(body, head.length);
  return bytes;
}

/** The bytes of a message; the version is always SIP/2.0. */
export function writeMessage(message: SipMessage): Uint8Array {
  return writeHead(firstLine(message), message.headers, message.body);
}
