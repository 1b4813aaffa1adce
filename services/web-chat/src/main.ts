import { runService } from '@patchbay/runtime/run-service';
import { readWebChatConfig } from './config.ts';
import { startWebChat } from './service.ts';

await runService({
  name: 'web-chat',
  purpose: 'Serves the chat widget and takes the connections of visitors.',
  readConfig: readWebChatConfig,
  start: startWebChat,
  environment: process.env,
  argv: process.argv.slice(2),
});
