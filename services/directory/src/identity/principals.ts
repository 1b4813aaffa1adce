import type { Principal } from '@patchbay/contracts/directory/v1/identity_service';
import type { ResourceMirror } from '../ports.ts';

/** The user as a principal; undefined when there is none or the user is disabled. */
export function findUser(mirror: ResourceMirror, tenant: string, user: string): Principal | undefined {
  const spec = mirror.get({ tenant, kind: 'User', name: user })?.spec;
  if (spec?.$case !== 'user' || spec.value.disabled) return undefined;
  const { displayName, roles, agent, language } = spec.value;
  const centre = mirror.get({ tenant, kind: 'Tenant', name: tenant })?.spec;
  const fallback = centre?.$case === 'tenant' ? centre.value.language : '';
  return { tenant, subject: `user:${user}`, roles, agent, displayName, language: language === '' ? fallback : language };
}
