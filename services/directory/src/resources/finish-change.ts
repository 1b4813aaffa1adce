import type { Announcement, Announcer, ResourceStore, Vault } from '../ports.ts';
import { vaultKeys } from '../vault-keys.ts';
import type { Change } from './change-log.ts';

/** What finishing a change writes to. */
export interface ChangeTargets {
  vault: Vault;
  store: ResourceStore;
  announcer: Announcer;
}

/** Facts of one append; a batch of the bus holds at most 1,000. */
const batchSize = 500;

async function writeIfNone(vault: Vault, key: string, value: unknown): Promise<void> {
  if ((await vault.read(key)) === undefined) await vault.write(key, value);
}

async function writePrivate({ vault }: ChangeTargets, { tenant, secrets, passwords, phones }: Change): Promise<void> {
  for (const [entryPoint, values] of Object.entries(secrets)) await vault.write(vaultKeys.secrets(tenant, entryPoint), values);
  for (const [user, hash] of Object.entries(passwords)) await writeIfNone(vault, vaultKeys.password(tenant, user), { hash });
  for (const [agent, credential] of Object.entries(phones)) await writeIfNone(vault, vaultKeys.phone(tenant, agent), credential);
}

/** What is kept apart from a resource goes with it. */
async function removePrivate(vault: Vault, tenant: string, kind: string, name: string): Promise<void> {
  if (kind === 'User') await vault.remove(vaultKeys.password(tenant, name));
  else if (kind === 'Agent') await vault.remove(vaultKeys.phone(tenant, name));
  else if (kind === 'EntryPoint') await vault.remove(vaultKeys.secrets(tenant, name));
}

function announcementsOf({ tenant, author, timeMs, puts, removals }: Change): Announcement[] {
  return [
    ...puts.map(({ kind, name, revision }) => ({ key: { tenant, kind, name }, revision, author, removed: false, timeMs })),
    ...removals.map(({ kind, name, revision }) => ({ key: { tenant, kind, name }, revision, author, removed: true, timeMs })),
  ];
}

/**
 * Carries out a stored change: private values, resources, removals, then the facts. Every step can be done again, so a
 * change that was cut off in the middle is finished by calling this once more.
 * @param options.resumed whether parts may be done already
 */
export async function finishChange(targets: ChangeTargets, change: Change, options: { resumed: boolean; lost: AbortSignal }): Promise<void> {
  const { vault, store, announcer } = targets;
  const { tenant } = change;
  await writePrivate(targets, change);
  for (const resource of change.puts) {
    options.lost.throwIfAborted();
    await store.write(tenant, resource);
  }
  for (const { kind, name, revision } of change.removals) {
    options.lost.throwIfAborted();
    // The name keeps counting when it is used again: a fact's id is made of name and revision.
    await vault.write(vaultKeys.revision(tenant, kind, name), { revision: String(revision) });
    await store.remove({ tenant, kind, name }, revision);
    await removePrivate(vault, tenant, kind, name);
  }
  const open: Announcement[] = [];
  for (const announcement of announcementsOf(change)) {
    if (!options.resumed || (await announcer.lastAnnounced(announcement.key)) < announcement.revision) open.push(announcement);
  }
  for (let start = 0; start < open.length; start += batchSize) await announcer.announce(open.slice(start, start + batchSize));
}
