import { defineMetrics } from '@patchbay/runtime/metric-table';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { Place } from './build-writer.ts';
import type { RoutingFact } from './domain/facts.ts';
import { presences, type RoutingFigures } from './domain/figures.ts';

/** What routing counts. */
export interface RoutingMetrics {
  held(place: Place, isHeld: boolean): void;
  rebuilt(): void;
  committed(place: Place, facts: readonly RoutingFact[]): void;
  /** Tells queues and agents of a domain with every scrape. Returns what ends it. */
  follow(place: Place, figures: () => Promise<RoutingFigures>): () => void;
}

const ends: Partial<Record<RoutingFact['type'], string>> = {
  'patchbay.routing.v1.ContactAssigned': 'accepted',
  'patchbay.routing.v1.OfferRejected': 'rejected',
  'patchbay.routing.v1.OfferMissed': 'missed',
  'patchbay.routing.v1.OfferCancelled': 'cancelled',
  'patchbay.routing.v1.OfferFailed': 'failed',
};

/** What became of a request, by the fact that says so. */
const requestEvents = {
  'patchbay.routing.v1.ContactQueued': 'queued',
  'patchbay.routing.v1.ContactAssigned': 'assigned',
  'patchbay.routing.v1.ContactAbandoned': 'abandoned',
  'patchbay.routing.v1.ContactRefused': 'refused',
  'patchbay.routing.v1.RoutingExpired': 'expired',
  'patchbay.routing.v1.RoutingClosed': 'closed',
} as const satisfies Partial<Record<RoutingFact['type'], string>>;

type RequestFact = Extract<RoutingFact, { type: keyof typeof requestEvents }>;

const isRequestFact = (fact: RoutingFact): fact is RequestFact => Object.hasOwn(requestEvents, fact.type);

const waitBuckets = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
const tenants = { of: 'tenants', limit: 50 } as const;
const queues = { of: 'queues of all tenants', limit: 500 } as const;

/** Metrics of routing. Queues and agents are told by the process that writes their domain. */
export const routingMetrics = defineMetrics({
  routing_domains_held: { kind: 'gauge', help: 'Routing domains that this process writes' },
  routing_rebuilds_total: { kind: 'counter', help: 'Times a state was thrown away and built again' },
  routing_commit_facts: { kind: 'histogram', help: 'Facts in one commit', buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] },
  routing_offers_total: { kind: 'counter', help: 'Offers by how they ended', labels: { end: ['accepted', 'rejected', 'missed', 'cancelled', 'failed'] } },
  routing_requests_total: {
    kind: 'counter',
    help: 'Requests for an agent, by what became of them; `queued` counts each time in line',
    labels: { tenant: tenants, queue: queues, event: ['queued', 'assigned', 'abandoned', 'refused', 'expired', 'closed'] },
  },
  routing_answer_wait_seconds: { kind: 'histogram', unit: 'seconds', help: 'Time from request to acceptance', labels: { tenant: tenants, queue: queues }, buckets: waitBuckets },
  routing_waiting: { kind: 'gauge', help: 'Contacts that wait in a queue, offered ones included', labels: { tenant: tenants, queue: queues } },
  routing_oldest_wait_seconds: { kind: 'gauge', unit: 'seconds', help: 'Wait of the contact that has waited longest; 0 when nobody waits', labels: { tenant: tenants, queue: queues } },
  routing_agents: {
    kind: 'gauge',
    help: 'Agents by state; those who are signed out are left out',
    labels: { tenant: tenants, state: presences },
  },
});

/** Tells the live figures of the domains held here. A domain that went away is told no more. */
function createLiveFigures(metrics: Metrics): RoutingMetrics['follow'] {
  const waiting = metrics.gauge(routingMetrics.routing_waiting);
  const oldest = metrics.gauge(routingMetrics.routing_oldest_wait_seconds);
  const agents = metrics.gauge(routingMetrics.routing_agents);
  const followed = new Map<Place, () => Promise<RoutingFigures>>();

  async function measure(): Promise<void> {
    const told = await Promise.all([...followed].map(async ([{ tenant }, figures]) => ({ tenant, figures: await figures() })));
    const present = new Map<string, Map<string, number>>();
    for (const gauge of [waiting, oldest, agents]) gauge.reset();
    for (const { tenant, figures } of told) {
      for (const { queue, contacts, oldestMs } of figures.queues) {
        waiting.set({ tenant, queue }, contacts);
        oldest.set({ tenant, queue }, oldestMs / 1_000);
      }
      const counts = present.get(tenant) ?? new Map<string, number>();
      present.set(tenant, counts);
      for (const [state, count] of figures.agents) counts.set(state, (counts.get(state) ?? 0) + count);
    }
    for (const [tenant, counts] of present) for (const [state, count] of counts) agents.set({ tenant, state }, count);
  }

  metrics.onScrape(measure);
  return (place, figures) => {
    followed.set(place, figures);
    return () => void followed.delete(place);
  };
}

export function createRoutingMetrics(metrics: Metrics): RoutingMetrics {
  const held = metrics.gauge(routingMetrics.routing_domains_held);
  const rebuilds = metrics.counter(routingMetrics.routing_rebuilds_total);
  const commits = metrics.histogram(routingMetrics.routing_commit_facts);
  const offers = metrics.counter(routingMetrics.routing_offers_total);
  const requests = metrics.counter(routingMetrics.routing_requests_total);
  const waits = metrics.histogram(routingMetrics.routing_answer_wait_seconds);
  const places = new Set<string>();
  return {
    held(place, isHeld) {
      const name = `${place.tenant}.${place.domain}`;
      if (isHeld) places.add(name);
      else places.delete(name);
      held.set(places.size);
    },
    rebuilt: () => {
      rebuilds.inc();
    },
    committed({ tenant }, facts) {
      if (facts.length > 0) commits.observe(facts.length);
      for (const fact of facts) {
        const end = ends[fact.type];
        if (end !== undefined) offers.inc({ end });
        if (isRequestFact(fact)) requests.inc({ tenant, queue: fact.event.queue, event: requestEvents[fact.type] });
        if (fact.type === 'patchbay.routing.v1.ContactAssigned') waits.observe({ tenant, queue: fact.event.queue }, Number(fact.event.waitedMs) / 1_000);
      }
    },
    follow: createLiveFigures(metrics),
  };
}
