import type { Actor } from '@patchbay/bus/actor';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { crmError } from './errors.ts';

const everybodysReaders: readonly Role[] = [Role.TEAM_LEAD, Role.QA, Role.TRAINER, Role.MANAGER, Role.ADMIN];
const everybodysSteerers: readonly Role[] = [Role.TEAM_LEAD, Role.ADMIN];

const hasAny = (actor: Actor, roles: readonly Role[]): boolean => actor.kind === 'service' || actor.roles.some((role) => roles.includes(role));

/** Whether the caller may see every contact of the tenant. */
export function mayReadAll(actor: Actor): boolean {
  return hasAny(actor, everybodysReaders);
}

/** Whether the caller may steer contacts of others. */
export function maySteerAll(actor: Actor): boolean {
  return hasAny(actor, everybodysSteerers);
}

/** The agent whose contacts an ordinary caller may see; CRM_NOT_ALLOWED for callers who are none. */
export function ownAgent(actor: Actor): string {
  if (actor.agent === undefined || actor.agent === '' || !actor.roles.includes(Role.AGENT)) throw crmError('CRM_NOT_ALLOWED');
  return actor.agent;
}
