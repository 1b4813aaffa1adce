import { defineMetrics } from '@patchbay/runtime/metric-table';

/** Metrics of WeChat, beside those of packages/channel-kit. */
export const wechatMetrics = defineMetrics({
  wechat_call_backs_total: { kind: 'counter', help: 'Call-backs of the platform, by `ok` or the code they were refused with', labels: { outcome: { of: '`ok` and error codes, docs/reference/errors.md', limit: 60 } } },
});
