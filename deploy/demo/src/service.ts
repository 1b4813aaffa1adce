import { join } from 'node:path';
import { connectBus } from '@patchbay/bus/connection';
import { ensureTopology } from '@patchbay/bus/topology';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { runDemoAgents } from './agents/demo-agents.ts';
import { applyCentre } from './apply-centre.ts';
import { runArrivals } from './arrivals.ts';
import type { DemoConfig } from './config.ts';
import { createChatCustomers } from './customers/chat-customer.ts';
import { createMailCustomers } from './customers/mail-customer.ts';
import { createVoiceCustomers } from './customers/voice-customer.ts';
import { createWeChatCustomers } from './customers/wechat-customer.ts';
import { startPhone } from './phone/phone.ts';
import { startCustomerMailServer } from './platforms/customer-mail-server.ts';
import { startWeChatPlatform } from './platforms/wechat-platform.ts';
import { readDemoSecrets } from './secrets.ts';
import { loadVoices } from './voices.ts';

/** Names in centre.yaml. */
const names = { widgetKey: 'demo-widget', mailbox: 'support@demo.patchbay.example', wechatAppId: 'wxdemo0000000001', number: '4001' };
/** Share of callers who hang up in the queue unless they are answered at once. */
const impatientShare = 0.15;

const hourInShanghai = (): number => Number(new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Shanghai', hour: '2-digit', hourCycle: 'h23' }).format(new Date()));

/** Sets the demo centre up and lets its customers and agents live. */
export async function startDemo(config: DemoConfig, { log, metrics, fail }: ServiceContext): Promise<RunningService> {
  const secrets = await readDemoSecrets(join(config.home, 'demo.json'));
  const bus = await connectBus({ servers: config.natsUrl, name: 'demo', log, metrics });
  await ensureTopology(bus);
  const mailServer = await startCustomerMailServer(config.smarthostPort);
  const platform = await startWeChatPlatform(config.platformPort, {
    appId: names.wechatAppId,
    appSecret: secrets.wechatSecret,
    token: secrets.wechatToken,
    encodingAesKey: secrets.wechatAesKey,
    callBackUrl: `${config.wechatUrl}/wechat`,
  });
  await applyCentre(bus, config.tenant, {
    PATCHBAY_DEMO_PASSWORD: secrets.password,
    PATCHBAY_DEMO_SMARTHOST_PORT: String(mailServer.port),
    PATCHBAY_DEMO_WECHAT_URL: platform.url,
    PATCHBAY_DEMO_WECHAT_TOKEN: secrets.wechatToken,
    PATCHBAY_DEMO_WECHAT_AES_KEY: secrets.wechatAesKey,
    PATCHBAY_DEMO_WECHAT_SECRET: secrets.wechatSecret,
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  const voices = await loadVoices();
  const trunk = await startPhone({ gateway: { port: config.sipPort }, log });
  const agents = runDemoAgents({
    bus,
    tenant: config.tenant,
    agents: config.agents,
    phonesOnly: config.phonesOnly,
    phones: { sipPort: config.sipPort, password: secrets.password, voices },
    log,
    signal,
    pace: 1,
    hour: hourInShanghai,
  });
  const arrivals = runArrivals({
    channels: [
      createChatCustomers(config.webChatUrl, names.widgetKey),
      createMailCustomers({ smtpPort: config.smtpPort, mailbox: names.mailbox, server: mailServer }),
      createVoiceCustomers({ trunk, number: names.number, voices, impatientShare }),
      createWeChatCustomers(platform),
    ],
    arrivalMs: config.arrivalMs,
    most: config.mostCustomers,
    log,
    signal,
  });
  for (const part of [agents, arrivals]) part.catch(fail);
  log.info('simulated customers and agents are at work', { agents: config.agents.length });
  return {
    async stop() {
      stopping.abort();
      await Promise.allSettled([agents, arrivals]);
      await Promise.all([mailServer.close(), platform.close(), trunk.close()]);
      await bus.drain();
    },
  };
}
