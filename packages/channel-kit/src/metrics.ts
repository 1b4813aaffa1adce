import { defineMetrics } from '@patchbay/runtime/metric-table';

const channels = { of: 'channels of this process, one mostly', limit: 10 } as const;

/** Metrics of every channel built on this package. */
export const channelMetrics = defineMetrics({
  channel_inbound_total: {
    kind: 'counter',
    help: 'Messages of customers by outcome: refused ones had no effect, failed ones will be delivered again',
    labels: { channel: channels, outcome: ['accepted', 'duplicate', 'ignored', 'refused', 'failed'] },
  },
  channel_receive_seconds: { kind: 'histogram', unit: 'seconds', help: 'Time until a message of a customer is durable', labels: { channel: channels } },
  channel_outbound_total: { kind: 'counter', help: 'Messages to customers by outcome', labels: { channel: channels, outcome: ['sent', 'failed', 'expired', 'unknown'] } },
  channel_send_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time of one call to the platform',
    labels: { channel: channels, outcome: ['sent', 'failed', 'expired', 'unknown', 'not_found'] },
  },
  channel_commands_total: {
    kind: 'counter',
    help: 'Commands taken, redeliveries included',
    labels: { channel: channels, name: ['SendMessage', 'EndContact', 'HoldContact', 'RetrieveContact'] },
  },
  channel_link_up: {
    kind: 'gauge',
    help: '1 while a condition of the link to the platform holds, else 0',
    labels: { channel: channels, condition: { of: 'conditions that the adapter names, constant in its code', limit: 20 } },
  },
});
