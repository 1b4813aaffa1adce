import type { MetricDefinition } from './metric-table.ts';

const heapSpaces = {
  space: ['read_only', 'new', 'old', 'code', 'shared', 'trusted', 'shared_trusted', 'new_large_object', 'large_object', 'code_large_object', 'shared_large_object', 'shared_trusted_large_object', 'trusted_large_object'],
} as const;
const resourceTypes = { type: { of: "kinds of Node.js's own resources", limit: 50 } } as const;
const versionParts = {
  version: { of: 'the running Node.js', limit: 1 },
  major: { of: 'the running Node.js', limit: 1 },
  minor: { of: 'the running Node.js', limit: 1 },
  patch: { of: 'the running Node.js', limit: 1 },
} as const;

/** Metrics of Node.js and the operating system in every process, by whole name: those of prom-client, which have no prefix. */
export const processMetrics: Readonly<Record<string, MetricDefinition>> = {
  process_cpu_user_seconds_total: { kind: 'counter', unit: 'seconds', help: 'CPU time in user code' },
  process_cpu_system_seconds_total: { kind: 'counter', unit: 'seconds', help: 'CPU time in the kernel' },
  process_cpu_seconds_total: { kind: 'counter', unit: 'seconds', help: 'CPU time' },
  process_start_time_seconds: { kind: 'gauge', unit: 'seconds', help: 'Start of the process, since the Unix epoch' },
  process_resident_memory_bytes: { kind: 'gauge', unit: 'bytes', help: 'Resident memory' },
  process_virtual_memory_bytes: { kind: 'gauge', unit: 'bytes', help: 'Virtual memory' },
  process_heap_bytes: { kind: 'gauge', unit: 'bytes', help: 'Heap of the process' },
  process_open_fds: { kind: 'gauge', help: 'Open file descriptors' },
  process_max_fds: { kind: 'gauge', help: 'Most open file descriptors' },
  nodejs_eventloop_lag_seconds: { kind: 'gauge', unit: 'seconds', help: 'Delay of the event loop at the scrape' },
  nodejs_eventloop_lag_min_seconds: { kind: 'gauge', unit: 'seconds', help: 'Smallest delay of the event loop since the scrape before' },
  nodejs_eventloop_lag_max_seconds: { kind: 'gauge', unit: 'seconds', help: 'Largest delay of the event loop since the scrape before' },
  nodejs_eventloop_lag_mean_seconds: { kind: 'gauge', unit: 'seconds', help: 'Mean delay of the event loop since the scrape before' },
  nodejs_eventloop_lag_stddev_seconds: { kind: 'gauge', unit: 'seconds', help: 'Standard deviation of the delay of the event loop' },
  nodejs_eventloop_lag_p50_seconds: { kind: 'gauge', unit: 'seconds', help: 'Median delay of the event loop since the scrape before' },
  nodejs_eventloop_lag_p90_seconds: { kind: 'gauge', unit: 'seconds', help: '90th percentile of the delay of the event loop' },
  nodejs_eventloop_lag_p99_seconds: { kind: 'gauge', unit: 'seconds', help: '99th percentile of the delay of the event loop' },
  nodejs_active_resources: { kind: 'gauge', help: 'Resources that keep the process alive', labels: resourceTypes },
  nodejs_active_resources_total: { kind: 'gauge', help: 'Resources that keep the process alive, all kinds' },
  nodejs_active_handles: { kind: 'gauge', help: 'Active handles of libuv', labels: resourceTypes },
  nodejs_active_handles_total: { kind: 'gauge', help: 'Active handles of libuv, all kinds' },
  nodejs_active_requests: { kind: 'gauge', help: 'Active requests of libuv', labels: resourceTypes },
  nodejs_active_requests_total: { kind: 'gauge', help: 'Active requests of libuv, all kinds' },
  nodejs_heap_size_total_bytes: { kind: 'gauge', unit: 'bytes', help: 'Heap taken from the system' },
  nodejs_heap_size_used_bytes: { kind: 'gauge', unit: 'bytes', help: 'Heap in use' },
  nodejs_external_memory_bytes: { kind: 'gauge', unit: 'bytes', help: 'Memory of buffers outside of the heap' },
  nodejs_heap_space_size_total_bytes: { kind: 'gauge', unit: 'bytes', help: 'Size of each space of the heap', labels: heapSpaces },
  nodejs_heap_space_size_used_bytes: { kind: 'gauge', unit: 'bytes', help: 'Used part of each space of the heap', labels: heapSpaces },
  nodejs_heap_space_size_available_bytes: { kind: 'gauge', unit: 'bytes', help: 'Free part of each space of the heap', labels: heapSpaces },
  nodejs_version_info: { kind: 'gauge', help: 'Always 1; the version is in the labels', labels: versionParts },
  nodejs_gc_duration_seconds: { kind: 'histogram', unit: 'seconds', help: 'Pauses of garbage collection', labels: { kind: ['major', 'minor', 'incremental', 'weakcb', 'minor_mark_sweep'] }, buckets: [0.001, 0.01, 0.1, 1, 2, 5] },
};
