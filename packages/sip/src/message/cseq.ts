import { badHeader, isRun, parseDecimal, tokenCharacters } from './cursor.ts';

/** The CSeq header (RFC 3261 section 20.16). */
export interface CSeq {
  /** 0 to 2^31 − 1. */
  readonly number: number;
  readonly method: string;
}

const largestCSeq = 2 ** 31 - 1;

/** Reads a CSeq value. Throws SIP_BAD_HEADER. */
export function parseCSeq(text: string): CSeq {
  const match = /^(\d+)[ \t]+(\S+)$/.exec(text);
  const number = parseDecimal(match?.[1]?.replace(/^0+(?=\d)/, '') ?? '', largestCSeq);
  const method = match?.[2];
  if (number === undefined || method === undefined || !isRun(method, tokenCharacters)) throw badHeader('cseq');
  return { number, method };
}
