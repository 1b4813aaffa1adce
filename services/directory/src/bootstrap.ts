import { type Resource, Role } from '@patchbay/contracts/directory/v1/resource';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Spec } from './domain/kinds.ts';
import { adminsOf } from './domain/rules.ts';
import { viewOf } from './domain/view.ts';
import { requireGoodPassword } from './identity/password-rules.ts';
import type { PasswordHasher, ResourceStore, Vault } from './ports.ts';
import type { Writer } from './resources/writer.ts';
import { vaultKeys } from './vault-keys.ts';

export interface BootstrapParts {
  store: ResourceStore;
  vault: Vault;
  writer: Writer;
  hasher: PasswordHasher;
  clock: Clock;
  ids: IdSource;
  log: Logger;
}

/** The first tenant and its first user. */
export interface FirstTenant {
  tenant: string;
  /** Password of the user `admin`; undefined makes no user. */
  adminPassword: string | undefined;
}

const author = 'service:directory';

/**
 * Makes the tenant when it is not there, and the user `admin` when nobody may administer it. Once there is an admin, the
 * password given here does nothing. Replicas may all do this: the first one's change is what the others find.
 */
export async function bootstrap(parts: BootstrapParts, { tenant, adminPassword }: FirstTenant): Promise<void> {
  if (adminPassword !== undefined) requireGoodPassword(adminPassword, 'admin');
  await parts.writer.change(async () => {
    const stored = (await parts.store.snapshot()).filter((one) => one.tenant === tenant);
    const find = (kind: string, name: string) => stored.find(({ resource }) => resource.kind === kind && resource.name === name)?.resource;
    const admins = adminsOf(stored.map((one) => viewOf(one.tenant, one.resource)).filter((view) => view !== undefined));
    const puts: Resource[] = [];
    const put = (kind: string, name: string, spec: Spec) => {
      puts.push({ kind, name, revision: (find(kind, name)?.revision ?? 0n) + 1n, author, appliedAt: new Date(parts.clock.nowMs()), spec });
    };
    if (find('Tenant', tenant) === undefined) put('Tenant', tenant, { $case: 'tenant', value: { titles: {}, timeZone: 'Asia/Shanghai', language: 'zh-CN' } });
    const passwords: Record<string, string> = {};
    if (admins.length === 0 && adminPassword !== undefined) {
      put('User', 'admin', { $case: 'user', value: { displayName: 'admin', roles: [Role.ADMIN], agent: '', language: '', disabled: false, leads: [] } });
    }
    const isNewAdmin = puts.some(({ kind }) => kind === 'User');
    // A password may be missing although the user is there, e.g. when the user came by apply.
    const needsPassword = isNewAdmin || (admins.includes('admin') && (await parts.vault.read(vaultKeys.password(tenant, 'admin'))) === undefined);
    if (needsPassword && adminPassword !== undefined) passwords['admin'] = await parts.hasher.hash(adminPassword);
    if (admins.length === 0 && adminPassword === undefined) parts.log.warn('no admin: set PATCHBAY_ADMIN_PASSWORD once to make one', { tenant });
    const nothing = puts.length === 0 && Object.keys(passwords).length === 0;
    const change = { id: parts.ids.next(), tenant, author, timeMs: parts.clock.nowMs(), puts, removals: [], secrets: {}, passwords, phones: {} };
    return { change: nothing ? undefined : change, value: undefined };
  });
}
