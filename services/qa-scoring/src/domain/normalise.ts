import { simplifyUnit } from './traditional.ts';

/** Text as phrases are looked for in it, with the way back to the original. */
export interface NormalisedText {
  /** Lower case, half width, simplified, without punctuation, spaces between Han characters, and fillers. */
  readonly text: string;
  /** `offsets[i]` is the place in the original (UTF-16 units) of unit `i` of the text. */
  readonly offsets: Uint32Array;
  /** 1 where punctuation stood before the unit: a short word must not reach across it. */
  readonly borders: Uint8Array;
}

/** Units of one turn that are looked at; the rest of a longer text is not scored. */
export const longestTurn = 20_000;

const punctuation = 0;
const wordUnit = 1;
const otherLetter = 2;
const whitespace = 3;
const filler = 4;
const apostrophe = 5;

/** Sounds that carry no meaning; 啊 and 呀 stay, because a rule counts them. */
const fillers = '嗯呃唔';

const classes = classify();

function classify(): Uint8Array {
  const table = new Uint8Array(65_536);
  for (let unit = 0; unit < table.length; unit += 1) {
    const sign = String.fromCharCode(unit);
    if (/[a-z0-9]/.test(sign)) table[unit] = wordUnit;
    else if (/\s/.test(sign)) table[unit] = whitespace;
    // Halves of surrogate pairs are kept: rare Han characters live there.
    else if (/[\p{L}\p{N}\p{M}]/u.test(sign) || (unit >= 0xd800 && unit <= 0xdfff)) table[unit] = otherLetter;
  }
  for (const sign of fillers) table[sign.charCodeAt(0)] = filler;
  for (const sign of "'’‘`´") table[sign.charCodeAt(0)] = apostrophe;
  return table;
}

/** Full-width forms (U+FF01 to U+FF5E) and the ideographic space to ASCII, ASCII to lower case, then simplified. */
function foldUnit(unit: number): number {
  let folded = unit;
  if (folded >= 0xff01 && folded <= 0xff5e) folded -= 0xfee0;
  else if (folded === 0x3000) folded = 0x20;
  if (folded >= 0x41 && folded <= 0x5a) return folded + 0x20;
  return folded < 0x80 ? folded : simplifyUnit(folded);
}

/**
 * Brings text into the one form that phrases, too, are brought into. Between two Latin words one space stays; an
 * apostrophe within a word goes (`don't` = `dont`).
 */
export function normaliseText(original: string): NormalisedText {
  const length = Math.min(original.length, longestTurn);
  // A separator comes out at most once for each two units, so the text never grows.
  const offsets = new Uint32Array(length);
  const borders = new Uint8Array(length);
  let text = '';
  let lastClass = punctuation;
  let separatorAt = -1;
  let border = false;
  for (let index = 0; index < length; index += 1) {
    const unit = foldUnit(original.charCodeAt(index));
    const kind = classes[unit] ?? punctuation;
    if (kind === filler || (kind === apostrophe && lastClass === wordUnit && separatorAt < 0)) continue;
    if (kind !== wordUnit && kind !== otherLetter) {
      if (separatorAt < 0) separatorAt = index;
      if (kind !== whitespace) border = true;
      continue;
    }
    if (separatorAt >= 0 && kind === wordUnit && lastClass === wordUnit) {
      offsets[text.length] = separatorAt;
      borders[text.length] = border ? 1 : 0;
      text += ' ';
    }
    offsets[text.length] = index;
    borders[text.length] = border ? 1 : 0;
    text += String.fromCharCode(unit);
    lastClass = kind;
    separatorAt = -1;
    border = false;
  }
  return { text, offsets: offsets.subarray(0, text.length), borders: borders.subarray(0, text.length) };
}

/** Whether the unit is a Latin letter or a digit of normalised text. */
export function isWordUnit(unit: number): boolean {
  return classes[unit] === wordUnit;
}

/** The part of the original that units `start` to `end` (exclusive) of the normalised text came from. */
export function originalSpan(normalised: NormalisedText, start: number, end: number): { start: number; end: number } {
  const first = normalised.offsets[start] ?? 0;
  const last = normalised.offsets[Math.max(start, end - 1)] ?? first;
  return { start: first, end: last + 1 };
}
