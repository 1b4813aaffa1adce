import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBus, type BusConnection } from '@patchbay/bus/connection';
import { runDemoAgents } from '@patchbay/demo/agents/demo-agents';
import { applyCentre } from '@patchbay/demo/apply-centre';
import { createChatCustomers } from '@patchbay/demo/customers/chat-customer';
import type { CustomerChannel } from '@patchbay/demo/customers/customer';
import { createMailCustomers } from '@patchbay/demo/customers/mail-customer';
import { createVoiceCustomers } from '@patchbay/demo/customers/voice-customer';
import { createWeChatCustomers } from '@patchbay/demo/customers/wechat-customer';
import { startPhone } from '@patchbay/demo/phone/phone';
import { startCustomerMailServer, type CustomerMailServer } from '@patchbay/demo/platforms/customer-mail-server';
import { startWeChatPlatform, type SimulatedPlatform } from '@patchbay/demo/platforms/wechat-platform';
import { loadVoices } from '@patchbay/demo/voices';
import { startStack, type Stack } from '@patchbay/local/stack/stack';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';

/** Names in deploy/demo/centre.yaml. */
export const centreNames = { tenant: 'demo', widgetKey: 'demo-widget', mailbox: 'support@demo.patchbay.example', wechatAppId: 'wxdemo0000000001', number: '4001' };

/** A whole stack with the demo centre applied, its outside world beside it, and no customers or agents yet. */
export interface TestCentre {
  stack: Stack;
  bus: BusConnection;
  /** Password of the demo users and phones. */
  password: string;
  wechat: { token: string; encodingAesKey: string };
  mailServer: CustomerMailServer;
  platform: SimulatedPlatform;
  chat: CustomerChannel;
  mail: CustomerChannel;
  wechatCustomers: CustomerChannel;
  voice: CustomerChannel;
  /** Lets agents answer by themselves, their phones too, until the centre stops. @param pace 1 is a person's */
  startAgents(agents: readonly string[], pace: number, options?: { phones: boolean }): void;
  stop(): Promise<void>;
}

/** What a test's centre is like. */
export interface TestCentreOptions {
  kafka: boolean;
  services?: readonly string[];
  env?: Record<string, string>;
  /** Port of the mail server that answers go to; that of the simulated customers when absent. */
  smarthostPort?: number;
}

/** Starts everything on free ports in a folder of its own. */
export async function startTestCentre(options: TestCentreOptions): Promise<TestCentre> {
  const home = await mkdtemp(join(tmpdir(), 'patchbay-e2e-'));
  const stack = await startStack({ home, freePorts: true, demo: false, kafka: options.kafka, ...(options.services === undefined ? {} : { services: options.services }), env: { ...options.env } });
  const port = (base: number) => base + stack.portOffset;
  const natsUrl = `nats://127.0.0.1:${port(4222)}`;
  const bus = await connectBus({ servers: natsUrl, name: 'test', log: silentLogger, metrics: createMetrics('test') });
  const account = { appId: centreNames.wechatAppId, appSecret: randomBytes(8).toString('hex'), token: randomBytes(8).toString('hex'), encodingAesKey: randomBytes(32).toString('base64').slice(0, 43) };
  const password = randomBytes(9).toString('hex');
  const mailServer = await startCustomerMailServer(0);
  const platform = await startWeChatPlatform(0, { ...account, callBackUrl: `http://127.0.0.1:${port(8082)}/wechat` });
  await applyCentre(bus, centreNames.tenant, {
    PATCHBAY_DEMO_PASSWORD: password,
    PATCHBAY_DEMO_SMARTHOST_PORT: String(options.smarthostPort ?? mailServer.port),
    PATCHBAY_DEMO_WECHAT_URL: platform.url,
    PATCHBAY_DEMO_WECHAT_TOKEN: account.token,
    PATCHBAY_DEMO_WECHAT_AES_KEY: account.encodingAesKey,
    PATCHBAY_DEMO_WECHAT_SECRET: account.appSecret,
  });
  const voices = await loadVoices();
  const trunk = await startPhone({ gateway: { port: port(5060) }, log: silentLogger });
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  return {
    stack,
    bus,
    password,
    wechat: account,
    mailServer,
    platform,
    chat: createChatCustomers(`ws://127.0.0.1:${port(8081)}/socket`, centreNames.widgetKey),
    mail: createMailCustomers({ smtpPort: port(2525), mailbox: centreNames.mailbox, server: mailServer }),
    wechatCustomers: createWeChatCustomers(platform),
    voice: createVoiceCustomers({ trunk, number: centreNames.number, voices, impatientShare: 0 }),
    startAgents(agents, pace, options = { phones: true }) {
      const phones = options.phones ? { sipPort: port(5060), password, voices } : undefined;
      running.push(runDemoAgents({ bus, tenant: centreNames.tenant, agents, phonesOnly: [], phones, log: silentLogger, signal: stopping.signal, pace, hour: () => 10 }));
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
      await Promise.all([mailServer.close(), platform.close(), trunk.close()]);
      await bus.drain();
      await stack.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
