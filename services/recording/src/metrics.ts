import { defineMetrics } from '@patchbay/runtime/metric-table';

/** Metrics of recording. */
export const recordingMetrics = defineMetrics({
  recordings_total: { kind: 'counter', help: 'Calls whose recording ended', labels: { outcome: ['ready', 'failed'] } },
  recordings_erased_total: { kind: 'counter', help: 'Recordings and transcripts erased', labels: { kind: ['recording', 'transcript'] } },
});
