import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBus, type BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { streams } from '@patchbay/bus/topology';
import { DirectoryServiceDefinition } from '@patchbay/contracts/directory/v1/directory_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { silentReport } from '@patchbay/local/stack/report';
import type { LogLine } from '@patchbay/local/stack/log-lines';
import { portOf } from '@patchbay/local/stack/ports';
import { startStack, type Stack } from '@patchbay/local/stack/stack';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';

/** Names in the centre below. */
export const edgeNames = { tenant: 'demo', number: '4000', mailbox: 'support@edge.example', wechatAppId: 'wxedge0000000001', widgetKey: 'W1', phone: '1001' } as const;

/** Every service that strangers reach, and what these cannot do without. No routing: then nothing happens by itself. */
const services = ['directory', 'crm', 'analytics', 'voice-gateway', 'web-chat', 'email', 'wechat', 'api', 'desk'] as const;

/** Largest mail that the centre takes, bytes. */
export const largestMailBytes = 400_000;

const environment = {
  PATCHBAY_API_SIGN_INS_PER_MINUTE: '10000',
  EMAIL_MAX_BYTES: String(largestMailBytes),
  VOICE_MEDIA_WORKERS: '1',
  // The machine is busy with other tests: that is no reason to refuse a call.
  VOICE_MAX_DELAY_MS: '10000',
  VOICE_DRAIN_LIMIT_MS: '200',
};

/** An account of the official-account platform. */
export interface WeChatAccount {
  readonly appId: string;
  readonly token: string;
  readonly encodingAesKey: string;
}

/** What strangers can change: which processes run, what was published, what went wrong inside. */
export interface Traces {
  readonly pids: Readonly<Record<string, number | undefined>>;
  /** Last sequence of the streams that others act upon. */
  readonly events: number;
  readonly commands: number;
  /** Entries of the logs that tell of a fault of ours, and whatever Node writes when nobody caught one. */
  readonly faults: readonly string[];
}

/** A centre whose services run as processes of their own, with one entry point a channel. */
export interface EdgeCentre {
  readonly stack: Stack;
  readonly bus: BusConnection;
  readonly ports: Readonly<Record<'sip' | 'smtp' | 'wechat' | 'webChat' | 'grpc' | 'desk', number>>;
  readonly wechat: WeChatAccount;
  /** Of every user and phone. */
  readonly password: string;
  traces(): Promise<Traces>;
  stop(): Promise<void>;
}

const yamlOf = ({ token, encodingAesKey }: WeChatAccount, password: string) => `kind: Queue
name: support
spec: {titles: {en: Support}}
---
kind: EntryPoint
name: hotline
spec: {channel: voice, address: "${edgeNames.number}", queue: support, settings: {language: en}}
---
kind: EntryPoint
name: website
spec: {channel: webchat, address: ${edgeNames.widgetKey}, queue: support, settings: {origins: "*"}}
---
kind: EntryPoint
name: mailbox
spec: {channel: email, address: ${edgeNames.mailbox}, queue: support}
---
kind: EntryPoint
name: account
spec:
  channel: wechat
  address: ${edgeNames.wechatAppId}
  queue: support
  settings: {apiBaseUrl: "http://127.0.0.1:9"}
  secrets: {token: ${token}, encodingAesKey: ${encodingAesKey}, appSecret: none}
---
kind: Agent
name: "1001"
spec: {displayName: Agent 1001, sipUsername: "${edgeNames.phone}", initialPhonePassword: ${password}}
---
kind: Agent
name: "1002"
spec: {displayName: Agent 1002}
---
kind: User
name: agent
spec: {displayName: Agent, roles: [agent], agent: "1001", initialPassword: ${password}}
---
kind: User
name: manager
spec: {displayName: Manager, roles: [manager], initialPassword: ${password}}
`;

/** Starts the centre on free ports. The widget's and the desk's pages are built when they are not. */
export async function startEdgeCentre(): Promise<EdgeCentre> {
  const home = await mkdtemp(join(tmpdir(), 'patchbay-edge-'));
  const faults: string[] = [];
  const line = ({ service, level, message, fields }: LogLine) => {
    if (level === 'error' || (level === 'warn' && Object.keys(fields).length === 0)) faults.push(`${service}: ${message} ${JSON.stringify(fields)}`);
  };
  const stack = await startStack({ home, freePorts: true, demo: false, kafka: false, services, env: environment, report: { ...silentReport, line } });
  const bus = await connectBus({ servers: stack.addresses.nats, name: 'test', log: silentLogger, metrics: createMetrics('test') });
  const password = randomBytes(9).toString('hex');
  const wechat = { appId: edgeNames.wechatAppId, token: randomBytes(8).toString('hex'), encodingAesKey: randomBytes(32).toString('base64').slice(0, 42).replaceAll(/[+/]/g, 'x') + 'A' };
  await createRpcClient(bus, DirectoryServiceDefinition).applyResources(
    { files: [{ name: 'edge.yaml', yaml: yamlOf(wechat, password) }] },
    { tenant: edgeNames.tenant, actor: { subject: 'user:test', kind: 'user', roles: [Role.ADMIN] }, timeoutMs: 60_000 },
  );
  const port = (name: Parameters<typeof portOf>[0]) => portOf(name, stack.portOffset);
  const lastOf = async (stream: string) => (await bus.jsm.streams.info(stream)).state.last_seq;
  return {
    stack,
    bus,
    ports: { sip: port('sip'), smtp: port('smtp'), wechat: port('wechat'), webChat: port('webChat'), grpc: port('grpc'), desk: port('desk') },
    wechat,
    password,
    async traces() {
      const [events, commands] = await Promise.all([lastOf(streams.events.name), lastOf(streams.commands.name)]);
      return { pids: Object.fromEntries(services.map((name) => [name, stack.pid(name)])), events, commands, faults: [...faults] };
    },
    async stop() {
      await bus.drain();
      await stack.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
