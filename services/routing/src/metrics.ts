import type { Metrics } from '@patchbay/runtime/metrics';
import type { Place } from './build-writer.ts';
import type { RoutingFact } from './domain/facts.ts';

/** What routing counts. */
export interface RoutingMetrics {
  held(place: Place, isHeld: boolean): void;
  rebuilt(): void;
  committed(facts: readonly RoutingFact[]): void;
}

const ends: Partial<Record<RoutingFact['type'], string>> = {
  'patchbay.routing.v1.ContactAssigned': 'accepted',
  'patchbay.routing.v1.OfferRejected': 'rejected',
  'patchbay.routing.v1.OfferMissed': 'missed',
  'patchbay.routing.v1.OfferCancelled': 'cancelled',
  'patchbay.routing.v1.OfferFailed': 'failed',
};

const waitBuckets = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

export function createRoutingMetrics(metrics: Metrics): RoutingMetrics {
  const held = metrics.gauge('routing_domains_held', 'Routing domains that this process writes');
  const rebuilds = metrics.counter('routing_rebuilds_total', 'Times a state was thrown away and built again');
  const commits = metrics.histogram('routing_commit_facts', 'Facts in one commit', [], [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]);
  const offers = metrics.counter('routing_offers_total', 'Offers by how they ended', ['end']);
  const waits = metrics.histogram('routing_answer_wait_seconds', 'Time from request to acceptance', [], waitBuckets);
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
    committed(facts) {
      if (facts.length > 0) commits.observe(facts.length);
      for (const fact of facts) {
        const end = ends[fact.type];
        if (end !== undefined) offers.inc({ end });
        if (fact.type === 'patchbay.routing.v1.ContactAssigned') waits.observe(Number(fact.event.waitedMs) / 1_000);
      }
    },
  };
}
