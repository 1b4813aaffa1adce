import { defineMetrics } from '@patchbay/runtime/metric-table';

/** Metrics of desk and wall. */
export const deskMetrics = defineMetrics({
  desk_sockets: { kind: 'gauge', help: 'Open sockets of browsers' },
  desk_http_total: { kind: 'counter', help: 'HTTP answers', labels: { route: { of: 'routes of the desk; `page` for its files, `api` for unknown ones', limit: 20 }, status: { of: 'HTTP statuses', limit: 30 } } },
  desk_requests_total: {
    kind: 'counter',
    help: 'Requests of browsers over their sockets, by `ok` or the status of the error',
    labels: { method: { of: 'requests of the desk protocol', limit: 60 }, outcome: { of: '`ok` and the statuses of errors', limit: 20 } },
  },
  desk_request_seconds: { kind: 'histogram', unit: 'seconds', help: 'Time to answer a request of a browser', labels: { method: { of: 'requests of the desk protocol', limit: 60 } } },
  desk_bad_frames_total: { kind: 'counter', help: 'Frames that could not be read' },
});
