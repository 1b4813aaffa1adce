import { sipError } from '../errors.ts';

/**
 * A place in a header value. The text is unfolded, so LWS (RFC 3261 section 25.1) is spaces and tabs only.
 */
export interface Cursor {
  readonly text: string;
  /** Index of the next character. */
  at: number;
  /** Name of the header, for errors. */
  readonly header: string;
}

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A table that tells for each byte whether it is one of the characters. */
export function characterSet(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** token (RFC 3261 section 25.1). */
export const tokenCharacters = characterSet(`${alphanumeric}-.!%*_+\`'~`);
/** word, as in Call-ID. */
export const wordCharacters = characterSet(`${alphanumeric}-.!%*_+\`'~()<>:\\"/[]?{}`);
/** Characters of host names; the underscore is not in the grammar but common inside private networks. */
export const hostCharacters = characterSet(`${alphanumeric}-._`);

/** Control characters other than HTAB. */
export const controlPattern = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Index of the first character from `start` that is not in the set; the end when there is none. */
export function endOfRun(text: string, start: number, set: Uint8Array): number {
  let index = start;
  while (index < text.length && set[text.charCodeAt(index)] === 1) index += 1;
  return index;
}

/** Whether the text is one or more characters of the set. */
export function isRun(text: string, set: Uint8Array): boolean {
  return text.length > 0 && endOfRun(text, 0, set) === text.length;
}

/** The error for what the cursor stands at. */
export function badHeader(header: string): Error {
  return sipError('SIP_BAD_HEADER', { details: { header } });
}

/** Passes spaces and tabs. */
export function skipSpace(cursor: Cursor): void {
  const { text } = cursor;
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    if (code !== 0x20 && code !== 0x09) return;
    cursor.at += 1;
  }
}

/** Whether the next character is this one. */
export function nextIs(cursor: Cursor, character: string): boolean {
  return cursor.text[cursor.at] === character;
}

/** Passes the character, with white space on both sides, or fails. */
export function expectSeparator(cursor: Cursor, character: string): void {
  skipSpace(cursor);
  if (!nextIs(cursor, character)) throw badHeader(cursor.header);
  cursor.at += 1;
  skipSpace(cursor);
}

/** Reads one or more characters of the set, or fails. */
export function readRun(cursor: Cursor, set: Uint8Array): string {
  const end = endOfRun(cursor.text, cursor.at, set);
  if (end === cursor.at) throw badHeader(cursor.header);
  const run = cursor.text.slice(cursor.at, end);
  cursor.at = end;
  return run;
}

/** Reads a quoted-string, the cursor on its opening quote, and takes quotes and escapes off. */
export function readQuoted(cursor: Cursor): string {
  const { text } = cursor;
  const start = cursor.at + 1;
  let escaped = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\') {
      escaped = true;
      index += 1;
    } else if (character === '"') {
      cursor.at = index + 1;
      const inner = text.slice(start, index);
      return escaped ? inner.replaceAll(/\\(.)/gs, '$1') : inner;
    }
  }
  throw badHeader(cursor.header);
}

/** Writes a quoted-string (RFC 3261 section 25.1). */
export function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** The UTF-8 text of a byte string; U+FFFD for bytes that are none. */
export function decodeText(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, 'latin1').toString('utf8');
}

/** The byte string of a text, in UTF-8. */
export function encodeText(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** Reads a decimal number no greater than `most`; undefined for anything else. */
export function parseDecimal(text: string, most: number): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined;
  let value = 0;
  for (let index = 0; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value <= most ? value : undefined;
}
