import { runService } from '@patchbay/runtime/run-service';
import { readRecordingConfig } from './config.ts';
import { startRecording } from './service.ts';

await runService({
  name: 'recording',
  purpose: 'Keeps calls as stereo WAV files and text contacts as transcripts.',
  readConfig: readRecordingConfig,
  start: startRecording,
  environment: process.env,
  argv: process.argv.slice(2),
});
