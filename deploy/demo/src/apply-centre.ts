import { readFile } from 'node:fs/promises';
import { parse, parseAllDocuments } from 'yaml';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { DirectoryServiceDefinition, ResourceFaults } from '@patchbay/contracts/directory/v1/directory_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { AppError } from '@patchbay/runtime/app-error';
import { demoError } from './errors.ts';

/** Fills `${NAME}` and `${NAME:-default}` from the values. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name: string, fallback?: string) => values[name] ?? fallback ?? whole);
}

/** Puts the content of files that the centre names (`definitionFile`) in their place, as `patchbay apply` does. */
async function withDefinitions(yaml: string): Promise<string> {
  const documents = parseAllDocuments(yaml);
  for (const document of documents) {
    const file: unknown = document.getIn(['spec', 'definitionFile']);
    if (typeof file !== 'string') continue;
    document.deleteIn(['spec', 'definitionFile']);
    document.setIn(['spec', 'definition'], parse(await readFile(new URL(file, new URL('../', import.meta.url)), 'utf8')));
  }
  return documents.map(String).join('---\n');
}

/** The error with the first of its faults in words, for the log. */
function withFaults(error: AppError): AppError {
  if (error.attachment === undefined) return error;
  const faults = ResourceFaults.decode(error.attachment.value).faults.map(({ line, resource, path, message }) => `line ${line} ${resource} ${path}: ${message}`);
  return demoError('DEMO_CENTRE_REFUSED', { cause: error, details: Object.fromEntries(faults.slice(0, 20).map((fault, index) => [String(index + 1), fault])) });
}

/** Applies `centre.yaml`; doing it again changes only what differs. */
export async function applyCentre(bus: BusConnection, tenant: string, values: Readonly<Record<string, string>>): Promise<void> {
  const yaml = await withDefinitions(fillIn(await readFile(new URL('../centre.yaml', import.meta.url), 'utf8'), values));
  const actor = { subject: 'user:demo', kind: 'user' as const, roles: [Role.ADMIN] };
  try {
    await createRpcClient(bus, DirectoryServiceDefinition).applyResources({ files: [{ name: 'centre.yaml', yaml }], dryRun: false }, { tenant, actor, timeoutMs: 60_000 });
  } catch (error) {
    throw withFaults(AppError.from(error));
  }
}
