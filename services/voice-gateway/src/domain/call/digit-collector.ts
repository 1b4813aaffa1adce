/** What a menu waits for. */
export interface DigitWish {
  /** Inputs of the menu's options. */
  readonly inputs: readonly string[];
  /** Longest of them, digits. */
  readonly maxDigits: number;
}

/** Whether the digits are a whole answer: an input that none of the others goes on from, as many as the longest, or none that any could become. */
export function isComplete(wish: DigitWish, digits: string): boolean {
  if (digits.length >= wish.maxDigits) return true;
  const longer = wish.inputs.some((input) => input.length > digits.length && input.startsWith(digits));
  return !longer;
}

/** How long the next digit may take before what is there counts, milliseconds. */
export const interDigitMs = 2_000;
