import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError, type ErrorDefinition } from '@patchbay/runtime/app-error';
import { generatedFrom, projectRoot, table, type DocGenerator } from './generator.ts';

const isErrorTable = (value: unknown): value is Record<string, ErrorDefinition> =>
  typeof value === 'object' && value !== null && Object.values(value).length > 0 && Object.values(value).every((row) => typeof row === 'object' && row !== null && 'status' in row && 'remedy' in row);

/** Packages first, then services. */
function errorFiles(): string[] {
  return ['packages', 'services', 'deploy'].flatMap((folder) => globSync(`${folder}/*/src/errors.ts`, { cwd: projectRoot }).sort());
}

/** Every error table of the project, by the folder that owns it. */
export async function readErrorTables(): Promise<Map<string, [string, ErrorDefinition][]>> {
  const tables = new Map<string, [string, ErrorDefinition][]>();
  for (const file of errorFiles()) {
    const exported = (await import(pathToFileURL(join(projectRoot, file)).href)) as Record<string, unknown>;
    const rows = Object.values(exported).filter(isErrorTable).flatMap((found) => Object.entries(found));
    tables.set(file.replace('/src/errors.ts', ''), rows);
  }
  return tables;
}

function row([code, definition]: [string, ErrorDefinition]): string[] {
  const { status, retryable } = new AppError(code, definition);
  return [`\`${code}\``, `\`${status}\``, retryable ? 'yes' : 'no', definition.meaning, definition.remedy];
}

async function renderErrorsPage(): Promise<string> {
  const tables = await readErrorTables();
  const sections = [...tables].map(([owner, rows]) => `## ${owner}\n\n${table(['code', 'status', 'try again', 'meaning', 'what to do'], rows.map(row))}`);
  return [
    generatedFrom('the `errors.ts` of every package and service'),
    '# Errors',
    'Every error carries a code that stays. The status is the gRPC status ([guide](https://grpc.io/docs/guides/status-codes/)); over HTTP it becomes the matching one. "Try again": the same request may succeed later, and inside the centre it is tried again by itself. Details that come with an error hold names, limits and ids, never customer data.',
    ...sections,
    '',
  ].join('\n\n').replace(/\n+$/, '\n');
}

/** docs/reference/errors.md. */
export const errorsPage: DocGenerator = { file: 'docs/reference/errors.md', generate: renderErrorsPage };
