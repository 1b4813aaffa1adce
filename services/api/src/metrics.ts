import { defineMetrics } from '@patchbay/runtime/metric-table';

/** Metrics of the gRPC edge. */
export const apiMetrics = defineMetrics({
  api_call_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time to answer a gRPC call',
    labels: { method: { of: 'methods of the services in proto/, `Service/Method`', limit: 200 }, status: { of: '`ok` and the statuses of errors', limit: 20 } },
  },
});
