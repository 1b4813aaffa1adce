import { SurgeActionKind } from '@patchbay/contracts/directory/v1/resource';
import type { Finding, ResourceView, Centre } from './view.ts';

/** Routing domain of each queue that is there. */
function domainsOf(centre: Centre): Map<string, string> {
  const domains = new Map<string, string>();
  for (const { name, spec } of centre.all()) if (spec.$case === 'queue') domains.set(name, spec.value.domain || 'main');
  return domains;
}

/** Queues that a plan joins: its targets', its final one, and those that name the plan. */
function queuesOf(plan: ResourceView, centre: Centre): string[] {
  if (plan.spec.$case !== 'routingPlan') return [];
  const { targets, then } = plan.spec.value;
  const naming = centre.all().filter(({ spec }) => spec.$case === 'queue' && spec.value.plan === plan.name);
  return [...targets.flatMap(({ queue, relaxation }) => [queue, ...relaxation.flatMap((step) => step.extraQueues)]), then?.queue ?? '', ...naming.map(({ name }) => name)].filter((name) => name !== '');
}

/** Lines whose queues are of several routing domains: one writer decides over a contact, so neither it nor agents can go from one to the other. */
export function findSplitLines(changed: readonly ResourceView[], centre: Centre): Finding[] {
  return [...findSplitPlans(changed, centre), ...findSplitRelaxations(changed, centre), ...findSplitSurges(changed, centre)];
}

/** Steps that name queues of another routing domain. */
function findSplitRelaxations(changed: readonly ResourceView[], centre: Centre): Finding[] {
  const domains = domainsOf(centre);
  return changed.flatMap(({ kind, name, spec }) => {
    if (spec.$case !== 'queue') return [];
    return spec.value.relaxation.flatMap((step, index) =>
      step.extraQueues.flatMap((queue, place) =>
        (domains.get(queue) ?? domains.get(name)) === domains.get(name)
          ? []
          : [{ kind, name, path: ['spec', 'relaxation', index, 'extraQueues', place], message: `Queue/${queue} is of another routing domain`, remedy: 'Name queues of the same domain.' }],
      ),
    );
  });
}

function findSplitPlans(changed: readonly ResourceView[], centre: Centre): Finding[] {
  const domains = domainsOf(centre);
  return centre.all().flatMap((plan) => {
    const queues = queuesOf(plan, centre);
    const found = [...new Set(queues.flatMap((queue) => domains.get(queue) ?? []))];
    if (found.length < 2) return [];
    const touched = changed.filter(({ kind, name }) => (kind === 'RoutingPlan' && name === plan.name) || (kind === 'Queue' && queues.includes(name)));
    return touched.map(({ kind, name }) => ({
      kind,
      name,
      path: kind === 'Queue' ? ['spec', 'domain'] : ['spec', 'targets'],
      message: `the queues of RoutingPlan/${plan.name} are of several routing domains: ${found.sort().join(', ')}`,
      remedy: 'Give all queues of a plan, and those that name it, the same domain.',
    }));
  });
}

/** Queues that a surge plan joins: its own, those it borrows from and those newcomers go to. */
function surgeQueuesOf({ spec }: ResourceView): string[] {
  return spec.$case === 'surgePlan' ? [...spec.value.queues, ...spec.value.actions.flatMap(({ kind, name, queues }) => [...queues, ...(kind === SurgeActionKind.OVERFLOW ? [name] : [])])] : [];
}

/** Surge plans over several routing domains: one writer starts and ends a surge. */
function findSplitSurges(changed: readonly ResourceView[], centre: Centre): Finding[] {
  const domains = domainsOf(centre);
  return centre.all().flatMap((plan) => {
    const queues = surgeQueuesOf(plan);
    const found = [...new Set(queues.flatMap((queue) => domains.get(queue) ?? []))];
    if (found.length < 2) return [];
    const touched = changed.filter(({ kind, name }) => (kind === 'SurgePlan' && name === plan.name) || (kind === 'Queue' && queues.includes(name)));
    return touched.map(({ kind, name }) => ({
      kind,
      name,
      path: kind === 'Queue' ? ['spec', 'domain'] : ['spec', 'queues'],
      message: `the queues of SurgePlan/${plan.name} are of several routing domains: ${found.sort().join(', ')}`,
      remedy: 'Write a plan for each routing domain, or give the queues the same domain.',
    }));
  });
}
