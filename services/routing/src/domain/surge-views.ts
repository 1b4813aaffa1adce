import type { SurgeStatus } from '@patchbay/contracts/routing/v1/surge_service';
import { surgePolicyOf } from './decide-surge.ts';
import type { RoutingState } from './state.ts';

/** A plan as it is now; undefined when it is not of this routing domain. */
export function surgeStatus(state: RoutingState, plan: string): SurgeStatus | undefined {
  const policy = surgePolicyOf(state, plan);
  const surge = state.surges.get(plan);
  if (policy === undefined && surge === undefined) return undefined;
  return {
    plan,
    titles: { ...policy?.titles },
    queues: [...(surge ?? policy)?.queues ?? []],
    active: surge !== undefined,
    since: surge === undefined ? undefined : new Date(surge.sinceMs),
    reason: surge?.reason ?? '',
    observed: surge?.observed ?? 0,
    limit: surge?.limit ?? 0,
    by: surge?.by ?? '',
    note: surge?.note ?? '',
    actions: [...(surge ?? policy)?.actions ?? []],
  };
}

/** All plans of this routing domain, by name. */
export function listSurges(state: RoutingState): SurgeStatus[] {
  const names = new Set([...state.centre.surgePlans.keys(), ...state.surges.keys()]);
  return [...names].sort().map((plan) => surgeStatus(state, plan)).filter((status) => status !== undefined);
}
