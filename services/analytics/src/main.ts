import { runService } from '@patchbay/runtime/run-service';
import { readAnalyticsConfig } from './config.ts';
import { startAnalytics } from './service.ts';

await runService({
  name: 'analytics',
  purpose: 'carries facts to Kafka and the warehouse and answers for KPIs',
  readConfig: readAnalyticsConfig,
  start: startAnalytics,
  environment: process.env,
  argv: process.argv.slice(2),
});
