import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import { findUsers } from '../domain/references.ts';
import { adminsOf } from '../domain/rules.ts';
import { createCentre, viewOf } from '../domain/view.ts';
import { directoryError } from '../errors.ts';
import { flowReferences } from '../parsing/definitions.ts';
import type { ResourceStore } from '../ports.ts';
import type { ChangeAuthor } from './apply-resources.ts';
import type { Writer } from './writer.ts';

/** Removes a resource that nothing else names. */
export async function removeResource(
  parts: { store: ResourceStore; writer: Writer; clock: Clock; ids: IdSource },
  by: ChangeAuthor,
  target: { kind: string; name: string },
): Promise<void> {
  await parts.writer.change(async () => {
    const stored = (await parts.store.snapshot()).filter(({ tenant }) => tenant === by.tenant);
    const views = stored.map(({ tenant, resource }) => viewOf(tenant, resource)).filter((view) => view !== undefined);
    const found = stored.find(({ resource }) => resource.kind === target.kind && resource.name === target.name);
    if (found === undefined) throw directoryError('DIRECTORY_UNKNOWN_RESOURCE', { details: { ...target } });
    if (target.kind === 'Tenant') throw directoryError('DIRECTORY_TENANT_STAYS');
    const users = findUsers(target, createCentre(views), flowReferences);
    if (users.length > 0) throw directoryError('DIRECTORY_IN_USE', { details: { ...target, usedBy: users.slice(0, 50).join(', ') } });
    const admins = adminsOf(views);
    if (target.kind === 'User' && admins.length === 1 && admins[0] === target.name) throw directoryError('DIRECTORY_LAST_ADMIN', { details: { user: target.name } });
    const change = {
      id: parts.ids.next(),
      tenant: by.tenant,
      author: by.author,
      timeMs: parts.clock.nowMs(),
      puts: [],
      removals: [{ ...target, revision: found.resource.revision + 1n }],
      secrets: {},
      passwords: {},
      phones: {},
    };
    return { change, value: undefined };
  });
}
