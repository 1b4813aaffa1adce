import { badHeader, decodeText, encodeText, endOfRun, nextIs, quote, readQuoted, skipSpace, tokenCharacters, type Cursor } from './cursor.ts';
import { formatParameters, readParameters, type Parameters } from './parameters.ts';
import { parseUri } from './uri.ts';

/** A name-addr or addr-spec with its header parameters: From, To, Contact, Route, Record-Route (RFC 3261 section 20). */
export interface NameAddress {
  /** Display name as UTF-8 text without quotes; undefined when there is none. */
  readonly displayName: string | undefined;
  /** The URI as written, without angle brackets. */
  readonly uri: string;
  /** Header parameters, e.g. `tag`, `expires`, `q`. */
  readonly parameters: Parameters;
}

/** Reads `*(token LWS)`, the cursor left behind it; undefined, the cursor left where it was, unless `<` follows. */
function readTokenName(cursor: Cursor): string | undefined {
  const start = cursor.at;
  let at = start;
  for (;;) {
    const end = endOfRun(cursor.text, at, tokenCharacters);
    if (end === at) break;
    cursor.at = end;
    skipSpace(cursor);
    ({ at } = cursor);
  }
  if (nextIs(cursor, '<')) return cursor.text.slice(start, cursor.at).trimEnd();
  cursor.at = start;
  return undefined;
}

function readBracketed(cursor: Cursor): string {
  const end = cursor.text.indexOf('>', cursor.at);
  if (end === -1) throw badHeader(cursor.header);
  const uri = cursor.text.slice(cursor.at + 1, end);
  cursor.at = end + 1;
  return uri;
}

/**
 * An addr-spec without brackets ends at the first semicolon or comma, and must not hold a question mark: all three
 * need brackets (RFC 3261 section 20).
 */
function readBare(cursor: Cursor): string {
  const { text } = cursor;
  const start = cursor.at;
  while (cursor.at < text.length && !' \t;,'.includes(text[cursor.at] ?? '')) {
    if (text[cursor.at] === '?') throw badHeader(cursor.header);
    cursor.at += 1;
  }
  return text.slice(start, cursor.at);
}

/** Reads one address up to the end or a comma. Throws SIP_BAD_HEADER. */
export function readAddress(cursor: Cursor): NameAddress {
  skipSpace(cursor);
  let displayName: string | undefined;
  if (nextIs(cursor, '"')) {
    displayName = readQuoted(cursor);
    skipSpace(cursor);
    if (!nextIs(cursor, '<')) throw badHeader(cursor.header);
  } else {
    displayName = readTokenName(cursor);
  }
  const uri = nextIs(cursor, '<') ? readBracketed(cursor) : readBare(cursor);
  try {
    parseUri(uri);
  } catch {
    // Which part of the URI is wrong is told by its header well enough.
    throw badHeader(cursor.header);
  }
  const parameters = readParameters(cursor);
  return { displayName: displayName === undefined || displayName === '' ? undefined : decodeText(displayName), uri, parameters };
}

/** Reads a header value that is one address and nothing more. Throws SIP_BAD_HEADER. */
export function parseAddress(text: string, header: string): NameAddress {
  const cursor: Cursor = { text, at: 0, header };
  const address = readAddress(cursor);
  if (cursor.at !== text.length) throw badHeader(header);
  return address;
}

/** Writes an address, always with angle brackets. */
export function formatAddress(address: NameAddress): string {
  const name = address.displayName === undefined ? '' : `${quote(encodeText(address.displayName))} `;
  return `${name}<${address.uri}>${formatParameters(address.parameters)}`;
}
