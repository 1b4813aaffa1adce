import { runService } from '@patchbay/runtime/run-service';
import { readWeChatConfig } from './config.ts';
import { startWeChat } from './service.ts';

await runService({
  name: 'wechat',
  purpose: 'brings WeChat official accounts to the queue and answers back',
  readConfig: readWeChatConfig,
  start: startWeChat,
  environment: process.env,
  argv: process.argv.slice(2),
});
