import { runService } from '@patchbay/runtime/run-service';
import { readCrmConfig } from './config.ts';
import { startCrm } from './service.ts';

await runService({
  name: 'crm',
  purpose: 'keeps the record of contacts and steers them',
  readConfig: readCrmConfig,
  start: startCrm,
  environment: process.env,
  argv: process.argv.slice(2),
});
