import { Role } from '@patchbay/contracts/directory/v1/resource';
import type { RoleName } from '../protocol.ts';

const byName: Record<RoleName, Role> = {
  agent: Role.AGENT,
  team_lead: Role.TEAM_LEAD,
  qa: Role.QA,
  trainer: Role.TRAINER,
  manager: Role.MANAGER,
  admin: Role.ADMIN,
};

const names = Object.keys(byName) as RoleName[];

/** The role's number in the contracts. */
export function roleOf(name: RoleName): Role {
  return byName[name];
}

/** Role names of a token's claim, written as names, as the contract's constants (`ROLE_TEAM_LEAD`) or as numbers. Strangers are left out. */
export function readRoles(claim: unknown): RoleName[] {
  if (!Array.isArray(claim)) return [];
  const asked = claim.map((role) => (typeof role === 'string' ? role.replace(/^ROLE_/, '').toLowerCase() : role));
  return names.filter((name) => asked.includes(name) || asked.includes(byName[name]));
}
