import { runService } from '@patchbay/runtime/run-service';
import { readDirectoryConfig } from './config.ts';
import { startDirectory } from './service.ts';

await runService({
  name: 'directory',
  purpose: 'Resources, users, roles, sign-in and API keys of every centre.',
  readConfig: readDirectoryConfig,
  start: startDirectory,
  environment: process.env,
  argv: process.argv.slice(2),
});
