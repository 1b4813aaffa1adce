import { runService } from '@patchbay/runtime/run-service';
import { readDemoConfig } from './config.ts';
import { startDemo } from './service.ts';

await runService({
  name: 'demo',
  purpose: 'simulated customers and agents that speak the real protocols',
  readConfig: readDemoConfig,
  start: startDemo,
  environment: process.env,
  argv: process.argv.slice(2),
});
