import { eventTypes } from '@patchbay/contracts/event-types';
import { defineMetrics } from '@patchbay/runtime/metric-table';

const methods = { of: 'methods of the services in proto/, `Service/Method`', limit: 200 } as const;
const statuses = [
  'ok',
  'cancelled',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
] as const;
const consumers = { of: 'durable consumers without their partition; routing has one for each routing domain', limit: 100 } as const;
/** As in `topology.ts`, which stands above the connection that has these metrics. */
const streamNames = ['EVENTS', 'COMMANDS', 'MEDIA', 'DEAD_LETTERS'] as const;

/** Metrics of every process on the bus. */
export const busMetrics = defineMetrics({
  bus_connected: { kind: 'gauge', help: '1 while the connection to NATS stands, else 0' },
  bus_disconnects_total: { kind: 'counter', help: 'Times the connection to NATS was lost' },
  facts_appended_total: { kind: 'counter', help: 'Facts written to the bus', labels: { type: Object.keys(eventTypes) } },
  fact_append_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time until the bus had a batch of facts on disk, or said no',
    labels: { outcome: ['ok', 'BUS_STALE_WRITER', 'BUS_FULL', 'BUS_UNAVAILABLE'] },
  },
  message_handle_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from the delivery of a message, or a batch of them, to its acknowledgement',
    labels: { consumer: consumers, outcome: ['ack', 'dead'] },
  },
  message_retries_total: { kind: 'counter', help: 'Tries of a message that failed and were made again', labels: { consumer: consumers } },
  consumer_lag: { kind: 'gauge', help: 'Messages that wait for a consumer, those in its hands included; every replica tells the same', labels: { consumer: consumers } },
  dead_letters_total: { kind: 'counter', help: 'Messages given up', labels: { consumer: consumers, code: { of: 'error codes, docs/reference/errors.md', limit: 200 } } },
  rpc_server_seconds: { kind: 'histogram', unit: 'seconds', help: 'Time to answer a call over the bus', labels: { method: methods, status: statuses } },
  rpc_client_seconds: { kind: 'histogram', unit: 'seconds', help: 'Time until a call over the bus was answered, as its caller sees it', labels: { method: methods, status: statuses } },
});

/** Metrics of the streams themselves, told by one service only: `api`. */
export const streamMetrics = defineMetrics({
  stream_messages: { kind: 'gauge', help: 'Messages in a stream; in DEAD_LETTERS those that wait for somebody', labels: { stream: streamNames } },
  stream_bytes: { kind: 'gauge', unit: 'bytes', help: 'Size of a stream', labels: { stream: streamNames } },
  stream_fill_ratio: { kind: 'gauge', unit: 'ratio', help: 'Size of a stream against its limit; a full stream refuses writers', labels: { stream: streamNames } },
});
