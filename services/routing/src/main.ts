import { runService } from '@patchbay/runtime/run-service';
import { readRoutingConfig } from './config.ts';
import { startRouting } from './service.ts';

await runService({
  name: 'routing',
  purpose: 'Brings contacts and agents together: queues, offers, assignments, wrap-up, agent states.',
  readConfig: readRoutingConfig,
  start: startRouting,
  environment: process.env,
  argv: process.argv.slice(2),
});
