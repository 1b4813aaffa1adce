/** A set of small numbers that grows as needed; words of 32 for AND at speed. */
export class Bits {
  words: Uint32Array;

  constructor(capacity = 64) {
    this.words = new Uint32Array(Math.max(1, Math.ceil(capacity / 32)));
  }

  has(index: number): boolean {
    return ((this.words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  add(index: number): void {
    const word = index >>> 5;
    if (word >= this.words.length) {
      const grown = new Uint32Array(Math.max(word + 1, this.words.length * 2));
      grown.set(this.words);
      this.words = grown;
    }
    this.words[word] = (this.words[word] ?? 0) | (1 << (index & 31));
  }

  delete(index: number): void {
    const word = index >>> 5;
    if (word < this.words.length) this.words[word] = (this.words[word] ?? 0) & ~(1 << (index & 31));
  }

  set(index: number, member: boolean): void {
    if (member) this.add(index);
    else this.delete(index);
  }
}

/** Visits the numbers that are in both sets, rising. */
export function forEachCommon(left: Bits, right: Bits, visit: (index: number) => void): void {
  const length = Math.min(left.words.length, right.words.length);
  for (let word = 0; word < length; word += 1) {
    let common = ((left.words[word] ?? 0) & (right.words[word] ?? 0)) >>> 0;
    while (common !== 0) {
      const lowest = common & -common;
      visit((word << 5) + 31 - Math.clz32(lowest));
      common = (common ^ lowest) >>> 0;
    }
  }
}

/** Whether some number is in both sets. */
export function hasCommon(left: Bits, right: Bits): boolean {
  const length = Math.min(left.words.length, right.words.length);
  for (let word = 0; word < length; word += 1) if (((left.words[word] ?? 0) & (right.words[word] ?? 0)) !== 0) return true;
  return false;
}
