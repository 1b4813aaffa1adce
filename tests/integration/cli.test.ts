import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { AnalyticsServiceDefinition, GetKpisResponse, QueryResponse } from '@patchbay/contracts/analytics/v1/analytics_service';
import { ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import { ListQueuesResponse, RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { runCli } from '../../services/api/src/cli/program.ts';
import { readApiConfig } from '../../services/api/src/config.ts';
import { startApi, type RunningApi } from '../../services/api/src/service.ts';
import { startDirectory } from '../../services/directory/src/service.ts';
import { badYaml } from '../support/bad-yaml.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const password = 'a long password';
const ids = createIdSource();
const sound = Buffer.from('RIFF and so on');
let nats: TestNats;
let bus: BusConnection;
let api: RunningApi;
let home: string;
let environment: Record<string, string>;
const stops: (() => Promise<unknown> | void)[] = [];

const processOf = (name: string) => ({ name, log: silentLogger, metrics: createMetrics(name), readiness: createReadiness() });

beforeAll(async () => {
  nats = await startNats();
  home = await mkdtemp(join(tmpdir(), 'patchbay-cli-'));
  bus = await connectTestBus(nats.url, 'web-chat');
  const directory = await startDirectory({ natsUrl: nats.url, replicas: 1, tenant: 'demo', adminPassword: password }, processOf('directory'));
  api = await startApi(readApiConfig(createConfigReader({ NATS_URL: nats.url, PATCHBAY_API_PORT: '0', PATCHBAY_API_DRAIN_MS: '500', PATCHBAY_API_TIMEOUT_MS: '8000' })), processOf('api'));
  const servers = [
    serveRpc(bus, RoutingServiceDefinition, { listQueues: async () => ListQueuesResponse.fromPartial({ queues: [{ queue: 'billing', waiting: 3, agentsSignedIn: 2, agentsAvailable: 1, targetSeconds: 20, answeredToday: 3n, answeredInTargetToday: 3n, abandonedToday: 1n }] }) } as never),
    serveRpc(bus, AnalyticsServiceDefinition, {
      getKpis: async () => GetKpisResponse.fromPartial({ kpis: [{ queue: 'billing', intervalStart: new Date(0), offered: 4n, answered: 3n, serviceLevelPct: 75 }] }),
      query: async ({ sql }: { sql: string }) => QueryResponse.fromPartial({ columns: [{ name: 'sql', type: 'VARCHAR' }, { name: 'n', type: 'BIGINT' }], rowsJson: [JSON.stringify([sql, 42])] }),
    } as never),
    serveRpc(bus, RecordingServiceDefinition, {
      async *readRecording() {
        yield { object: { object: 'o', sha256: createHash('sha256').update(sound).digest('hex'), sizeBytes: BigInt(sound.length), mime: 'audio/wav', name: '' }, chunk: sound.subarray(0, 4) };
        yield { object: undefined, chunk: sound.subarray(4) };
      },
    } as never),
  ];
  stops.push(() => Promise.all(servers.map((server) => server.stop())), () => api.stop(), () => directory.stop());
  // As `npm start` leaves them.
  await writeFile(join(home, 'stack.json'), JSON.stringify({ addresses: { grpc: `127.0.0.1:${api.port}` } }));
  await writeFile(join(home, 'admin-password'), `${password}\n`);
  environment = { ...(process.env as Record<string, string>), PATCHBAY_HOME: home, PATCHBAY_DEMO_PASSWORD: 'demo password' };
  for (const name of ['PATCHBAY_API', 'PATCHBAY_TOKEN', 'PATCHBAY_API_KEY', 'NODE_OPTIONS']) Reflect.deleteProperty(environment, name);
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await bus.drain();
  await nats.stop();
  await rm(home, { recursive: true, force: true });
});

/** The command as a process of its own. */
function open(argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(root, 'services/api/bin/patchbay.mjs'), ...argv], { cwd: root, env: environment });
}

/** The same command line within this process. */
async function runWith(given: { env?: Record<string, string>; input?: string }, argv: readonly string[]) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => new PassThrough().on('data', (chunk: Buffer) => (written[name] += chunk.toString()));
  const stdin = new PassThrough();
  stdin.end(given.input ?? '');
  const env = { ...environment, ...given.env };
  const code = await runCli(argv, { env, cwd: root, root, version: '0', stdin, stdout: stream('out'), stderr: stream('err'), signal: new AbortController().signal, nowMs: () => Date.now() });
  return { code, ...written };
}

const patchbay = (...argv: string[]) => runWith({}, argv);
const json = async (...argv: string[]) => JSON.parse((await patchbay(...argv, '--json')).out) as Record<string, unknown>;

