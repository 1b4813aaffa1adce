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
  return [...targets.map(({ queue }) => queue), then?.queue ?? '', ...naming.map(({ name }) => name)].filter((name) => name !== '');
}

/** Plans whose queues are of several routing domains: one writer decides over a contact, so it cannot go from one to the other. */
export function findSplitPlans(changed: readonly ResourceView[], centre: Centre): Finding[] {
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
