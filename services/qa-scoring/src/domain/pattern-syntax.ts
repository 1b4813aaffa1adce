/** A set of UTF-16 units: ranges, ends included, or everything but them. */
export interface UnitSet {
  negated: boolean;
  ranges: readonly (readonly [number, number])[];
}

/** A parsed pattern. */
export type PatternNode =
  | { kind: 'set'; set: UnitSet }
  | { kind: 'start' }
  | { kind: 'end' }
  | { kind: 'sequence'; items: readonly PatternNode[] }
  | { kind: 'choice'; items: readonly PatternNode[] }
  | { kind: 'repeat'; item: PatternNode; min: number; max: number };

/** Result of reading a pattern: its tree, or what is wrong with it. */
export type ParsedPattern = { node: PatternNode } | { fault: string };

/** Longest pattern, in signs. */
export const longestPattern = 200;
/** Highest number in `{m,n}`. */
export const highestCount = 50;
const deepestGroup = 8;

const shorthand: Record<string, UnitSet> = {
  d: { negated: false, ranges: [[0x30, 0x39]] },
  w: { negated: false, ranges: [[0x30, 0x39], [0x61, 0x7a]] },
  s: { negated: false, ranges: [[0x20, 0x20]] },
};

class PatternFault extends Error {}

interface Cursor {
  readonly source: string;
  at: number;
  depth: number;
}

function peek(cursor: Cursor): string {
  return cursor.source[cursor.at] ?? '';
}

function single(sign: string): UnitSet {
  const unit = sign.charCodeAt(0);
  return { negated: false, ranges: [[unit, unit]] };
}

function readChoice(cursor: Cursor): PatternNode {
  const items = [readSequence(cursor)];
  while (peek(cursor) === '|') {
    cursor.at += 1;
    items.push(readSequence(cursor));
  }
  return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items };
}

function readSequence(cursor: Cursor): PatternNode {
  const items: PatternNode[] = [];
  while (cursor.at < cursor.source.length && peek(cursor) !== '|' && peek(cursor) !== ')') items.push(readRepeat(cursor));
  return { kind: 'sequence', items };
}

function readRepeat(cursor: Cursor): PatternNode {
  const item = readAtom(cursor);
  const counts = readCounts(cursor);
  if (counts === undefined) return item;
  if (item.kind === 'start' || item.kind === 'end') throw new PatternFault('an anchor cannot be repeated');
  if ('*+?{'.includes(peek(cursor)) && peek(cursor) !== '') throw new PatternFault('a repeat cannot be repeated, and lazy repeats are not known');
  return { kind: 'repeat', item, ...counts };
}

function readCounts(cursor: Cursor): { min: number; max: number } | undefined {
  const sign = peek(cursor);
  if (sign === '*' || sign === '+' || sign === '?') {
    cursor.at += 1;
    return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity };
  }
  if (sign !== '{') return undefined;
  const found = /^\{(\d+)(,(\d*))?\}/.exec(cursor.source.slice(cursor.at, cursor.at + 12));
  if (found === null) throw new PatternFault('after `{` comes `m}`, `m,}` or `m,n}`; write `\\{` for the sign');
  cursor.at += found[0].length;
  const min = Number(found[1]);
  const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3]);
  if (min > highestCount || (max !== Infinity && max > highestCount)) throw new PatternFault(`counts go up to ${highestCount}`);
  if (max < min) throw new PatternFault('the second count is below the first');
  return { min, max };
}

function readAtom(cursor: Cursor): PatternNode {
  const sign = peek(cursor);
  cursor.at += 1;
  switch (sign) {
    case '(':
      return readGroup(cursor);
    case '[':
      return { kind: 'set', set: readClass(cursor) };
    case '.':
      return { kind: 'set', set: { negated: true, ranges: [] } };
    case '^':
      return { kind: 'start' };
    case '$':
      return { kind: 'end' };
    case '\\':
      return { kind: 'set', set: readEscape(cursor) };
    case '*':
    case '+':
    case '?':
    case '{':
      throw new PatternFault(`nothing to repeat before \`${sign}\``);
    default:
      return { kind: 'set', set: single(sign) };
  }
}

function readGroup(cursor: Cursor): PatternNode {
  if (peek(cursor) === '?') {
    if (cursor.source.slice(cursor.at, cursor.at + 2) !== '?:') throw new PatternFault('look-around and named groups are not known');
    cursor.at += 2;
  }
  cursor.depth += 1;
  if (cursor.depth > deepestGroup) throw new PatternFault(`groups go ${deepestGroup} deep`);
  const node = readChoice(cursor);
  if (peek(cursor) !== ')') throw new PatternFault('a group is not closed');
  cursor.at += 1;
  cursor.depth -= 1;
  return node;
}

function readEscape(cursor: Cursor): UnitSet {
  const sign = peek(cursor);
  if (sign === '') throw new PatternFault('`\\` at the end');
  cursor.at += 1;
  const known = shorthand[sign];
  if (known !== undefined) return known;
  if (/[a-z0-9]/i.test(sign)) throw new PatternFault(`\`\\${sign}\` is not known; there are \\d, \\w and \\s`);
  return single(sign);
}

function readClass(cursor: Cursor): UnitSet {
  const negated = peek(cursor) === '^';
  if (negated) cursor.at += 1;
  const ranges: (readonly [number, number])[] = [];
  while (peek(cursor) !== ']') {
    if (peek(cursor) === '') throw new PatternFault('`[` is not closed');
    const low = readClassItem(cursor);
    if (low.ranges.length !== 1 || low.ranges[0]?.[0] !== low.ranges[0]?.[1] || peek(cursor) !== '-' || cursor.source[cursor.at + 1] === ']') {
      ranges.push(...low.ranges);
      continue;
    }
    cursor.at += 1;
    const from = low.ranges[0]?.[0] ?? 0;
    const to = readClassItem(cursor).ranges.at(-1)?.[1] ?? 0;
    if (to < from) throw new PatternFault('a range in `[…]` runs backwards');
    ranges.push([from, to]);
  }
  cursor.at += 1;
  if (ranges.length === 0) throw new PatternFault('`[…]` is empty');
  return { negated, ranges };
}

function readClassItem(cursor: Cursor): UnitSet {
  const sign = peek(cursor);
  if (sign === '') throw new PatternFault('`[` is not closed');
  cursor.at += 1;
  return sign === '\\' ? readEscape(cursor) : single(sign);
}

/** Reads a pattern over normalised text. Back references, look-around and lazy repeats do not exist, so every pattern runs in linear time. */
export function parsePattern(source: string): ParsedPattern {
  if (source === '') return { fault: 'the pattern is empty' };
  if (source.length > longestPattern) return { fault: `the pattern is longer than ${longestPattern} signs` };
  const cursor: Cursor = { source, at: 0, depth: 0 };
  try {
    const node = readChoice(cursor);
    return cursor.at < source.length ? { fault: '`)` without `(`' } : { node };
  } catch (error) {
    if (error instanceof PatternFault) return { fault: error.message };
    throw error;
  }
}
