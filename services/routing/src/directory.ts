import type { Agent, Customer, Hours, Queue, Resource, RoutingPlan } from '@patchbay/contracts/directory/v1/resource';
import { toAgentPolicy, toTeamPolicy, type AgentPolicy } from './domain/agent-policy.ts';
import { chosenCodes, type Centre } from './domain/centre.ts';
import { toPlanPolicy } from './domain/plan-policy.ts';
import { withPromise } from './domain/sla-policy.ts';
import { toSurgePolicy } from './domain/surge-policy.ts';
import { mainDomain, toQueuePolicy, type QueuePolicy } from './domain/queue-policy.ts';

/** One resource that was applied or removed. */
export interface DirectoryChange {
  readonly tenant: string;
  readonly kind: string;
  readonly name: string;
}

/** The resources of every tenant, live. */
export interface Directory {
  /** Names of tenants that are there. */
  tenants(): string[];
  get(tenant: string, kind: string, name: string): Resource | undefined;
  /** Resources of a kind, by no order. */
  list(tenant: string, kind: string): Resource[];
  /** Told of each change; gives a function that ends it. */
  onChange(listener: (change: DirectoryChange) => void): () => void;
}

const queueIn = (resource: Resource | undefined): Queue | undefined => (resource?.spec?.$case === 'queue' ? resource.spec.value : undefined);
const agentIn = (resource: Resource | undefined): Agent | undefined => (resource?.spec?.$case === 'agent' ? resource.spec.value : undefined);

/** Routing domain of a queue; undefined when there is no such queue. */
export function domainOfQueue(directory: Directory, tenant: string, queue: string): string | undefined {
  const found = queueIn(directory.get(tenant, 'Queue', queue));
  return found === undefined ? undefined : found.domain || mainDomain;
}

const planIn = (resource: Resource | undefined): RoutingPlan | undefined => (resource?.spec?.$case === 'routingPlan' ? resource.spec.value : undefined);

/** Routing domain that a request is for: its queue's, or that of its plan's first target which is there. */
export function domainOfRequest(directory: Directory, tenant: string, request: { queue: string; plan: string }): string {
  const targets = request.plan === '' ? [] : (planIn(directory.get(tenant, 'RoutingPlan', request.plan))?.targets ?? []);
  for (const queue of [...targets.map((target) => target.queue), request.queue]) {
    const domain = domainOfQueue(directory, tenant, queue);
    if (domain !== undefined) return domain;
  }
  return mainDomain;
}

/** Routing domain of a surge plan: that of its first queue which is there. */
export function domainOfSurgePlan(directory: Directory, tenant: string, plan: string): string {
  const found = directory.get(tenant, 'SurgePlan', plan)?.spec;
  const queues = found?.$case === 'surgePlan' ? found.value.queues : [];
  return queues.map((queue) => domainOfQueue(directory, tenant, queue)).find((domain) => domain !== undefined) ?? mainDomain;
}

/** Routing domain of an agent: that of the first queue listed which is there. An agent belongs to one domain only. */
export function domainOfAgent(directory: Directory, tenant: string, agentId: string): string | undefined {
  const agent = agentIn(directory.get(tenant, 'Agent', agentId));
  if (agent === undefined) return undefined;
  for (const queue of agent.queues) {
    const domain = domainOfQueue(directory, tenant, queue);
    if (domain !== undefined) return domain;
  }
  return mainDomain;
}

/** Team of an agent; undefined when there is no such agent, empty when it belongs to none. */
export function teamOfAgent(directory: Directory, tenant: string, agentId: string): string | undefined {
  return agentIn(directory.get(tenant, 'Agent', agentId))?.team;
}

