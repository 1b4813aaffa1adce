import { badHeader, endOfRun, expectSeparator, hostCharacters, nextIs, parseDecimal, readRun, skipSpace, tokenCharacters, type Cursor } from './cursor.ts';
import { formatParameters, readParameters, type Parameters } from './parameters.ts';
import { parseHostPort } from './uri.ts';

/** One Via value (RFC 3261 section 20.42). */
export interface Via {
  /** Transport in upper case: `UDP`, `TCP`, `TLS`, `SCTP`, `WS`, or an extension. */
  readonly transport: string;
  /** Host of sent-by in lower case; IPv6 with brackets. Never resolved. */
  readonly host: string;
  /** Port of sent-by; undefined when left out. */
  readonly port: number | undefined;
  /** Branch, the transaction's id when it begins with `z9hG4bK`; undefined from RFC 2543 elements. */
  readonly branch: string | undefined;
  readonly parameters: Parameters;
}

/** What every branch of an RFC 3261 element begins with (section 8.1.1.7). */
export const branchCookie = 'z9hG4bK';

function readHost(cursor: Cursor): string {
  const start = cursor.at;
  const end = nextIs(cursor, '[') ? cursor.text.indexOf(']', start) + 1 : endOfRun(cursor.text, start, hostCharacters);
  if (end <= start) throw badHeader(cursor.header);
  cursor.at = end;
  try {
    return parseHostPort(cursor.text.slice(start, end)).host;
  } catch {
    // The header's name is all that the error needs.
    throw badHeader(cursor.header);
  }
}

function readPort(cursor: Cursor): number | undefined {
  const before = cursor.at;
  skipSpace(cursor);
  if (!nextIs(cursor, ':')) {
    cursor.at = before;
    return undefined;
  }
  expectSeparator(cursor, ':');
  const port = parseDecimal(readRun(cursor, tokenCharacters), 65_535);
  if (port === undefined || port === 0) throw badHeader(cursor.header);
  return port;
}

/** Reads one Via value up to the end or a comma. Throws SIP_BAD_HEADER. */
export function readVia(cursor: Cursor): Via {
  skipSpace(cursor);
  const name = readRun(cursor, tokenCharacters);
  expectSeparator(cursor, '/');
  const version = readRun(cursor, tokenCharacters);
  expectSeparator(cursor, '/');
  const transport = readRun(cursor, tokenCharacters).toUpperCase();
  if (name.toUpperCase() !== 'SIP' || version !== '2.0') throw badHeader(cursor.header);
  const before = cursor.at;
  skipSpace(cursor);
  if (cursor.at === before) throw badHeader(cursor.header);
  const host = readHost(cursor);
  const port = readPort(cursor);
  const parameters = readParameters(cursor);
  return { transport, host, port, branch: parameters.get('branch'), parameters };
}

/** Reads a header value that is one Via and nothing more. Throws SIP_BAD_HEADER. */
export function parseVia(text: string): Via {
  const cursor: Cursor = { text, at: 0, header: 'via' };
  const via = readVia(cursor);
  if (cursor.at !== text.length) throw badHeader('via');
  return via;
}

/** Writes a Via value. */
export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${via.host}${port}${formatParameters(via.parameters)}`;
}
