import { defineMetrics } from '@patchbay/runtime/metric-table';

/** Metrics of the directory. */
export const directoryMetrics = defineMetrics({
  directory_sign_ins_total: { kind: 'counter', help: 'Sign-ins by outcome', labels: { outcome: ['ok', 'refused', 'locked_out'] } },
});
