import { type ApplyResourcesRequest, type ApplyResourcesResponse, type ResourceFault, ResourceFaults } from '@patchbay/contracts/directory/v1/directory_service';
import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import { refText, type Spec } from '../domain/kinds.ts';
import { type ApplyPlan, planApply, type WantedResource } from '../domain/plan-apply.ts';
import { directoryError } from '../errors.ts';
import { phoneCredential, type PhoneCredential } from '../identity/phones.ts';
import { limits } from '../parsing/limits.ts';
import type { ParsedFiles, ParsedResource } from '../parsing/parse-files.ts';
import type { FileParser, PasswordHasher, ResourceStore, TenantResource, Vault } from '../ports.ts';
import { vaultKeys } from '../vault-keys.ts';
import { checkCentre } from './check-centre.ts';
import type { Writer } from './writer.ts';

/** What an apply needs. */
export interface ApplyParts {
  parser: FileParser;
  store: ResourceStore;
  vault: Vault;
  writer: Writer;
  hasher: PasswordHasher;
  clock: Clock;
  ids: IdSource;
}

/** For whom something is changed. */
export interface ChangeAuthor {
  tenant: string;
  /** `user:<name>`, `key:<id>` or `service:<name>`. */
  author: string;
}

function refuse(faults: readonly ResourceFault[]): never {
  const value = ResourceFaults.encode({ faults: faults.slice(0, limits.faults) }).finish();
  throw directoryError('DIRECTORY_INVALID_RESOURCES', { details: { faults: String(faults.length) }, attachment: { type: ResourceFaults.$type, value } });
}

/** Orders faults of the text and of the centre as the files are. */
function inFileOrder(faults: readonly ResourceFault[], files: readonly { name: string }[]): ResourceFault[] {
  const place = new Map(files.map((file, index) => [file.name, index]));
  return [...faults].sort((left, right) => (place.get(left.file) ?? 0) - (place.get(right.file) ?? 0) || left.line - right.line);
}

const sameSecrets = (left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>) =>
  Object.keys(left).length === Object.keys(right).length && Object.entries(left).every(([name, value]) => right[name] === value);

/** An entry point whose file names no secrets keeps those it has. */
function withKeptSecrets(parsed: ParsedResource, before: Resource | undefined): Spec {
  const { spec } = parsed;
  if (spec.$case !== 'entryPoint' || parsed.secrets !== undefined || before?.spec?.$case !== 'entryPoint') return spec;
  return { $case: 'entryPoint', value: { ...spec.value, secretNames: before.spec.value.secretNames } };
}

async function toWanted(parts: ApplyParts, tenant: string, parsed: ParsedResource, before: Resource | undefined): Promise<WantedResource> {
  const { kind, name, secrets } = parsed;
  const kept = secrets === undefined ? undefined : await parts.vault.read(vaultKeys.secrets(tenant, name));
  return {
    kind,
    name,
    spec: withKeptSecrets(parsed, before),
    secretsChanged: secrets !== undefined && !sameSecrets(secrets, (kept?.value ?? {}) as Record<string, string>),
  };
}

async function plan(parts: ApplyParts, by: ChangeAuthor, files: ParsedFiles, stored: readonly TenantResource[]): Promise<ApplyPlan> {
  const own = new Map(stored.filter((one) => one.tenant === by.tenant).map(({ resource }) => [refText(resource), resource]));
  const wanted: WantedResource[] = [];
  const removedRevisions = new Map<string, bigint>();
  for (const parsed of files.resources) {
    const ref = refText(parsed);
    wanted.push(await toWanted(parts, by.tenant, parsed, own.get(ref)));
    if (own.has(ref)) continue;
    const mark = (await parts.vault.read(vaultKeys.revision(by.tenant, parsed.kind, parsed.name)))?.value as { revision: string } | undefined;
    if (mark !== undefined) removedRevisions.set(ref, BigInt(mark.revision));
  }
  return planApply(
    wanted,
    (kind, name) => own.get(refText({ kind, name })),
    (kind, name) => own.get(refText({ kind, name }))?.revision ?? removedRevisions.get(refText({ kind, name })) ?? 0n,
    { author: by.author, appliedAt: new Date(parts.clock.nowMs()) },
  );
}

/** Secrets and first passwords that the files bring. */
async function privateValues(parts: ApplyParts, tenant: string, resources: readonly ParsedResource[]) {
  const secrets: Record<string, Record<string, string>> = {};
  const passwords: Record<string, string> = {};
  const phones: Record<string, PhoneCredential> = {};
  for (const { kind, name, spec, secrets: given, initialPassword } of resources) {
    if (given !== undefined) secrets[name] = { ...given };
    if (initialPassword === undefined) continue;
    if (kind === 'User' && (await parts.vault.read(vaultKeys.password(tenant, name))) === undefined) passwords[name] = await parts.hasher.hash(initialPassword);
    if (spec.$case === 'agent' && spec.value.sipUsername !== '' && (await parts.vault.read(vaultKeys.phone(tenant, name))) === undefined) {
      phones[name] = phoneCredential(spec.value.sipUsername, initialPassword);
    }
  }
  return { secrets, passwords, phones };
}

/**
 * Applies files: all of it, or nothing when anything is wrong. What stands already as the files say is left alone and
 * keeps its revision.
 */
export async function applyResources(parts: ApplyParts, by: ChangeAuthor, request: ApplyResourcesRequest): Promise<ApplyResourcesResponse> {
  const files = await parts.parser.parse(request.files);
  const check = (stored: readonly TenantResource[]) => inFileOrder([...files.faults, ...checkCentre(by.tenant, files, stored)], request.files);
  const answer = (faults: ResourceFault[]): ApplyResourcesResponse => (request.reportFaults ? { results: [], faults: faults.slice(0, limits.faults), resources: [] } : refuse(faults));
  // Without the lock first: files with faults and dry runs hold nobody up.
  const early = await parts.store.snapshot();
  const earlyFaults = check(early);
  if (earlyFaults.length > 0) return answer(earlyFaults);
  if (request.dryRun) {
    const { results, writes } = await plan(parts, by, files, early);
    return { results, faults: [], resources: writes };
  }
  const kept = await privateValues(parts, by.tenant, files.resources);
  return parts.writer.change(async () => {
    const stored = await parts.store.snapshot();
    const faults = check(stored);
    if (faults.length > 0) return { change: undefined, value: answer(faults) };
    const { results, writes } = await plan(parts, by, files, stored);
    const nothing = writes.length === 0 && Object.keys(kept.passwords).length === 0 && Object.keys(kept.phones).length === 0;
    const change = { id: parts.ids.next(), tenant: by.tenant, author: by.author, timeMs: parts.clock.nowMs(), puts: writes, removals: [], ...kept };
    return { change: nothing ? undefined : change, value: { results, faults: [], resources: [] } };
  });
}
