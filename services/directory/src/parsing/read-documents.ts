import { type Document, isAlias, isMap, isNode, isScalar, isSeq, Lexer, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { formatPath, type Path } from '../domain/path.ts';
import { limits } from './limits.ts';

/** One YAML document as plain values. */
export interface RawDocument {
  value: unknown;
  /** Line of each value by its path, from 1. */
  lines: ReadonlyMap<string, number>;
}

/** What is wrong with the text itself. */
export interface TextFault {
  /** From 1; 0 when not known. */
  line: number;
  path: Path;
  message: string;
  remedy: string;
}

/** Well over the limit of a document, so that whatever is only a little too deep is named by its path. */
const mostOpenBrackets = 20 * limits.depth;

const yamlRemedy = 'Correct the YAML there; check indentation, quotes and colons.';

/** Signs that YAML allows in double quotes but that have no place in a centre's texts. */
const controlSigns = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

interface Walk {
  document: Document;
  lineOf(node: Node | undefined): number;
  lines: Map<string, number>;
  faults: TextFault[];
  values: number;
}

function fault(walk: Walk, node: Node | undefined, path: Path, text: { message: string; remedy: string }): undefined {
  walk.faults.push({ line: walk.lineOf(node), path, ...text });
  return undefined;
}

function readScalar(walk: Walk, node: Node, path: Path): unknown {
  const value = isScalar(node) ? (node.value as unknown) : undefined;
  if (typeof value === 'number' && !Number.isFinite(value)) return fault(walk, node, path, { message: 'is not a finite number', remedy: 'Write a number, or text in quotes.' });
  if (typeof value === 'string' && controlSigns.test(value)) return fault(walk, node, path, { message: 'holds control characters', remedy: 'Take them out.' });
  return value;
}

/** The text of a key; numbers and booleans are taken as they are written, so that a menu may say `1:`. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'string') return key.value;
  return typeof key.value === 'number' || typeof key.value === 'boolean' ? (key.source ?? String(key.value)) : undefined;
}

function readMap(walk: Walk, node: Node, path: Path): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const pair of isMap(node) ? node.items : []) {
    const keyNode = isNode(pair.key) ? pair.key : undefined;
    const key = keyText(pair.key);
    if (key === undefined || key === '' || key === '__proto__') {
      fault(walk, keyNode ?? node, path, { message: 'has a key that is not plain text', remedy: 'Use letters and digits as key.' });
      continue;
    }
    const here = [...path, key];
    if (seen.has(key)) {
      fault(walk, keyNode, here, { message: 'the key is there twice', remedy: 'Keep one of them.' });
      continue;
    }
    seen.add(key);
    walk.lines.set(formatPath(here), walk.lineOf(keyNode ?? node));
    result[key] = readNode(walk, isNode(pair.value) ? pair.value : undefined, here);
  }
  return result;
}

function readNode(walk: Walk, node: Node | undefined, path: Path): unknown {
  walk.values += 1;
  // One fault is enough: the walk ends here.
  if (walk.values > limits.values) {
    if (walk.values === limits.values + 1) fault(walk, node, [], { message: `has more than ${limits.values} values; aliases count as often as they are used`, remedy: 'Split the document, and write values out instead of nesting aliases.' });
    return undefined;
  }
  if (path.length > limits.depth) return fault(walk, node, path.slice(0, 3), { message: `is nested deeper than ${limits.depth} levels`, remedy: 'Make it flatter; an alias must not contain itself.' });
  if (node === undefined) return null;
  if (isAlias(node)) {
    const target = node.resolve(walk.document);
    return target === undefined ? fault(walk, node, path, { message: 'names an anchor that is not there', remedy: 'Write the anchor above, or the value itself.' }) : readNode(walk, target, path);
  }
  if (isMap(node)) return readMap(walk, node, path);
  if (isSeq(node)) {
    return node.items.map((item, index) => {
      const here = [...path, index];
      const itemNode = isNode(item) ? item : undefined;
      walk.lines.set(formatPath(here), walk.lineOf(itemNode ?? node));
      return readNode(walk, itemNode, here);
    });
  }
  return readScalar(walk, node, path);
}

const tooDeepText = 'the document is nested too deeply';

/**
 * Line on which brackets are open deeper than any document may be; 0 when they never are. The lexer does not recurse:
 * the parser takes seconds and its whole stack for what this finds at once.
 */
function lineOfTooDeep(text: string): number {
  let depth = 0;
  let line = 1;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > mostOpenBrackets) return line;
    for (let at = token.indexOf('\n'); at !== -1; at = token.indexOf('\n', at + 1)) line += 1;
  }
  return 0;
}

function plainMessage(message: string): string {
  return message.startsWith('Maximum call stack') ? tooDeepText : message.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase());
}

/**
 * Reads the documents of one file. YAML 1.2 core schema: no tags of other schemas, no merge keys; duplicate keys, control
 * characters and numbers without a value are faults. Empty documents are passed over.
 */
export function readDocuments(text: string): { documents: RawDocument[]; faults: TextFault[] } {
  const deepLine = lineOfTooDeep(text);
  if (deepLine > 0) return { documents: [], faults: [{ line: deepLine, path: [], message: tooDeepText, remedy: yamlRemedy }] };
  const counter = new LineCounter();
  const documents: RawDocument[] = [];
  const faults: TextFault[] = [];
  // Duplicate keys are looked for in the walk below: the library compares every pair of keys.
  const parsed = parseAllDocuments(text, { lineCounter: counter, uniqueKeys: false, prettyErrors: false, version: '1.2' });
  for (const document of 'empty' in parsed ? [] : parsed) {
    const wrong = [...document.errors, ...document.warnings];
    for (const error of wrong.slice(0, 20)) faults.push({ line: counter.linePos(error.pos[0]).line, path: [], message: plainMessage(error.message), remedy: yamlRemedy });
    if (wrong.length > 0 || document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    const walk: Walk = {
      document,
      lineOf: (node) => (node?.range === undefined || node.range === null ? 0 : counter.linePos(node.range[0]).line),
      lines: new Map(),
      faults: [],
      values: 0,
    };
    walk.lines.set('', walk.lineOf(document.contents));
    const value = readNode(walk, document.contents, []);
    faults.push(...walk.faults);
    if (walk.values <= limits.values) documents.push({ value, lines: walk.lines });
  }
  return { documents, faults };
}
