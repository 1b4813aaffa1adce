import { defineMetrics } from '@patchbay/runtime/metric-table';

/** Metrics of quality scoring. */
export const qaMetrics = defineMetrics({
  qa_sources_total: { kind: 'counter', help: 'Recordings and transcripts settled', labels: { outcome: ['scored', 'known', 'no_agent', 'not_judged', 'erased'] } },
});
