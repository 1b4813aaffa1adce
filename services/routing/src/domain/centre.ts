import type { Customer, Disposition, DispositionTree, Hours } from '@patchbay/contracts/directory/v1/resource';
import type { AgentPolicy, TeamPolicy } from './agent-policy.ts';
import type { PlanPolicy } from './plan-policy.ts';
import type { SlaPromise } from './sla-policy.ts';
import type { SurgePolicy } from './surge-policy.ts';
import type { QueuePolicy } from './queue-policy.ts';

function addLeaves(dispositions: readonly Disposition[], codes: Set<string>): void {
  for (const one of dispositions) {
    if (one.children.length === 0) codes.add(one.code);
    else addLeaves(one.children, codes);
  }
}

/** The codes of a tree that an agent can choose: those with none below. */
export function chosenCodes(tree: DispositionTree): ReadonlySet<string> {
  const codes = new Set<string>();
  addLeaves(tree.dispositions, codes);
  return codes;
}

/** Seconds of waiting that one point of customer value is worth when the customer has no priority of its own. */
export const secondsPerValuePoint = 3;

/**
 * What a customer's value is worth in line, in seconds of waiting: the customer resource's own priority, or 3 s a point
 * of value (0 to 100).
 */
export function customerPriority(customer: Customer | undefined, customerValue: number): number {
  const value = Math.min(100, Math.max(0, customer?.value ?? 0, customerValue));
  return customer !== undefined && customer.priority > 0 ? customer.priority : value * secondsPerValuePoint;
}

/** What a routing domain knows of the centre: resources, kept up to date from the directory. */
export interface Centre {
  /** Routing domain. */
  readonly domain: string;
  /** IANA zone of the tenant. */
  timeZone: string;
  readonly queues: Map<string, QueuePolicy>;
  /** Queues with a weight or strict priorities. */
  readonly rankedQueues: Set<string>;
  readonly agents: Map<string, AgentPolicy>;
  readonly teams: Map<string, TeamPolicy>;
  readonly plans: Map<string, PlanPolicy>;
  readonly surgePlans: Map<string, SurgePolicy>;
  /** In the order in which they are tried. */
  slaPolicies: readonly SlaPromise[];
  readonly hours: Map<string, Hours>;
  /** Codes that can be chosen, by tree. */
  readonly dispositions: Map<string, ReadonlySet<string>>;
  readonly customers: Map<string, Customer>;
}

export function createCentre(domain: string, timeZone: string): Centre {
  return { domain, timeZone, queues: new Map(), rankedQueues: new Set(), agents: new Map(), teams: new Map(), plans: new Map(), surgePlans: new Map(), slaPolicies: [], hours: new Map(), dispositions: new Map(), customers: new Map() };
}
