import type { Actor } from '@patchbay/bus/actor';
import { ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { ClosedBy } from '@patchbay/contracts/routing/v1/routing_event';
import { routingError } from './errors.ts';

const leaders: readonly Role[] = [Role.TEAM_LEAD, Role.ADMIN];

/** As what the actor acts for an agent: the agent itself, a medium that speaks for it, or a team lead. Others may not. */
export function actingAs(actor: Actor, agentId: string): 'agent' | 'service' | 'lead' {
  if (agentId !== '' && actor.agent === agentId) return 'agent';
  if (actor.kind === 'service') return 'service';
  if (actor.roles.some((role) => leaders.includes(role))) return 'lead';
  throw routingError('ROUTING_FORBIDDEN', { details: { agentId } });
}

/** Who changed a state, for its fact. */
export function changedBy(actor: Actor, agentId: string): ChangedBy {
  const by = { agent: ChangedBy.AGENT, service: ChangedBy.SYSTEM, lead: ChangedBy.TEAM_LEAD } as const;
  return by[actingAs(actor, agentId)];
}

/** Who closed an assignment, for its fact. */
export function closedBy(actor: Actor, agentId: string): ClosedBy {
  const by = { agent: ClosedBy.AGENT, service: ClosedBy.SYSTEM, lead: ClosedBy.TEAM_LEAD } as const;
  return by[actingAs(actor, agentId)];
}

/** Who evacuates a site, for the facts: a team lead or the system; others may not. */
export function evacuatedBy(actor: Actor): ChangedBy {
  return changedBy(actor, '');
}

/** Lets those see why contacts went where they did who answer for it. */
export function requireLead(actor: Actor): void {
  if (actor.kind !== 'service' && !actor.roles.some((role) => [...leaders, Role.QA, Role.MANAGER].includes(role))) throw routingError('ROUTING_FORBIDDEN');
}

/** Lets everybody who works in the centre see its queues and agents. */
export function requireStaff(actor: Actor): void {
  if (actor.kind !== 'service' && actor.roles.length === 0) throw routingError('ROUTING_FORBIDDEN');
}
