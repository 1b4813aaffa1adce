import { readList, readText, type Faults } from './faults.ts';
import { normaliseText } from './normalise.ts';

/** Phrases seen while a rule set is read: each normalised form gets one number. */
export interface PhraseTable {
  /** Number of a phrase; a fault when nothing is left of it. */
  phrase(path: string, value: unknown): number;
  /** Numbers of a lexicon by name; a fault when there is none. */
  lexicon(path: string, name: unknown): readonly number[];
  /** Numbers of a list of phrases. */
  phrases(path: string, value: unknown): readonly number[];
  hasLexicon(name: string): boolean;
  readonly terms: readonly string[];
  readonly faults: Faults;
}

const longestPhrase = 100;
const mostPhrases = 20_000;

/** @param definitions the rule set's `lexicons`: lists of phrases by name */
export function createPhraseTable(faults: Faults, definitions: Readonly<Record<string, unknown>>): PhraseTable {
  const numbers = new Map<string, number>();
  const lexicons = new Map<string, readonly number[]>();

  const table: PhraseTable = {
    faults,
    get terms() {
      return [...numbers.keys()];
    },
    phrase(path, value) {
      const text = normaliseText(readText(faults, path, value, longestPhrase)).text;
      if (text === '' && typeof value === 'string' && value !== '') faults.add(path, 'has nothing but punctuation and fillers');
      const known = numbers.get(text);
      if (known !== undefined || text === '') return known ?? 0;
      if (numbers.size >= mostPhrases) {
        if (numbers.size === mostPhrases) faults.add(path, `a rule set holds at most ${mostPhrases} phrases`);
        return 0;
      }
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
    phrases: (path, value) => readList(faults, path, value, mostPhrases).map((phrase, index) => table.phrase(`${path}[${index}]`, phrase)),
    hasLexicon: (name) => lexicons.has(name),
    lexicon(path, name) {
      const found = typeof name === 'string' ? lexicons.get(name) : undefined;
      if (found === undefined) faults.add(path, `names no lexicon; there are ${[...lexicons.keys()].join(', ') || 'none'}`);
      return found ?? [];
    },
  };
  for (const [name, phrases] of Object.entries(definitions)) lexicons.set(name, table.phrases(`lexicons.${name}`, phrases));
  return table;
}

