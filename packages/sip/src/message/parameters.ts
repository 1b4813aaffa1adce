import { badHeader, characterSet, isRun, nextIs, quote, readQuoted, readRun, skipSpace, tokenCharacters, type Cursor } from './cursor.ts';

/**
 * Parameters behind a header value or a URI: names in lower case, values as written (quoted strings with their
 * quotes and escapes taken off); a parameter without a value is there with the value `undefined`.
 */
export type Parameters = ReadonlyMap<string, string | undefined>;

/** No parameters. */
export const noParameters: Parameters = new Map();

/** gen-value without quotes: token or host; brackets and colons for IPv6, which `received` carries with or without them (RFC 5118 section 4.5). */
const valueCharacters = characterSet(`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+\`'~[]:`);

function readValue(cursor: Cursor): string {
  return nextIs(cursor, '"') ? readQuoted(cursor) : readRun(cursor, valueCharacters);
}

/**
 * Reads `*( SEMI generic-param )` up to the end or a comma. Fails on empty parameters and on a name that stands twice
 * (RFC 3261 section 7.3.1).
 */
export function readParameters(cursor: Cursor): Parameters {
  let parameters: Map<string, string | undefined> | undefined;
  for (;;) {
    skipSpace(cursor);
    if (!nextIs(cursor, ';')) return parameters ?? noParameters;
    cursor.at += 1;
    skipSpace(cursor);
    const name = readRun(cursor, tokenCharacters).toLowerCase();
    skipSpace(cursor);
    let value: string | undefined;
    if (nextIs(cursor, '=')) {
      cursor.at += 1;
      skipSpace(cursor);
      value = readValue(cursor);
    }
    parameters ??= new Map();
    if (parameters.has(name)) throw badHeader(cursor.header);
    parameters.set(name, value);
  }
}

/** Writes parameters as they stand behind a header value; values that are no token or host are quoted. */
export function formatParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) {
    text += `;${name}`;
    if (value !== undefined) text += `=${isRun(value, valueCharacters) ? value : quote(value)}`;
  }
  return text;
}
