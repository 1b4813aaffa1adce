import type { Requirement } from '@patchbay/contracts/contact/v1/contact';
import { FinalActionKind, type RoutingPlan } from '@patchbay/contracts/directory/v1/resource';
import { toRelaxationPolicies, type RelaxationPolicy } from './relaxation-policy.ts';

/** One target of a plan, defaults filled in. */
export interface TargetPolicy {
  readonly queue: string;
  readonly requirement: Requirement | undefined;
  readonly priority: number;
  /** Age of the request at which it goes on; 0 for never. */
  readonly timeoutMs: number;
  readonly skipWithoutAgent: boolean;
  readonly minCustomerValue: number;
  /** By age; empty for those of the queue. */
  readonly relaxation: readonly RelaxationPolicy[];
}

/** What a plan does in the end. */
export type FinalPolicy =
  | { readonly kind: 'stay' }
  | { readonly kind: 'queue'; readonly queue: string }
  | { readonly kind: 'leave'; readonly action: 'voicemail' | 'message' | 'call_back' }
  | { readonly kind: 'refuse'; readonly reason: string };

/** A routing plan as routing uses it. */
export interface PlanPolicy {
  readonly name: string;
  readonly targets: readonly TargetPolicy[];
  readonly then: FinalPolicy;
}

function toFinalPolicy(then: RoutingPlan['then']): FinalPolicy {
  switch (then?.kind) {
    case FinalActionKind.QUEUE:
      return { kind: 'queue', queue: then.queue };
    case FinalActionKind.VOICEMAIL:
      return { kind: 'leave', action: 'voicemail' };
    case FinalActionKind.MESSAGE:
      return { kind: 'leave', action: 'message' };
    case FinalActionKind.CALL_BACK:
      return { kind: 'leave', action: 'call_back' };
    case FinalActionKind.REFUSE:
      return { kind: 'refuse', reason: then.reason };
    default:
      return { kind: 'stay' };
  }
}

export function toPlanPolicy(name: string, plan: RoutingPlan): PlanPolicy {
  return {
    name,
    targets: plan.targets.map((target) => ({
      queue: target.queue,
      requirement: target.requirement,
      priority: target.priority,
      timeoutMs: Math.max(0, target.timeoutSeconds) * 1_000,
      skipWithoutAgent: target.skipWithoutAgent,
      minCustomerValue: target.minCustomerValue,
      relaxation: toRelaxationPolicies(target.relaxation),
    })),
    then: toFinalPolicy(plan.then),
  };
}
