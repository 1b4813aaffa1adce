import { runService } from '@patchbay/runtime/run-service';
import { readApiConfig } from './config.ts';
import { startApi } from './service.ts';

await runService({
  name: 'api',
  purpose: 'gRPC for enterprises, and what the patchbay command line talks to.',
  readConfig: readApiConfig,
  start: startApi,
  environment: process.env,
  argv: process.argv.slice(2),
});
