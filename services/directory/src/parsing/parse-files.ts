import { type ResourceFault, type ResourceFile } from '@patchbay/contracts/directory/v1/directory_service';
import { isKind, type Kind, kindNames, refText, type Spec, specFromJson } from '../domain/kinds.ts';
import { formatPath, type Path } from '../domain/path.ts';
import { isResourceName, isTenantName } from '../schemas/formats.ts';
import { nameRemedy } from '../schemas/parts.ts';
import { validateSpec } from '../schemas/validate-spec.ts';
import { findDefinitionFaults } from './definitions.ts';
import { limits } from './limits.ts';
import { type RawDocument, readDocuments } from './read-documents.ts';

/** One resource of a file that fits its schema. */
export interface ParsedResource {
  file: string;
  kind: Kind;
  name: string;
  spec: Spec;
  /** Secrets of an entry point; undefined leaves those that are kept. */
  secrets: Readonly<Record<string, string>> | undefined;
  /** Password for a user or phone that has none yet. */
  initialPassword: string | undefined;
  /** Line of each value by its path. */
  lines: ReadonlyMap<string, number>;
}

/** What a set of files says. */
export interface ParsedFiles {
  resources: ParsedResource[];
  /** `Kind/name` of every document that says so much, faulty ones included: they are no missing references. */
  named: string[];
  faults: ResourceFault[];
}

