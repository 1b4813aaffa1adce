import { runService } from '@patchbay/runtime/run-service';
import { readQaConfig } from './config.ts';
import { startQaScoring } from './service.ts';

await runService({
  name: 'qa-scoring',
  purpose: 'Scores recordings and transcripts by rules.',
  readConfig: readQaConfig,
  start: startQaScoring,
  environment: process.env,
  argv: process.argv.slice(2),
});
