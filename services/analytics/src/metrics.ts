import { defineMetrics } from '@patchbay/runtime/metric-table';

/** Metrics of analytics. */
export const analyticsMetrics = defineMetrics({
  warehouse_records_total: { kind: 'counter', help: 'Log records that the warehouse was fed' },
  warehouse_store_seconds: { kind: 'histogram', unit: 'seconds', help: 'Time of one transaction that stores records' },
  warehouse_fact_age_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Age of facts when their rows are stored: how far the warehouse is behind',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400],
  },
  warehouse_log_lag: { kind: 'gauge', help: 'Records in Kafka that the warehouse does not have yet' },
});
