import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of the demo. */
export interface DemoConfig {
  natsUrl: string;
  tenant: string;
  home: string;
  webChatUrl: string;
  smtpPort: number;
  wechatUrl: string;
  sipPort: number;
  smarthostPort: number;
  platformPort: number;
  /** Mean time between two customers, milliseconds. */
  arrivalMs: number;
  /** Most customers at once. */
  mostCustomers: number;
  /** Agents that answer by themselves. */
  agents: readonly string[];
  /** Agents of whom only the phone answers by itself: a person may sit at the desk. */
  phonesOnly: readonly string[];
}

/** Reads the settings. */
export function readDemoConfig(reader: ConfigReader): DemoConfig {
  const chatPort = reader.port('WEBCHAT_PORT', 'port of the chat widget', 8081);
  const wechatPort = reader.port('WECHAT_PORT', 'port that the WeChat platform calls', 8082);
  return {
    natsUrl: reader.text('NATS_URL', 'NATS servers, with commas', 'nats://127.0.0.1:4222'),
    tenant: reader.text('PATCHBAY_TENANT', 'tenant of the demo centre', 'demo'),
    home: reader.text('PATCHBAY_HOME', 'folder of local state', '.patchbay'),
    webChatUrl: `ws://127.0.0.1:${chatPort}/socket`,
    smtpPort: reader.port('SMTP_PORT', 'port that takes mail', 2525),
    wechatUrl: `http://127.0.0.1:${wechatPort}`,
    sipPort: reader.port('VOICE_SIP_PORT', 'port that takes calls', 5060),
    smarthostPort: reader.port('PATCHBAY_DEMO_SMARTHOST_PORT', 'port of the mail server of the simulated customers', 2526),
    platformPort: reader.port('PATCHBAY_DEMO_PLATFORM_PORT', 'port of the simulated WeChat platform', 8090),
    arrivalMs: reader.integer('PATCHBAY_DEMO_ARRIVAL_MS', 'mean time between two customers', { min: 50, max: 3_600_000, fallback: 7_000 }),
    mostCustomers: reader.integer('PATCHBAY_DEMO_CUSTOMERS', 'most customers at once', { min: 1, max: 500, fallback: 12 }),
    agents: reader.text('PATCHBAY_DEMO_AGENTS', 'agents that answer by themselves, with commas', '1003,1004,1005,1006,1007,1008,1009,1010,1011,1012').split(','),
    phonesOnly: reader.text('PATCHBAY_DEMO_PHONES', 'agents of whom only the phone answers by itself, with commas', '1001,1002').split(','),
  };
}
