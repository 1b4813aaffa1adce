import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A page of the reference that is made from what the program itself goes by. */
export interface DocGenerator {
  /** Path of the page from the root of the project. */
  readonly file: string;
  /** The whole page. The same source gives the same text, to the byte. */
  generate(): Promise<string>;
}

/** Root folder of the project. */
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** A Markdown table; bars and line ends in cells are made harmless. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** First line of a generated Markdown page. */
export function generatedFrom(what: string): string {
  return `<!-- Made by \`npm run docs\` from ${what}. Do not edit. -->`;
}
