import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMap, isScalar, LineCounter, parseAllDocuments, parse, type Scalar, type YAMLMap } from 'yaml';
import { cliError } from '../errors.ts';

/** What fills files in. */
export interface FileSources {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Reads a file as text. */
  read: (path: string) => Promise<string>;
}

/** Reads from the disk; CLI_NO_FILE when it cannot. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw cliError('CLI_NO_FILE', { cause: error, details: { file: path } });
  }
}

/** A piece of the text and what stands there instead. */
interface Replacement {
  from: number;
  to: number;
  text: string;
}

const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Properties of `spec` whose texts may name variables: everything else is sent as it is written. */
const filledIn: ReadonlySet<string> = new Set(['settings', 'secrets', 'initialPassword', 'initialPhonePassword']);

/** A YAML text in double quotes on one line, whatever signs it has: JSON is YAML. */
const quote = (value: unknown) => JSON.stringify(value);

function replaceScalar(node: Scalar, env: FileSources['env'], missing: Set<string>): Replacement[] {
  const { value, range } = node;
  if (typeof value !== 'string' || range === null || range === undefined || !value.includes('${')) return [];
  const text = value.replaceAll(variable, (_whole, name: string, fallback: string | undefined) => {
    const found = env[name] === '' ? undefined : env[name];
    if (found === undefined && fallback === undefined) missing.add(name);
    return found ?? fallback ?? '';
  });
  return [{ from: range[0], to: range[1], text: quote(text) }];
}

function replaceVariables(spec: YAMLMap, env: FileSources['env'], missing: Set<string>): Replacement[] {
  return spec.items.flatMap(({ key, value }) => {
    if (!isScalar(key) || typeof key.value !== 'string' || !filledIn.has(key.value)) return [];
    if (isScalar(value)) return replaceScalar(value, env, missing);
    return isMap(value) ? value.items.flatMap((item) => (isScalar(item.value) ? replaceScalar(item.value, env, missing) : [])) : [];
  });
}

/** `definitionFile: path` becomes `definition: {…}` on the same line; the path is from the folder of the file. */
async function replaceDefinition(spec: YAMLMap, folder: string, read: FileSources['read']): Promise<Replacement[]> {
  const pair = spec.items.find(({ key }) => isScalar(key) && key.value === 'definitionFile');
  if (pair === undefined || !isScalar(pair.key) || !isScalar(pair.value) || typeof pair.value.value !== 'string') return [];
  const keyRange = pair.key.range;
  const valueRange = pair.value.range;
  if (keyRange === null || keyRange === undefined || valueRange === null || valueRange === undefined) return [];
  const definition = parse(await read(resolve(folder, pair.value.value))) as unknown;
  return [
    { from: keyRange[0], to: keyRange[1], text: 'definition' },
    { from: valueRange[0], to: valueRange[1], text: quote(definition) },
  ];
}

/**
 * Fills a file in before it is sent: variables in settings, secrets and first passwords, and definitions that stand in
 * files of their own. Lines stay where they are, so that faults are told at the right ones. A file that cannot be parsed
 * is sent as it is: the directory tells what is wrong with it.
 */
export async function fillIn(text: string, path: string, sources: FileSources): Promise<string> {
  const replacements: Replacement[] = [];
  const missing = new Set<string>();
  const documents = parseAllDocuments(text, { lineCounter: new LineCounter(), prettyErrors: false, uniqueKeys: false });
  for (const document of 'empty' in documents ? [] : documents) {
    const spec = document.errors.length > 0 || !isMap(document.contents) ? undefined : document.contents.get('spec');
    if (!isMap(spec)) continue;
    replacements.push(...replaceVariables(spec, sources.env, missing), ...(await replaceDefinition(spec, dirname(path), sources.read)));
  }
  if (missing.size > 0) throw cliError('CLI_NO_VARIABLE', { details: { file: path, variables: [...missing].sort().join(', ') } });
  return replacements.sort((left, right) => right.from - left.from).reduce((filled, { from, to, text: replacement }) => filled.slice(0, from) + replacement + filled.slice(to), text);
}
