import type { DispositionView } from '../../../src/domain/views.ts';
import { titleIn } from '../format.ts';
import type { Language } from '../i18n.ts';

/** A code that can be chosen, with the titles of what it is under. */
export interface Leaf {
  code: string;
  title: string;
  /** Titles above, joined; empty at the top. */
  group: string;
}

/** The codes that can be chosen: those with none below, in the tree's order. */
export function leavesOf(tree: readonly DispositionView[], language: Language, above: readonly string[] = []): Leaf[] {
  return tree.flatMap((row) => {
    const title = titleIn(row.titles, language, row.code);
    return row.children.length === 0 ? [{ code: row.code, title, group: above.join(' / ') }] : leavesOf(row.children, language, [...above, title]);
  });
}

/** Leaves that hold every word of a search, in title, group or code. */
export function searchLeaves(leaves: readonly Leaf[], search: string): Leaf[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return leaves.filter(({ code, title, group }) => words.every((word) => `${group} ${title} ${code}`.toLowerCase().includes(word)));
}
