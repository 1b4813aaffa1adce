import type { Actor } from '@patchbay/bus/actor';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { directoryError } from './errors.ts';

/** What agents may read: what their own work needs, not who else signs in or who the customers are. */
const agentKinds: ReadonlySet<string> = new Set(['Tenant', 'Skill', 'Queue', 'Hours', 'DispositionTree', 'Agent', 'EntryPoint']);

const readers: readonly Role[] = [Role.ADMIN, Role.MANAGER, Role.TEAM_LEAD, Role.QA, Role.TRAINER];

const hasAny = (actor: Actor, roles: readonly Role[]) => actor.roles.some((role) => roles.includes(role));

/** Lets admins and the services pass. */
export function requireAdmin(actor: Actor): void {
  if (actor.kind !== 'service' && !hasAny(actor, [Role.ADMIN])) throw directoryError('DIRECTORY_FORBIDDEN', { details: { needs: 'admin' } });
}

/** Lets only services pass: keys and secrets that people have no use for. */
export function requireService(actor: Actor): void {
  if (actor.kind !== 'service') throw directoryError('DIRECTORY_FORBIDDEN', { details: { needs: 'service' } });
}

/** Lets a user act on the own name, and admins on any. */
export function requireSelfOrAdmin(actor: Actor, isSelf: boolean): void {
  if (!isSelf) requireAdmin(actor);
}

/** Whether the actor may read resources of a kind. */
export function mayRead(actor: Actor, kind: string): boolean {
  return actor.kind === 'service' || hasAny(actor, readers) || (hasAny(actor, [Role.AGENT]) && agentKinds.has(kind));
}

/** Lets the actor read a kind; the empty kind stands for all of them. */
export function requireReader(actor: Actor, kind: string): void {
  if (!mayRead(actor, kind)) throw directoryError('DIRECTORY_FORBIDDEN', { details: { needs: 'team_lead, qa, trainer, manager or admin' } });
}
