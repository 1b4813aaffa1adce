import { defineMetrics } from '@patchbay/runtime/metric-table';
import { webChatErrors } from './errors.ts';

/** Metrics of web chat, beside those of packages/channel-kit. */
export const webChatMetrics = defineMetrics({
  webchat_connections: { kind: 'gauge', help: 'Open connections' },
  webchat_refused_total: { kind: 'counter', help: 'Frames that had no effect', labels: { code: [...Object.keys(webChatErrors), 'CHANNEL_BUSY', 'CHANNEL_BAD_MESSAGE', 'CHANNEL_CONFLICT', 'CHANNEL_NO_ENTRY_POINT'] } },
});
