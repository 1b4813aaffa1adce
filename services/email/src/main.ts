import { runService } from '@patchbay/runtime/run-service';
import { readEmailConfig } from './config.ts';
import { startEmail } from './service.ts';

await runService({
  name: 'email',
  purpose: 'brings mails to the queue and answers through a smarthost',
  readConfig: readEmailConfig,
  start: startEmail,
  environment: process.env,
  argv: process.argv.slice(2),
});
