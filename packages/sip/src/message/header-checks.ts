import { readAddress } from './address.ts';
import { badHeader, nextIs, parseDecimal, skipSpace, type Cursor } from './cursor.ts';
import type { HeaderField } from './message.ts';
import { readVia } from './via.ts';

/**
 * Headers that stand once at most (RFC 3261 section 7.3.1 and table 2). Extension headers may repeat: their rules are
 * for those who read them.
 */
export const singleHeaders: ReadonlySet<string> = new Set([
  'from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-length', 'content-type', 'content-disposition', 'date', 'expires', 'min-expires',
  'retry-after', 'timestamp', 'mime-version', 'event',
]);

const datePattern = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/i;

function checkSeconds(field: HeaderField): void {
  if (parseDecimal(field.value, 2 ** 32 - 1) === undefined) throw badHeader(field.name);
}

const valueChecks: ReadonlyMap<string, (field: HeaderField) => void> = new Map<string, (field: HeaderField) => void>([
  ['expires', checkSeconds],
  ['min-expires', checkSeconds],
  [
    'date',
    (field) => {
      if (!datePattern.test(field.value)) throw badHeader(field.name);
    },
  ],
  [
    'retry-after',
    (field) => {
      // `18000;duration=3600` or `120 (in a meeting)`: the number is what counts.
      if (parseDecimal(/^\d*/.exec(field.value)?.[0] ?? '', 2 ** 32 - 1) === undefined) throw badHeader(field.name);
    },
  ],
]);

/** Fails when a header whose grammar we hold to is wrong. */
export function checkValue(field: HeaderField): void {
  valueChecks.get(field.name)?.(field);
}

const listReaders: ReadonlyMap<string, (cursor: Cursor) => unknown> = new Map<string, (cursor: Cursor) => unknown>([
  ['via', readVia],
  ['contact', readAddress],
  ['route', readAddress],
  ['record-route', readAddress],
  ['path', readAddress],
  ['service-route', readAddress],
]);

/** The reader of the values of a list header that is taken apart when it comes in; undefined for all others. */
export function listReader(name: string): ((cursor: Cursor) => unknown) | undefined {
  return listReaders.get(name);
}

/**
 * Takes the values of a list header apart, checking each.
 * @param add called with each value as written and as read
 */
export function splitList(name: string, text: string, read: (cursor: Cursor) => unknown, add: (value: string, parsed: unknown) => void): void {
  if (text === '*' && name === 'contact') {
    add(text, undefined);
    return;
  }
  const cursor: Cursor = { text, at: 0, header: name };
  for (;;) {
    skipSpace(cursor);
    const start = cursor.at;
    const parsed = read(cursor);
    add(text.slice(start, cursor.at).trimEnd(), parsed);
    if (cursor.at === text.length) return;
    if (!nextIs(cursor, ',')) throw badHeader(name);
    cursor.at += 1;
  }
}
