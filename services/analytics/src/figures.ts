import type { Metrics } from '@patchbay/runtime/metrics';
import { analyticsMetrics } from './metrics.ts';
import type { EventLog, StoreBatch, Warehouse } from './ports.ts';
import { storeInTrace } from './trace-batch.ts';

/** The warehouse's store with its figures: records, time, and how old the facts are by then. */
export function createMeteredStore(warehouse: Pick<Warehouse, 'store'>, metrics: Metrics): StoreBatch {
  const stored = metrics.counter(analyticsMetrics.warehouse_records_total);
  const seconds = metrics.histogram(analyticsMetrics.warehouse_store_seconds);
  const age = metrics.histogram(analyticsMetrics.warehouse_fact_age_seconds);
  return async (records) => {
    const startedMs = performance.now();
    await storeInTrace(records, () => warehouse.store(records));
    seconds.observe((performance.now() - startedMs) / 1_000);
    stored.inc(records.length);
    for (const { attributes } of records) {
      const factMs = Date.parse(attributes['time'] ?? '');
      if (!Number.isNaN(factMs)) age.observe(Math.max(0, Date.now() - factMs) / 1_000);
    }
  };
}

/** Tells with every scrape how much of Kafka is not in the warehouse yet. Fed from the bus, `consumer_lag` says it. */
export function reportLogLag(metrics: Metrics, { warehouse, log }: { warehouse: Pick<Warehouse, 'progress'>; log: EventLog }): void {
  if (log.kind !== 'kafka') return;
  const lag = metrics.gauge(analyticsMetrics.warehouse_log_lag);
  metrics.onScrape(async () => {
    const [ends, { offsets }] = await Promise.all([log.endOffsets(), warehouse.progress()]);
    let waiting = 0;
    for (const [place, end] of ends) waiting += Math.max(0, end - (offsets.get(place) ?? 0));
    lag.set(waiting);
  });
}
