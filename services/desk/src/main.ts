import { runService } from '@patchbay/runtime/run-service';
import { readDeskConfig } from './config.ts';
import { startDeskService } from './service.ts';

await runService({
  name: 'desk',
  purpose: 'serves the agent desk and the wall to browsers',
  readConfig: readDeskConfig,
  start: startDeskService,
  environment: process.env,
  argv: process.argv.slice(2),
});
