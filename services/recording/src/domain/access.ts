import { Role } from '@patchbay/contracts/directory/v1/resource';
import type { KeptContact } from './kept-contact.ts';

/** Who asks, as far as rights go. */
export interface Reader {
  kind: 'user' | 'key' | 'service';
  roles: readonly Role[];
  /** Agent it works as. */
  agent?: string | undefined;
}

const readAll: readonly Role[] = [Role.QA, Role.TEAM_LEAD, Role.TRAINER, Role.ADMIN];

/** Agents read what is kept of contacts they had; quality staff, leads, trainers and administrators all of the tenant. */
export function mayRead(reader: Reader, kept: KeptContact): boolean {
  if (reader.kind === 'service' || reader.roles.some((role) => readAll.includes(role))) return true;
  return reader.roles.includes(Role.AGENT) && reader.agent !== undefined && kept.agents.includes(reader.agent);
}

