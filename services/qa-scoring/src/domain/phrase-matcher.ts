/** Told of each occurrence: which phrase, and where it ends (exclusive). */
export type OnPhrase = (phrase: number, end: number) => void;

/** Finds many phrases in one pass over a text. */
export interface PhraseMatcher {
  /** Tells every occurrence of every phrase, overlapping ones included, in order of their ends. */
  scan(text: string, onPhrase: OnPhrase): void;
}

/** Sparse transitions: `state × width + sign class` → state. */
interface Trie {
  signs: Map<number, number>;
  next: Map<number, number>;
  width: number;
  states: number;
  /** Phrase that ends in the state, or -1. */
  ends: number[];
}

function buildTrie(phrases: readonly string[]): Trie {
  const signs = new Map<number, number>();
  for (const phrase of phrases) {
    for (let index = 0; index < phrase.length; index += 1) {
      const unit = phrase.charCodeAt(index);
      if (!signs.has(unit)) signs.set(unit, signs.size);
    }
  }
  const trie: Trie = { signs, next: new Map(), width: Math.max(1, signs.size), states: 1, ends: [-1] };
  for (const [phraseIndex, phrase] of phrases.entries()) {
    let state = 0;
    for (let index = 0; index < phrase.length; index += 1) {
      const key = state * trie.width + (signs.get(phrase.charCodeAt(index)) ?? 0);
      let target = trie.next.get(key);
      if (target === undefined) {
        target = trie.states;
        trie.states += 1;
        trie.ends.push(-1);
        trie.next.set(key, target);
      }
      state = target;
    }
    trie.ends[state] = phraseIndex;
  }
  return trie;
}

/** Failure links, and from each state the nearest state on its failure path in which a phrase ends. */
function buildLinks(trie: Trie): { fail: Int32Array; output: Int32Array } {
  const fail = new Int32Array(trie.states);
  const output = new Int32Array(trie.states);
  const children: { sign: number; target: number }[][] = Array.from({ length: trie.states }, () => []);
  for (const [key, target] of trie.next) children[Math.floor(key / trie.width)]?.push({ sign: key % trie.width, target });
  const queue: number[] = [0];
  for (const state of queue) {
    for (const { sign, target } of children[state] ?? []) {
      if (state !== 0) {
        let back = fail[state] ?? 0;
        while (back !== 0 && !trie.next.has(back * trie.width + sign)) back = fail[back] ?? 0;
        fail[target] = trie.next.get(back * trie.width + sign) ?? 0;
      }
      const failed = fail[target] ?? 0;
      output[target] = (trie.ends[failed] ?? -1) >= 0 ? failed : (output[failed] ?? 0);
      queue.push(target);
    }
  }
  return { fail, output };
}

/**
 * An Aho–Corasick automaton (Aho and Corasick, Communications of the ACM 18(6), 1975) over UTF-16 units.
 * @param phrases distinct and not empty; their index is what `scan` tells
 */
export function createPhraseMatcher(phrases: readonly string[]): PhraseMatcher {
  const trie = buildTrie(phrases);
  const { fail, output } = buildLinks(trie);
  const { signs, next, width, ends } = trie;
  return {
    scan(text, onPhrase) {
      let state = 0;
      for (let index = 0; index < text.length; index += 1) {
        const sign = signs.get(text.charCodeAt(index));
        if (sign === undefined) {
          state = 0;
          continue;
        }
        let target = next.get(state * width + sign);
        while (target === undefined && state !== 0) {
          state = fail[state] ?? 0;
          target = next.get(state * width + sign);
        }
        state = target ?? 0;
        const ended = ends[state] ?? -1;
        if (ended >= 0) onPhrase(ended, index + 1);
        for (let out = output[state] ?? 0; out !== 0; out = output[out] ?? 0) onPhrase(ends[out] ?? -1, index + 1);
      }
    },
  };
}