describe('resources', () => {
  test('the demo centre is applied by one command on a stack that just started, and again without a change', async () => {
    const first = await patchbay('apply', '-f', 'deploy/demo/centre.yaml');
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toMatch(/created {2}Queue\/billing/);
    const again = (await json('apply', '-f', 'deploy/demo/centre.yaml')) as { results: { action: string }[] };
    expect(again.results.length).toBeGreaterThan(40);
    expect(again.results.filter((one) => one.action !== 'APPLY_ACTION_UNCHANGED')).toEqual([]);
    const { resource } = (await json('resources', 'get', 'RuleSet', 'default')) as { resource: { ruleSet: { definitionJson: string } } };
    expect(JSON.parse(resource.ruleSet.definitionJson)).toMatchObject({ version: 1 });
  });

  test('every fault of every file is listed, however many there are, and ends with 1', async () => {
    const file = join(home, 'bad.yaml');
    const bad = badYaml.filter((row) => row.line > 0 && row.path.startsWith('spec.') && !/deep|multiply|nesting/.test(row.name)).map((row) => row.yaml);
    await writeFile(file, Array.from({ length: 5 }, () => bad.join('---\n')).join('---\n'));
    const { code, err, out } = await patchbay('apply', '-f', file);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/bad\.yaml:\d+ {2}Queue\/x spec\.maxWaiting\n {4}must be a whole number, is text\n {4}Write a whole number from 1 to 1000000, or 0 for no limit\.\n/);
    expect(Number(/(\d+) faults, nothing was applied/.exec(err)?.[1])).toBeGreaterThan(200);
    const asJson = await patchbay('apply', '-f', file, '--json');
    expect(asJson.code).toBe(1);
    expect((JSON.parse(asJson.out) as { faults: unknown[] }).faults.length).toBeGreaterThan(200);
  });

  test('a dry run from standard input changes nothing', async () => {
    const { code, out } = await runWith({ input: 'kind: Skill\nname: trial\nspec: {}\n' }, ['apply', '-f', '-', '--dry-run']);
    expect([code, out]).toEqual([0, expect.stringContaining('1 of 1 would change')]);
    expect((await patchbay('resources', 'get', 'Skill', 'trial')).err).toContain('DIRECTORY_UNKNOWN_RESOURCE');
  });
});

describe('signing in', () => {
  test('beside a local stack goes by itself, and keeps a token that only its owner reads', async () => {
    expect((await patchbay('queues')).code).toBe(0);
    expect((await stat(join(home, 'cli-token'))).mode & 0o777).toBe(0o600);
  });

  test('elsewhere takes a password, and speaks the language of the terminal', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'patchbay-cli-'));
    const env = { PATCHBAY_HOME: elsewhere, PATCHBAY_API: `127.0.0.1:${api.port}` };
    expect(await runWith({ env }, ['queues'])).toMatchObject({ code: 1, err: expect.stringContaining('patchbay sign-in') });
    expect(await runWith({ env: { ...env, LANG: 'zh_CN.UTF-8' }, input: 'wrong\n' }, ['sign-in', '--user', 'lead'])).toMatchObject({ code: 1, err: expect.stringContaining('用户名、密码') });
    expect(await runWith({ env, input: 'demo password\n' }, ['sign-in', '--user', 'lead'])).toMatchObject({ code: 0, out: expect.stringContaining('班长') });
    expect((await runWith({ env }, ['queues'])).code).toBe(0);
    expect(await runWith({ env }, ['keys', 'list'])).toMatchObject({ code: 1, err: expect.stringContaining('API_FORBIDDEN') });
    expect((await runWith({ env }, ['sign-out'])).code).toBe(0);
    expect((await runWith({ env }, ['queues'])).code).toBe(1);
    await rm(elsewhere, { recursive: true, force: true });
  });

  test('by a key works until it is revoked', async () => {
    const { apiKey, key } = (await json('keys', 'create', '--title', 'nightly', '--role', 'manager')) as { apiKey: string; key: { keyId: string } };
    expect((await runWith({ env: { PATCHBAY_API_KEY: apiKey } }, ['kpi'])).code).toBe(0);
    expect((await patchbay('keys', 'list')).out).toContain('nightly');
    expect((await patchbay('keys', 'revoke', key.keyId)).code).toBe(0);
    expect((await patchbay('keys', 'list')).out).toContain('revoked');
  });
});

describe('figures', () => {
  test('are tables for people and protobuf JSON for programs', async () => {
    expect((await patchbay('queues')).out).toMatch(/billing +3 +0 +1\/2 +0 +3 +1 +75 % in 20 s/);
    expect(await json('queues')).toMatchObject({ queues: [{ queue: 'billing', waiting: 3, answeredToday: '3' }] });
    expect((await patchbay('kpi', '--from', 'today')).out).toContain('75 %');
    expect((await patchbay('chart', 'offered')).out).toContain('billing  ▄  4–4, last 4');
    expect((await patchbay('sql', 'SELECT 1')).out).toBe('sql       n\nSELECT 1  42\n');
  });

  test('of a service that does not run end with 1 and its code', async () => {
    const { code, err } = await patchbay('scores', 'get', ids.next(), '--json');
    expect([code, (JSON.parse(err) as { error: { code: string } }).error.code]).toEqual([1, 'BUS_NO_RESPONDER']);
  }, 90_000);
});

test('a recording is saved whole', async () => {
  const file = join(home, 'call.wav');
  expect((await patchbay('recordings', 'get', ids.next(), '--out', file)).code).toBe(0);
  expect(await readFile(file)).toEqual(sound);
});

test('events come one a line until Ctrl-C', async () => {
  const child = open(['events', 'watch', '--type', 'patchbay.contact.v1.*', '--alive', '--json']);
  const lines: { fact?: { type: string; sequence: string }; resumeToken: string }[] = [];
  let rest = '';
  const seen = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) lines.push(JSON.parse(part) as (typeof lines)[number]);
      if (lines.length === 1 && lines[0]?.fact === undefined) void append();
      if (lines.some((line) => line.fact !== undefined)) resolve();
    });
  });
  let stored = 0;
  async function append(): Promise<void> {
    const contactId = ids.next();
    const [appended] = await appendFacts(bus, [newFact(ContactStarted, { tenant: 'demo', key: contactId, event: ContactStarted.fromPartial({ contactId, channel: 'webchat' }) })]);
    stored = appended?.sequence ?? 0;
  }
  await seen;
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
  expect(lines.at(-1)?.fact).toMatchObject({ type: 'patchbay.contact.v1.ContactStarted', sequence: String(stored) });
});

test('the doctor is asked through the same command', async () => {
  const { out } = await patchbay('doctor', '--json');
  expect(JSON.parse(out)).toMatchObject({ findings: expect.any(Array) });
}, 90_000);
