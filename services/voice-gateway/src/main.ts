import { runService } from '@patchbay/runtime/run-service';
import { readVoiceConfig } from './config.ts';
import { startVoiceGateway } from './service.ts';

await runService({
  name: 'voice-gateway',
  purpose: 'Takes calls over SIP, plays menus and music, rings the agents’ phones, carries and tells the sound.',
  readConfig: readVoiceConfig,
  start: startVoiceGateway,
  environment: process.env,
  argv: process.argv.slice(2),
});
