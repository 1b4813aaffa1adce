import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import { type ApplyResult, type DirectoryServiceDefinition, ListResourcesResponse } from '@patchbay/contracts/directory/v1/directory_service';
import { requireAdmin, requireReader, requireService } from './authorise.ts';
import { isKind } from './domain/kinds.ts';
import { directoryError } from './errors.ts';
import type { ResourceMirror } from './ports.ts';
import { type ApplyParts, applyResources } from './resources/apply-resources.ts';
import { removeResource } from './resources/remove-resource.ts';
import { watchResources } from './resources/watch-resources.ts';
import { isResourceName } from './schemas/formats.ts';
import { vaultKeys } from './vault-keys.ts';

/** Longest answer, bytes: a message of the bus holds 4 MiB. */
const longestAnswer = 3_500_000;
/** Longest wait for this process's own copy to show a change, milliseconds. */
const mirrorWaitMs = 2_000;

function requireName(request: { kind: string; name: string }): void {
  if (!isKind(request.kind)) throw directoryError('DIRECTORY_BAD_REQUEST', { details: { field: 'kind' } });
  if (!isResourceName(request.name)) throw directoryError('DIRECTORY_BAD_REQUEST', { details: { field: 'name' } });
}

function requireKind(kind: string): void {
  if (kind !== '' && !isKind(kind)) throw directoryError('DIRECTORY_BAD_REQUEST', { details: { field: 'kind' } });
}

/** Waits until the copy shows the results, so that whoever applied reads what was applied. */
async function mirrorShows(mirror: ResourceMirror, tenant: string, results: readonly ApplyResult[]): Promise<void> {
  const isShown = () => results.every(({ kind, name, revision }) => (mirror.get({ tenant, kind, name })?.revision ?? 0n) >= revision);
  if (isShown()) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      cancel();
      resolve();
    };
    // The change is stored either way; a copy that is behind only means that a read right now may be old.
    const timer = setTimeout(finish, mirrorWaitMs);
    const cancel = mirror.onChange(() => {
      if (isShown()) finish();
    });
  });
}

/** DirectoryService. Applying twice is harmless: what stands already keeps its revision. */
export function createResourceHandlers(parts: ApplyParts & { mirror: ResourceMirror }): RpcImplementation<typeof DirectoryServiceDefinition> {
  const { mirror, vault } = parts;
  return {
    async applyResources(request, { tenant, actor }) {
      requireAdmin(actor);
      const response = await applyResources(parts, { tenant, author: actor.subject }, request);
      if (!request.dryRun) await mirrorShows(mirror, tenant, response.results);
      return response;
    },
    async getResource(request, { tenant, actor }) {
      requireName(request);
      requireReader(actor, request.kind);
      const resource = mirror.get({ tenant, ...request });
      if (resource === undefined) throw directoryError('DIRECTORY_UNKNOWN_RESOURCE', { details: { ...request } });
      return { resource };
    },
    async listResources({ kind }, { tenant, actor }) {
      requireKind(kind);
      requireReader(actor, kind);
      const response = { resources: [...mirror.list(tenant, kind === '' ? undefined : kind)] };
      if (ListResourcesResponse.encode(response).finish().length > longestAnswer) throw directoryError('DIRECTORY_LIST_TOO_LONG');
      return response;
    },
    async removeResource(request, { tenant, actor }) {
      requireAdmin(actor);
      requireName(request);
      await removeResource(parts, { tenant, author: actor.subject }, request);
      return {};
    },
    async *watchResources({ kind }, { tenant, actor, signal }) {
      requireKind(kind);
      requireReader(actor, kind);
      yield* watchResources(mirror, { tenant, kind, signal });
    },
    async getSecrets({ entryPoint }, { tenant, actor }) {
      requireService(actor);
      requireName({ kind: 'EntryPoint', name: entryPoint });
      if (mirror.get({ tenant, kind: 'EntryPoint', name: entryPoint }) === undefined) {
        throw directoryError('DIRECTORY_UNKNOWN_RESOURCE', { details: { kind: 'EntryPoint', name: entryPoint } });
      }
      const kept = await vault.read(vaultKeys.secrets(tenant, entryPoint));
      return { secrets: (kept?.value ?? {}) as Record<string, string> };
    },
  };
}
