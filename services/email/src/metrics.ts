import { defineMetrics } from '@patchbay/runtime/metric-table';

/** Metrics of e-mail, beside those of packages/channel-kit. */
export const emailMetrics = defineMetrics({
  email_received_total: { kind: 'counter', help: 'Mails that came over SMTP, by `ok` or the code they were refused with', labels: { outcome: { of: '`ok` and error codes, docs/reference/errors.md', limit: 60 } } },
});
