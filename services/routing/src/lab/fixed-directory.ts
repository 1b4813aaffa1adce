import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { Directory } from '../directory.ts';

/** Tenant of resources that name none. */
export const labTenant = 'lab';

/** Resources that do not change, as the directory of one tenant. */
export function createFixedDirectory(resources: readonly Resource[], tenant: string = labTenant): Directory {
  const tables = new Map<string, Map<string, Resource>>();
  for (const resource of resources) {
    const table = tables.get(resource.kind) ?? new Map<string, Resource>();
    tables.set(resource.kind, table.set(resource.name, resource));
  }
  const tableOf = (name: string, kind: string) => (name === tenant ? tables.get(kind) : undefined);
  return {
    tenants: () => [tenant],
    get: (name, kind, resource) => tableOf(name, kind)?.get(resource),
    list: (name, kind) => [...(tableOf(name, kind)?.values() ?? [])],
    onChange: () => () => undefined,
  };
}