/** Line of a path, or of the nearest thing above it that is there. */
export function lineAt(lines: ReadonlyMap<string, number>, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const line = lines.get(formatPath(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return 0;
}

type Place = { file: string; resource: string; lines: ReadonlyMap<string, number> };

function toFault(place: Place, { path, message, remedy }: { path: Path; message: string; remedy: string }): ResourceFault {
  return { file: place.file, line: lineAt(place.lines, path), resource: place.resource, path: formatPath(path), message, remedy };
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Words of YAML as the protobuf JSON form writes them: `team_lead` becomes `ROLE_TEAM_LEAD`. */
function withLongWords(kind: Kind, spec: Record<string, unknown>): Record<string, unknown> {
  return wordPlaces.filter((place) => place.kind === kind).reduce((written, place) => lengthen(written, place.path, place.prefix) as Record<string, unknown>, spec);
}

/** Where a kind has words of an enum; lists on the way are gone through. */
const wordPlaces: readonly { kind: Kind; path: readonly string[]; prefix: string }[] = [
  { kind: 'User', path: ['roles'], prefix: 'ROLE_' },
  { kind: 'Queue', path: ['wrapUp', 'mode'], prefix: 'WRAP_UP_MODE_' },
  { kind: 'Queue', path: ['priorityMode'], prefix: 'PRIORITY_MODE_' },
  { kind: 'Queue', path: ['choice'], prefix: 'AGENT_CHOICE_' },
  { kind: 'Queue', path: ['wrapUp', 'hold'], prefix: 'WRAP_UP_HOLD_' },
  { kind: 'Queue', path: ['closing'], prefix: 'CLOSING_POLICY_' },
  { kind: 'RoutingPlan', path: ['then', 'kind'], prefix: 'FINAL_ACTION_KIND_' },
  { kind: 'SurgePlan', path: ['actions', 'kind'], prefix: 'SURGE_ACTION_KIND_' },
];

function lengthen(value: unknown, [name, ...rest]: readonly string[], prefix: string): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => lengthen(one, name === undefined ? [] : [name, ...rest], prefix));
  if (name === undefined) return typeof value === 'string' && !value.startsWith(prefix) ? prefix + value.toUpperCase() : value;
  return isObject(value) && value[name] !== undefined ? { ...value, [name]: lengthen(value[name], rest, prefix) } : value;
}

/** Properties of a file that are no part of the stored content. */
const apart: ReadonlySet<string> = new Set(['secrets', 'initialPassword', 'initialPhonePassword', 'definition']);

function toSpec(kind: Kind, written: Record<string, unknown>): Spec {
  const { secrets, definition } = written;
  const plain = Object.fromEntries(Object.entries(withLongWords(kind, written)).filter(([name]) => !apart.has(name)));
  const spec = specFromJson(kind, definition === undefined ? plain : { ...plain, definitionJson: JSON.stringify(definition) });
  if (spec.$case === 'entryPoint' && isObject(secrets)) spec.value.secretNames = Object.keys(secrets).sort();
  return spec;
}

function headFaults(document: Record<string, unknown>): { path: Path; message: string; remedy: string }[] {
  const faults: { path: Path; message: string; remedy: string }[] = [];
  const { kind, name, spec } = document;
  if (typeof kind !== 'string' || !isKind(kind)) {
    faults.push({ path: ['kind'], message: kind === undefined ? 'is missing' : 'is not a known kind', remedy: `Write one of: ${kindNames.join(', ')}.` });
  }
  const isGoodName = kind === 'Tenant' ? isTenantName : isResourceName;
  if (typeof name !== 'string') faults.push({ path: ['name'], message: name === undefined ? 'is missing' : 'must be text', remedy: nameRemedy });
  else if (!isGoodName(name)) faults.push({ path: ['name'], message: 'is not a valid name', remedy: nameRemedy });
  if (!isObject(spec)) faults.push({ path: ['spec'], message: spec === undefined ? 'is missing' : 'must be an object', remedy: 'Write the content of the resource under "spec:".' });
  for (const extra of Object.keys(document)) {
    if (!['kind', 'name', 'spec'].includes(extra)) faults.push({ path: [extra], message: 'is not known here', remedy: 'A document has kind, name and spec; put everything else under spec.' });
  }
  return faults;
}

function resourceText(document: Record<string, unknown>): string {
  const { kind, name } = document;
  return typeof kind === 'string' && typeof name === 'string' && isKind(kind) && isResourceName(name) ? refText({ kind, name }) : '';
}

function parseDocument(file: string, { value, lines }: RawDocument): { resource?: ParsedResource; faults: ResourceFault[] } {
  if (!isObject(value)) {
    return { faults: [toFault({ file, resource: '', lines }, { path: [], message: 'a document must be an object', remedy: 'Write kind, name and spec.' })] };
  }
  const place: Place = { file, resource: resourceText(value), lines };
  const wrongHead = headFaults(value).map((fault) => toFault(place, fault));
  const { kind, name, spec } = value;
  if (typeof kind !== 'string' || !isKind(kind) || !isObject(spec)) return { faults: wrongHead };
  const wrongSpec = [...validateSpec(kind, spec), ...findDefinitionFaults(kind, spec['definition'])];
  const faults = [...wrongHead, ...wrongSpec.map((fault) => toFault(place, { ...fault, path: ['spec', ...fault.path] }))];
  if (faults.length > 0 || typeof name !== 'string') return { faults };
  const password = spec['initialPassword'] ?? spec['initialPhonePassword'];
  return {
    faults,
    resource: {
      file,
      kind,
      name,
      spec: toSpec(kind, spec),
      secrets: isObject(spec['secrets']) ? (spec['secrets'] as Record<string, string>) : undefined,
      initialPassword: typeof password === 'string' ? password : undefined,
      lines,
    },
  };
}

function repeatedFaults(resources: readonly ParsedResource[]): ResourceFault[] {
  const first = new Map<string, ParsedResource>();
  return resources.flatMap((resource) => {
    const ref = refText(resource);
    const before = first.get(ref);
    if (before === undefined) {
      first.set(ref, resource);
      return [];
    }
    return [toFault({ file: resource.file, resource: ref, lines: resource.lines }, { path: ['name'], message: `${ref} is already in ${before.file} line ${lineAt(before.lines, ['name'])}`, remedy: 'Keep one of them, or rename it.' })];
  });
}

function sizeFaults(files: readonly ResourceFile[]): ResourceFault[] {
  const bytes = files.reduce((sum, file) => sum + Buffer.byteLength(file.yaml), 0);
  const whole = (message: string, remedy: string): ResourceFault => ({ file: files[0]?.name ?? '', line: 0, resource: '', path: '', message, remedy });
  if (files.length > limits.files) return [whole(`there are more than ${limits.files} files`, 'Apply them in several goes.')];
  if (bytes > limits.filesBytes) return [whole(`the files have ${bytes} bytes together, more than ${limits.filesBytes}`, 'Apply them in several goes.')];
  return [];
}

/** Reads files of resources: every fault of every document at once, in the order of the files. */
export function parseFiles(files: readonly ResourceFile[]): ParsedFiles {
  const tooMuch = sizeFaults(files);
  if (tooMuch.length > 0) return { resources: [], named: [], faults: tooMuch };
  const resources: ParsedResource[] = [];
  const named: string[] = [];
  const faults: ResourceFault[] = [];
  for (const file of files) {
    const read = readDocuments(file.yaml);
    const here = read.faults.map((fault): ResourceFault => ({ file: file.name, line: fault.line, resource: '', path: formatPath(fault.path), message: fault.message, remedy: fault.remedy }));
    for (const document of read.documents) {
      const parsed = parseDocument(file.name, document);
      if (isObject(document.value)) named.push(resourceText(document.value));
      // What the text itself already has wrong is not told again as a value that does not fit.
      here.push(...parsed.faults.filter((fault) => !read.faults.some((one) => one.line === fault.line && formatPath(one.path) === fault.path)));
      if (parsed.resource !== undefined) resources.push(parsed.resource);
    }
    faults.push(...here.sort((left, right) => left.line - right.line));
  }
  faults.push(...repeatedFaults(resources));
  if (resources.length > limits.resources) {
    faults.push({ file: files[0]?.name ?? '', line: 0, resource: '', path: '', message: `there are more than ${limits.resources} resources`, remedy: 'Apply them in several goes.' });
  }
  if (resources.length === 0 && faults.length === 0) {
    faults.push({ file: files[0]?.name ?? '', line: 0, resource: '', path: '', message: 'there is no resource in the files', remedy: 'Write at least one document with kind, name and spec.' });
  }
  return { resources, named: named.filter((ref) => ref !== ''), faults };
}