/** Teams that a team lead leads: those of the user, else that of the agent as whom the user works; none otherwise. */
export function teamsLedBy(directory: Directory, tenant: string, { subject, agent }: { subject: string; agent?: string | undefined }): readonly string[] {
  const name = subject.startsWith('user:') ? subject.slice('user:'.length) : '';
  const user = name === '' ? undefined : directory.get(tenant, 'User', name)?.spec;
  const leads = user?.$case === 'user' ? user.value.leads : [];
  if (leads.length > 0) return leads;
  const own = agent === undefined ? '' : (teamOfAgent(directory, tenant, agent) ?? '');
  return own === '' ? [] : [own];
}

/** Routing domains that a tenant needs. */
export function domainsOf(directory: Directory, tenant: string): Set<string> {
  const domains = new Set([mainDomain]);
  for (const resource of directory.list(tenant, 'Queue')) domains.add(domainOfQueue(directory, tenant, resource.name) ?? mainDomain);
  return domains;
}

/** An agent as the domain uses it; undefined when it is not the domain's. */
export function agentPolicyOf(directory: Directory, place: { tenant: string; domain: string }, agentId: string): AgentPolicy | undefined {
  const agent = agentIn(directory.get(place.tenant, 'Agent', agentId));
  if (agent === undefined || domainOfAgent(directory, place.tenant, agentId) !== place.domain) return undefined;
  return toAgentPolicy(agentId, agent, agent.queues.filter((queue) => domainOfQueue(directory, place.tenant, queue) === place.domain));
}

/** A queue as the domain uses it; undefined when it is not the domain's. */
export function queuePolicyOf(directory: Directory, place: { tenant: string; domain: string }, name: string): QueuePolicy | undefined {
  const queue = queueIn(directory.get(place.tenant, 'Queue', name));
  return queue !== undefined && (queue.domain || mainDomain) === place.domain ? toQueuePolicy(name, queue) : undefined;
}

/** Zone of a tenant that names none. */
const fallbackTimeZone = 'Asia/Shanghai';

export function timeZoneOf(directory: Directory, tenant: string): string {
  const found = directory.get(tenant, 'Tenant', tenant)?.spec;
  const zone = found?.$case === 'tenant' ? found.value.timeZone : '';
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch {
    // The directory checks zones; an unknown one must not stop the routing of a tenant.
    return fallbackTimeZone;
  }
}

/** Takes one resource that queues refer to (hours, codes, customers, the tenant) over into a centre. */
export function takeReferred(directory: Directory, tenant: string, centre: Centre, change: Pick<DirectoryChange, 'kind' | 'name'>): void {
  const found = directory.get(tenant, change.kind, change.name)?.spec;
  const put = <Value>(table: Map<string, Value>, value: Value | undefined) => {
    if (value === undefined) table.delete(change.name);
    else table.set(change.name, value);
  };
  if (change.kind === 'Hours') put<Hours>(centre.hours, found?.$case === 'hours' ? found.value : undefined);
  else if (change.kind === 'Customer') put<Customer>(centre.customers, found?.$case === 'customer' ? found.value : undefined);
  else if (change.kind === 'DispositionTree') put(centre.dispositions, found?.$case === 'dispositionTree' ? chosenCodes(found.value) : undefined);
  else if (change.kind === 'RoutingPlan') put(centre.plans, found?.$case === 'routingPlan' ? toPlanPolicy(change.name, found.value) : undefined);
  else if (change.kind === 'SurgePlan') put(centre.surgePlans, found?.$case === 'surgePlan' ? toSurgePolicy(change.name, found.value) : undefined);
  else if (change.kind === 'SlaPolicy') centre.slaPolicies = withPromise(centre.slaPolicies, change.name, found?.$case === 'slaPolicy' ? found.value : undefined);
  else if (change.kind === 'Team') put(centre.teams, found?.$case === 'team' ? toTeamPolicy(found.value) : undefined);
  else if (change.kind === 'Tenant') centre.timeZone = timeZoneOf(directory, tenant);
}

/** Kinds that `takeReferred` takes. */
export const referredKinds = ['Tenant', 'Hours', 'Customer', 'DispositionTree', 'RoutingPlan', 'SurgePlan', 'SlaPolicy', 'Team'] as const;
