import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BusConnection } from '@patchbay/bus/connection';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { watchFacts } from '@patchbay/bus/watch-facts';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { Agent, Customer, EntryPoint, Flow, Hours, Resource, Tenant } from '@patchbay/contracts/directory/v1/resource';
import { errorsOf } from '@patchbay/runtime/app-error';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { silentLogger, type Logger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { readVoiceConfig } from '@patchbay/voice-gateway/config';
import { startVoiceGateway, type RunningVoiceGateway } from '@patchbay/voice-gateway/service';
import { putResources } from '../robot-centre.ts';
import { startScriptedRouting, type ScriptedRouting } from './scripted-routing.ts';

/** Tenant of the tests. */
export const tenant = 'demo';
const realm = 'patchbay';
const notFound = errorsOf({ DIRECTORY_NOT_FOUND: { status: 'not_found', meaning: 'no phone', remedy: 'none' } });

/** Passwords of phones by SIP user. */
export const phonePasswords: Readonly<Record<string, string>> = { '1001': 'anna-phone-secret', '1002': 'bert-phone-secret' };

const prompt = (audio: string) => ({ en: { audio, text: audio } });
const flow = {
  version: 1,
  languages: ['en'],
  start: 'ask',
  nodes: {
    ask: { type: 'menu', prompt: prompt('menu.wav'), options: [{ input: '1', next: 'billing' }, { input: '9', next: 'bye' }], timeoutSeconds: 60, retries: 1, invalidPrompt: prompt('invalid.wav'), onInvalid: 'billing', onTimeout: 'billing' },
    billing: { type: 'queue', queue: 'billing', priority: 7 },
    bye: { type: 'end', prompt: prompt('goodbye.wav') },
  },
};

/** Those who are worth much have a line of their own. */
const flowByValue = {
  version: 1,
  languages: ['en'],
  start: 'who',
  nodes: { who: { type: 'customer', valued: 'own', others: 'all' }, own: { type: 'queue', queue: 'vip' }, all: { type: 'queue', queue: 'billing' } },
};

const place = (kind: string, name: string, spec: NonNullable<Resource['spec']>): Resource => ({ ...Resource.fromPartial({ kind, name, revision: 3n }), spec });
const agent = (name: string, sipUsername: string) => place('Agent', name, { $case: 'agent', value: Agent.fromPartial({ displayName: name, sipUsername }) });
const entry = (name: string, fields: Partial<EntryPoint>) => place('EntryPoint', name, { $case: 'entryPoint', value: EntryPoint.fromPartial({ channel: 'voice', settings: { language: 'en' }, ...fields }) });

const resources: readonly Resource[] = [
  place('Tenant', tenant, { $case: 'tenant', value: Tenant.fromPartial({ timeZone: 'Asia/Shanghai', language: 'zh-CN' }) }),
  agent('anna', '1001'),
  agent('bert', '1002'),
  agent('carl', ''),
  entry('direct', { address: '4000', queue: 'billing' }),
  entry('menu', { address: '4001', flow: 'main', queue: 'billing' }),
  entry('broken-menu', { address: '4002', flow: 'nowhere', queue: 'billing' }),
  entry('never', { address: '4003', queue: 'billing', hours: 'never' }),
  entry('by-value', { address: '4004', flow: 'by-value', queue: 'billing' }),
  place('Flow', 'main', { $case: 'flow', value: Flow.fromPartial({ definitionJson: JSON.stringify(flow) }) }),
  place('Flow', 'by-value', { $case: 'flow', value: Flow.fromPartial({ definitionJson: JSON.stringify(flowByValue) }) }),
  place('Customer', 'gold', { $case: 'customer', value: Customer.fromPartial({ displayName: 'gold', value: 90, identities: [{ type: 'tel', address: '+86 139 0000 0001' }] }) }),
  place('Hours', 'never', { $case: 'hours', value: Hours.fromPartial({}) }),
];

/** Free ports, and no refusals because the machine is busy with other tests. */
const gatewayEnv = (natsUrl: string) => ({
  NATS_URL: natsUrl,
  VOICE_SIP_PORT: '0',
  VOICE_RTP_PORT_MIN: '0',
  VOICE_RTP_PORT_MAX: '0',
  VOICE_MEDIA_WORKERS: '1',
  VOICE_MAX_DELAY_MS: '10000',
  VOICE_DRAIN_LIMIT_MS: '200',
});

/** A bus with a centre's resources, a puppet for routing and a directory that knows the phones. */
export interface VoiceCentre {
  readonly bus: BusConnection;
  readonly routing: ScriptedRouting;
  /** Opens an entry point, or changes it. */
  putEntryPoint(name: string, fields: Partial<EntryPoint>): Promise<void>;
  /** Starts a gateway on free ports. */
  startGateway(env?: Record<string, string>, log?: Logger): Promise<RunningVoiceGateway>;
  /** Starts a gateway as a process of its own, to be killed. */
  spawnGateway(): Promise<{ readonly sipPort: number; kill(): Promise<void> }>;
  /** Contact ids in the order in which they started. */
  contact(index: number): Promise<string>;
  contacts(): number;
  stop(): Promise<void>;
}

/** Sets a centre up on a running server. */
export async function startVoiceCentre(natsUrl: string): Promise<VoiceCentre> {
  const bus = await connectTestBus(natsUrl, 'routing');
  await putResources(bus, tenant, resources);
  const routing = startScriptedRouting(bus, tenant);
  const identity = serveRpc(bus, IdentityServiceDefinition, {
    getPhoneCredential({ sipUsername }: { sipUsername: string }) {
      const password = phonePasswords[sipUsername];
      if (password === undefined) throw notFound('DIRECTORY_NOT_FOUND');
      const text = `${sipUsername}:${realm}:${password}`;
      const digest = (algorithm: string) => createHash(algorithm).update(text).digest('hex');
      return Promise.resolve({ agent: sipUsername, realm, ha1Md5: digest('md5'), ha1Sha256: digest('sha256') });
    },
  } as never);
  const started: string[] = [];
  const stopping = new AbortController();
  const watching = (async () => {
    for await (const fact of watchFacts(bus, { tenant, domains: ['contact'], fromSequence: 1, signal: stopping.signal })) {
      if (fact.type === 'patchbay.contact.v1.ContactStarted') started.push(fact.event.contactId);
    }
  })();
  return {
    bus,
    routing,
    putEntryPoint: (name, fields) => putResources(bus, tenant, [entry(name, fields)]),
    startGateway(env = {}, log = silentLogger) {
      const reader = createConfigReader({ ...gatewayEnv(natsUrl), ...env });
      const config = readVoiceConfig(reader);
      reader.finish();
      return startVoiceGateway(config, {
        name: 'voice-gateway',
        log,
        metrics: createMetrics('voice-gateway'),
        readiness: createReadiness(),
        fail: (error) => {
          throw error;
        },
      });
    },
    async spawnGateway() {
      const main = fileURLToPath(import.meta.resolve('@patchbay/voice-gateway/main'));
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], { env: { ...process.env, ...gatewayEnv(natsUrl) }, stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      for await (const line of createInterface({ input: child.stdout })) {
        const entry = JSON.parse(line) as { msg: string; udpPort?: number };
        if (entry.msg === 'taking calls') {
          return {
            sipPort: entry.udpPort ?? 0,
            async kill() {
              child.kill('SIGKILL');
              await exited;
            },
          };
        }
      }
      throw new Error('the gateway ended');
    },
    contact: (index) => eventually(`contact ${index} started`, () => started[index]),
    contacts: () => started.length,
    async stop() {
      stopping.abort();
      await watching;
      await routing.stop();
      await identity.stop();
      await bus.drain();
    },
  };
}
