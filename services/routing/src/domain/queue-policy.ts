import type { Requirement } from '@patchbay/contracts/contact/v1/contact';
import { AgentChoice, ClosingPolicy, PriorityMode, WrapUpHold, WrapUpMode, type Queue } from '@patchbay/contracts/directory/v1/resource';
import { toRelaxationPolicies, type RelaxationPolicy } from './relaxation-policy.ts';

/** Routing domain of queues that name none. */
export const mainDomain = 'main';

/** How the wrap-up of a queue goes, defaults filled in. */
export interface WrapUpPolicy {
  readonly mode: typeof WrapUpMode.NONE | typeof WrapUpMode.OPTIONAL | typeof WrapUpMode.MANDATORY_TIMED | typeof WrapUpMode.MANDATORY;
  /** 0 for no limit. */
  readonly limitMs: number;
  /** What one extension adds; 0 for no extensions. */
  readonly extensionMs: number;
  /** DispositionTree resource; empty for none. */
  readonly dispositions: string;
  readonly hold: WrapUpHold;
}

/** A queue as routing uses it, defaults filled in. */
export interface QueuePolicy {
  readonly name: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly domain: string;
  /** What an agent must have. */
  readonly requirement: Requirement | undefined;
  /** Seconds of waiting that being in this queue is worth. */
  readonly priority: number;
  /** 0 to 20. */
  readonly weight: number;
  readonly isStrict: boolean;
  readonly maxStarveMs: number;
  readonly offerTimeoutMs: number;
  readonly rejectDelayMs: number;
  readonly busyDelayMs: number;
  readonly noAnswerDelayMs: number;
  /** 0 for the default of the channel. */
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
  /** RoutingPlan of contacts that name none; empty for none. */
  readonly plan: string;
  readonly choice: AgentChoice;
  /** Place by agent, with choice LINEAR. */
  readonly agentOrder: ReadonlyMap<string, number>;
  /** Offers of one request at once. */
  readonly maxRinging: number;
  readonly sticky: { readonly withinMs: number; readonly maxWaitMs: number } | undefined;
  /** By age. */
  readonly relaxation: readonly RelaxationPolicy[];
  readonly closing: typeof ClosingPolicy.DRAIN | typeof ClosingPolicy.OVERFLOW | typeof ClosingPolicy.CUT;
}

const seconds = (value: number, fallback: number) => (value > 0 ? value : fallback) * 1_000;

function toWrapUpPolicy(wrapUp: Queue['wrapUp']): WrapUpPolicy {
  // A queue that says nothing of wrap-up must not hold its agents for ever.
  if (wrapUp === undefined) return { mode: WrapUpMode.OPTIONAL, limitMs: 30_000, extensionMs: 0, dispositions: '', hold: WrapUpHold.UNSPECIFIED };
  const known = [WrapUpMode.NONE, WrapUpMode.OPTIONAL, WrapUpMode.MANDATORY_TIMED, WrapUpMode.MANDATORY];
  const mode = known.find((one) => one === wrapUp.mode) ?? WrapUpMode.OPTIONAL;
  return {
    mode,
    limitMs: mode === WrapUpMode.MANDATORY ? 0 : wrapUp.limitSeconds * 1_000,
    extensionMs: wrapUp.extensionSeconds * 1_000,
    dispositions: wrapUp.dispositions,
    hold: wrapUp.hold,
  };
}

export function toQueuePolicy(name: string, queue: Queue): QueuePolicy {
  return {
    name,
    titles: queue.titles,
    domain: queue.domain === '' ? mainDomain : queue.domain,
    requirement: queue.requirement,
    priority: queue.priority,
    weight: queue.weight,
    isStrict: queue.priorityMode === PriorityMode.STRICT,
    maxStarveMs: seconds(queue.maxStarveSeconds, 900),
    offerTimeoutMs: seconds(queue.offerTimeoutSeconds, 20),
    rejectDelayMs: seconds(queue.rejectDelaySeconds, 10),
    busyDelayMs: seconds(queue.busyDelaySeconds, 60),
    noAnswerDelayMs: seconds(queue.noAnswerDelaySeconds, queue.rejectDelaySeconds || 10),
    maxMissedOffers: Math.max(0, queue.maxMissedOffers),
    maxWaitMs: Math.max(0, queue.maxWaitSeconds) * 1_000,
    maxWaiting: Math.max(0, queue.maxWaiting),
    wrapUp: toWrapUpPolicy(queue.wrapUp),
    targetSeconds: queue.serviceLevel?.seconds ?? 0,
    targetPct: queue.serviceLevel?.pct ?? 0,
    shortAbandonMs: seconds(queue.shortAbandonSeconds, 5),
    hours: queue.hours,
    plan: queue.plan,
    choice: queue.choice === AgentChoice.UNSPECIFIED ? AgentChoice.LEAST_IN_HAND : queue.choice,
    agentOrder: new Map(queue.agentOrder.map((agentId, place) => [agentId, place])),
    maxRinging: queue.maxRinging > 0 ? queue.maxRinging : 10,
    sticky: queue.sticky === undefined ? undefined : { withinMs: (queue.sticky.withinHours || 72) * 3_600_000, maxWaitMs: seconds(queue.sticky.maxWaitSeconds, 30) },
    relaxation: toRelaxationPolicies(queue.relaxation),
    closing: [ClosingPolicy.OVERFLOW, ClosingPolicy.CUT].find((one) => one === queue.closing) ?? ClosingPolicy.DRAIN,
  };
}
