import type { Actor } from '@patchbay/bus/actor';
import { ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { ClosedBy } from '@patchbay/contracts/routing/v1/routing_event';
import type { Lead } from './domain/lead.ts';
import { routingError } from './errors.ts';

/** Characters of a reason, at most. */
const maxReason = 200;

const leaders: readonly Role[] = [Role.TEAM_LEAD, Role.ADMIN];
/** Who steers contacts, queues and the states of agents. */
const steerers: readonly Role[] = [...leaders, Role.MANAGER];
/** Whose agents are those of every team. */
const overall: readonly Role[] = [Role.MANAGER, Role.ADMIN];

const hasAny = ({ roles }: Actor, allowed: readonly Role[]) => roles.some((role) => allowed.includes(role));

/** As what the actor acts for an agent: the agent itself, a medium that speaks for it, or a team lead. Others may not. */
export function actingAs(actor: Actor, agentId: string, allowed: readonly Role[] = leaders): 'agent' | 'service' | 'lead' {
  if (agentId !== '' && actor.agent === agentId) return 'agent';
  if (actor.kind === 'service') return 'service';
  if (hasAny(actor, allowed)) return 'lead';
  throw routingError('ROUTING_FORBIDDEN', { details: { agentId } });
}

/** Who changed a state, for its fact. */
export function changedBy(actor: Actor, agentId: string): ChangedBy {
  const by = { agent: ChangedBy.AGENT, service: ChangedBy.SYSTEM, lead: ChangedBy.TEAM_LEAD } as const;
  return by[actingAs(actor, agentId, steerers)];
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
  if (actor.kind !== 'service' && !hasAny(actor, [...steerers, Role.QA])) throw routingError('ROUTING_FORBIDDEN');
}

/** Lets everybody who works in the centre see its queues and agents. */
export function requireStaff(actor: Actor): void {
  if (actor.kind !== 'service' && actor.roles.length === 0) throw routingError('ROUTING_FORBIDDEN');
}

/** Whom team leads lead. */
export interface Teams {
  /** Team of an agent; undefined when there is no such agent, empty when it belongs to none. */
  ofAgent(agentId: string): string | undefined;
  /** Teams that the actor leads. */
  ledBy(actor: Actor): readonly string[];
}

/** Who steps in, for the facts: team leads, managers, administrators and the system; others may not. */
export function leadOf(actor: Actor, reason: string): Lead {
  changedBy(actor, '');
  const why = reason.trim();
  if (why === '') throw routingError('ROUTING_REASON_NEEDED');
  if (why.length > maxReason) throw routingError('ROUTING_REASON_TOO_LONG', { details: { limit: String(maxReason) } });
  return { actor: actor.subject, reason: why };
}

/**
 * Lets team leads act for agents of the teams that they lead: those of the User resource, else that of the agent as whom they
 * work; with neither they lead nobody. Managers and administrators lead everybody.
 */
export function requireOwnTeam(actor: Actor, agentId: string, teams: Teams): void {
  if (actingAs(actor, agentId, steerers) !== 'lead' || hasAny(actor, overall)) return;
  const team = teams.ofAgent(agentId);
  // That there is no such agent is told by the act itself.
  if (team !== undefined && !teams.ledBy(actor).includes(team)) throw routingError('ROUTING_OTHER_TEAM', { details: { agentId } });
}

/** Subject for the facts; empty for agents who act for themselves. */
export function actorOf(actor: Actor, agentId: string): string {
  return actingAs(actor, agentId, steerers) === 'agent' ? '' : actor.subject;
}
