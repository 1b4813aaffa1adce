import type { SkillRequirement } from '@patchbay/contracts/contact/v1/contact';
import { WrapUpMode, type Agent, type Customer, type Disposition, type DispositionTree, type Hours, type Queue } from '@patchbay/contracts/directory/v1/resource';

/** How the wrap-up of a queue goes, defaults filled in. */
export interface WrapUpPolicy {
  readonly mode: typeof WrapUpMode.NONE | typeof WrapUpMode.OPTIONAL | typeof WrapUpMode.MANDATORY_TIMED | typeof WrapUpMode.MANDATORY;
  /** 0 for no limit. */
  readonly limitMs: number;
  /** What one extension adds; 0 for no extensions. */
  readonly extensionMs: number;
  /** DispositionTree resource; empty for none. */
  readonly dispositions: string;
}

/** A queue as routing uses it, defaults filled in. */
export interface QueuePolicy {
  readonly name: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly domain: string;
  readonly skills: readonly SkillRequirement[];
  /** Seconds of waiting that being in this queue is worth. */
  readonly priority: number;
  readonly offerTimeoutMs: number;
  readonly rejectDelayMs: number;
  readonly maxMissedOffers: number;
  /** 0 for no limit. */
  readonly maxWaitMs: number;
  /** 0 for no limit. */
  readonly maxWaiting: number;
  readonly wrapUp: WrapUpPolicy;
  readonly targetSeconds: number;
  readonly targetPct: number;
  readonly shortAbandonMs: number;
  /** Hours resource; empty for always. */
  readonly hours: string;
}

/** An agent as routing uses it. */
export interface AgentPolicy {
  readonly agentId: string;
  readonly displayName: string;
  readonly agentNo: string;
  readonly team: string;
  /** Queues of this routing domain that the agent serves. */
  readonly queues: ReadonlySet<string>;
  /** Level by skill. */
  readonly skills: ReadonlyMap<string, number>;
  /** Contacts at once by channel. */
  readonly capacity: ReadonlyMap<string, number>;
  /** Whether a call may be offered while text is in hand. */
  readonly blends: boolean;
}

/** Routing domain of queues that name none. */
export const mainDomain = 'main';

/**
 * Capacity entry, not a channel, with which an agent may be offered a call while text is in hand. Without it calls and
 * everything else keep each other away.
 */
export const blendEntry = 'voice+text';

/** Channels that take the whole agent. */
export const exclusiveChannels: ReadonlySet<string> = new Set(['voice', 'video']);

const seconds = (value: number, fallback: number) => (value > 0 ? value : fallback) * 1_000;

function toWrapUpPolicy(wrapUp: Queue['wrapUp']): WrapUpPolicy {
  // A queue that says nothing of wrap-up must not hold its agents for ever.
  if (wrapUp === undefined) return { mode: WrapUpMode.OPTIONAL, limitMs: 30_000, extensionMs: 0, dispositions: '' };
  const known = [WrapUpMode.NONE, WrapUpMode.OPTIONAL, WrapUpMode.MANDATORY_TIMED, WrapUpMode.MANDATORY];
  const mode = known.find((one) => one === wrapUp.mode) ?? WrapUpMode.OPTIONAL;
  return {
    mode,
    limitMs: mode === WrapUpMode.MANDATORY ? 0 : wrapUp.limitSeconds * 1_000,
    extensionMs: wrapUp.extensionSeconds * 1_000,
    dispositions: wrapUp.dispositions,
  };
}

export function toQueuePolicy(name: string, queue: Queue): QueuePolicy {
  return {
    name,
    titles: queue.titles,
    domain: queue.domain === '' ? mainDomain : queue.domain,
    skills: queue.requirement?.skills ?? [],
    priority: queue.priority,
    offerTimeoutMs: seconds(queue.offerTimeoutSeconds, 20),
    rejectDelayMs: seconds(queue.rejectDelaySeconds, 10),
    maxMissedOffers: queue.maxMissedOffers > 0 ? queue.maxMissedOffers : 1,
    maxWaitMs: Math.max(0, queue.maxWaitSeconds) * 1_000,
    maxWaiting: Math.max(0, queue.maxWaiting),
    wrapUp: toWrapUpPolicy(queue.wrapUp),
    targetSeconds: queue.serviceLevel?.seconds ?? 0,
    targetPct: queue.serviceLevel?.pct ?? 0,
    shortAbandonMs: seconds(queue.shortAbandonSeconds, 5),
    hours: queue.hours,
  };
}

/** @param queues those of the routing domain: others that the agent lists do not count here */
export function toAgentPolicy(agentId: string, agent: Agent, queues: Iterable<string>): AgentPolicy {
  const capacity = new Map(Object.entries(agent.capacity).filter(([, count]) => count > 0));
  const blends = capacity.delete(blendEntry);
  return {
    agentId,
    displayName: agent.displayName,
    agentNo: agent.agentNo,
    team: agent.team,
    queues: new Set(queues),
    skills: new Map(agent.skills.map(({ skill, level }) => [skill, level])),
    capacity,
    blends,
  };
}

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
  readonly agents: Map<string, AgentPolicy>;
  readonly hours: Map<string, Hours>;
  /** Codes that can be chosen, by tree. */
  readonly dispositions: Map<string, ReadonlySet<string>>;
  readonly customers: Map<string, Customer>;
}

export function createCentre(domain: string, timeZone: string): Centre {
  return { domain, timeZone, queues: new Map(), agents: new Map(), hours: new Map(), dispositions: new Map(), customers: new Map() };
}
