import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { startCrm } from '@patchbay/crm/service';
import { startRouting } from '@patchbay/routing/service';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats } from '@patchbay/testkit/real-nats';
import { launchPostgres } from '@patchbay/local/servers/postgres';
import { runCli } from '../../services/api/src/cli/program.ts';
import { readApiConfig } from '../../services/api/src/config.ts';
import { startApi } from '../../services/api/src/service.ts';
import { startDirectory } from '../../services/directory/src/service.ts';
import { agentActor, createRobotChannel } from '../support/robot-centre.ts';

const tenant = 'demo';
const password = 'a long password';
const ids = createIdSource();
const stops: (() => Promise<unknown> | void)[] = [];
let home: string;
let bus: BusConnection;
let address: string;
let channel: ReturnType<typeof createRobotChannel>;

const processOf = (name: string) => ({ name, log: silentLogger, metrics: createMetrics(name), readiness: createReadiness(), fail: () => {} });

const user = (name: string, roles: string, agent = '') => `kind: User\nname: ${name}\nspec: { displayName: ${name}, roles: [${roles}], agent: "${agent}", initialPassword: "${password}" }\n`;
const agent = (name: string, team: string) => `kind: Agent\nname: ${name}\nspec: { displayName: ${name}, team: ${team}, attributes: { site: ${team}-site }, queues: [sales, help], capacity: { webchat: 2 } }\n`;
const centre = [
  'kind: Skill\nname: cards\nspec: {}\n',
  'kind: Queue\nname: sales\nspec: { wrapUp: { mode: none } }\n',
  'kind: Queue\nname: help\nspec: { wrapUp: { mode: none } }\n',
  agent('anna', 'north'),
  agent('bo', 'south'),
  agent('nora', 'north'),
  user('anna', 'agent', 'anna'),
  user('nora', 'team_lead', 'nora'),
  user('olga', 'manager'),
  'kind: Team\nname: south\nspec: {}\n',
  user('both', 'team_lead').replace('agent:', 'leads: [south], agent:'),
  user('idle', 'team_lead'),
].join('---\n');

/** A command line of one user, signed in. */
async function patchbay(name: string, argv: readonly string[], input = '') {
  const written = { out: '', err: '' };
  const stream = (to: 'out' | 'err') => new PassThrough().on('data', (chunk: Buffer) => (written[to] += chunk.toString()));
  const stdin = new PassThrough();
  stdin.end(input);
  const env = { PATCHBAY_HOME: join(home, name), PATCHBAY_API: address, LANG: 'en' };
  const code = await runCli(argv, { env, cwd: home, root: home, version: '0', stdin, stdout: stream('out'), stderr: stream('err'), signal: new AbortController().signal, nowMs: () => Date.now() });
  return { code, ...written };
}

/** What a command prints for programs; it must have gone well. */
async function json(name: string, ...argv: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await patchbay(name, [...argv, '--json']);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>;
}

/** A chat that waits. */
async function waiting(queue: string): Promise<string> {
  const contactId = ids.next();
  await appendFacts(bus, [newFact(ContactStarted, { tenant, key: contactId, event: ContactStarted.fromPartial({ contactId, conversationId: contactId, channel: 'webchat' }) })]);
  await channel.request(contactId, { queue });
  await eventually('the contact waits', async () => ((await patchbay('olga', ['contacts', 'explain', contactId])).code === 0 ? true : undefined));
  return contactId;
}

async function ready(agentId: string): Promise<void> {
  const agents = createRpcClient(bus, AgentServiceDefinition);
  const options = { tenant, actor: agentActor(agentId) };
  await agents.signIn({ agentId, device: 'web' }, options);
  await agents.setState({ agentId, state: AgentState.READY }, options);
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-steering-'));
  const [nats, postgres] = await Promise.all([startNats(), launchPostgres({ dataDir: join(home, 'pg'), databases: ['crm'], durable: false })]);
  bus = await connectTestBus(nats.url, 'web-chat');
  channel = createRobotChannel(bus, tenant);
  const directory = await startDirectory({ natsUrl: nats.url, replicas: 1, tenant, adminPassword: password }, processOf('directory'));
  const crm = await startCrm({ natsUrl: nats.url, replicas: 1, databaseUrl: await postgres.database('crm'), poolSize: 4 }, processOf('crm'));
  const routing = await startRouting({ natsUrl: nats.url, replicas: 1, writerLeaseMs: 2_000, agentLeaseMs: 60_000, lostGraceMs: 60_000, snapshotEveryMs: 1_000 }, processOf('routing'));
  const api = await startApi(readApiConfig(createConfigReader({ NATS_URL: nats.url, PATCHBAY_API_PORT: '0', PATCHBAY_API_DRAIN_MS: '500', PATCHBAY_API_TIMEOUT_MS: '8000' })), processOf('api'));
  stops.push(() => api.stop(), () => routing.stop(), () => crm.stop(), () => directory.stop(), () => bus.drain(), () => Promise.all([nats.stop(), postgres.stop()]));
  address = `127.0.0.1:${api.port}`;
  await writeFile(join(home, 'centre.yaml'), centre);
  expect(await patchbay('admin', ['sign-in', '--user', 'admin'], `${password}\n`)).toMatchObject({ code: 0 });
  expect(await patchbay('admin', ['apply', '-f', 'centre.yaml'])).toMatchObject({ code: 0, err: '' });
  for (const name of ['anna', 'nora', 'olga', 'both', 'idle']) expect(await patchbay(name, ['sign-in', '--user', name], `${password}\n`)).toMatchObject({ code: 0 });
  await eventually('routing knows the queues', async () => ((await patchbay('olga', ['queues'])).out.includes('sales') ? true : undefined));
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await rm(home, { recursive: true, force: true });
});

describe('a contact that waits', () => {
  test('is moved, prioritised, pulled and reassigned by a team lead; who did it and why stands in its record', async () => {
    const contactId = await waiting('sales');
    expect(await patchbay('anna', ['contacts', 'move', contactId, 'help', '--reason', 'x'])).toMatchObject({ code: 1, err: expect.stringContaining('API_FORBIDDEN') });
    await json('nora', 'contacts', 'move', contactId, 'help', '--reason', 'wrong key');
    await json('nora', 'contacts', 'prioritise', contactId, '300', '--reason', 'called twice');
    expect(await patchbay('anna', ['queues', 'waiting', 'help'])).toMatchObject({ code: 1, err: expect.stringContaining('API_FORBIDDEN') });
    expect(await json('nora', 'queues', 'waiting', 'help')).toMatchObject({ total: 1, contacts: [{ contactId, place: 1, priority: 300, because: 'no_agent' }] });
    expect(await patchbay('nora', ['queues', 'waiting', 'nowhere'])).toMatchObject({ code: 1, err: expect.stringContaining('ROUTING_UNKNOWN_QUEUE') });
    const explained = await patchbay('nora', ['contacts', 'explain', contactId]);
    expect(explained.out).toMatch(/queue: help\n[^]*priority: 300 s\n[^]*left out: 3 signed-out\n[^]*PLACE +AGENT +SCORE[^]*– +anna +0 +signed-out/);

    await json('olga', 'queues', 'pause', 'help', '--reason', 'system down');
    await ready('anna');
    await ready('bo');
    expect(await json('olga', 'contacts', 'explain', contactId)).toMatchObject({ leftOut: { queue_paused: 3 } });
    expect(await patchbay('nora', ['contacts', 'pull', contactId, 'bo', '--reason', 'x'])).toMatchObject({ code: 1, err: expect.stringContaining('ROUTING_OTHER_TEAM') });
    await json('nora', 'contacts', 'pull', contactId, 'anna', '--reason', 'knows the case');
    const offer = await eventually('it rings at anna', async () => {
      const { agents } = (await json('olga', 'agents', 'list')) as { agents: { agentId: string; slots?: { offerId: string }[] }[] };
      return agents.find(({ agentId }) => agentId === 'anna')?.slots?.[0];
    });
    expect(await patchbay('olga', ['contacts', 'explain', contactId, '--offer', offer.offerId])).toMatchObject({ code: 0, out: expect.stringContaining('to anna\nqueue: help\nnamed by: user:nora\n') });
    await createRpcClient(bus, RoutingServiceDefinition).acceptOffer({ offerId: offer.offerId, agentId: 'anna', contactId }, { tenant, actor: agentActor('anna') });
    await json('nora', 'contacts', 'reassign', contactId, '--reason', 'shift ends');
    expect(await json('olga', 'contacts', 'explain', contactId)).toMatchObject({ waitsAs: { queue: 'help' }, leftOut: { queue_paused: 3 } });
    await json('olga', 'queues', 'resume', 'help');
    await json('olga', 'contacts', 'cancel', contactId, '--reason', 'asked twice');
    await json('olga', 'contacts', 'cancel', contactId, '--reason', 'asked twice');

    const steered = await eventually('the record has all of it', async () => {
      const { facts } = (await json('nora', 'contacts', 'get', contactId)) as { facts: { type: string; json: string }[] };
      const found = facts.filter(({ type }) => type.endsWith('ContactSteered')).map((fact) => JSON.parse(fact.json) as Record<string, unknown>);
      return found.length >= 5 ? found : undefined;
    });
    expect(steered.map(({ action, actor, reason }) => [action, actor, reason])).toEqual([
      ['STEERING_ACTION_MOVED', 'user:nora', 'wrong key'],
      ['STEERING_ACTION_PRIORITISED', 'user:nora', 'called twice'],
      ['STEERING_ACTION_PULLED', 'user:nora', 'knows the case'],
      ['STEERING_ACTION_REASSIGNED', 'user:nora', 'shift ends'],
      ['STEERING_ACTION_CANCELLED', 'user:olga', 'asked twice'],
    ]);
  });

  test('is not touched without a reason, and one that is not there is said to be unknown', async () => {
    const contactId = ids.next();
    expect(await patchbay('nora', ['contacts', 'move', contactId, 'help'])).toMatchObject({ code: 2 });
    expect(await patchbay('nora', ['contacts', 'move', contactId, 'help', '--reason', ' '])).toMatchObject({ code: 1, err: expect.stringContaining('ROUTING_REASON_NEEDED') });
    expect(await patchbay('nora', ['contacts', 'move', contactId, 'help', '--reason', 'x'])).toMatchObject({ code: 1, err: expect.stringContaining('ROUTING_UNKNOWN_CONTACT') });
    expect(await patchbay('nora', ['queues', 'pause', 'nowhere', '--reason', 'x'])).toMatchObject({ code: 1, err: expect.stringContaining('ROUTING_UNKNOWN_QUEUE') });
  });
});

describe('an agent', () => {
  test('gets skills for now and is signed out by the lead of the own team, not by another’s, nor by itself', async () => {
    await ready('anna');
    const change = ['agents', 'skills', 'anna', 'cards=70', '--for', '2h', '--reason', 'sick leave'];
    expect(await patchbay('anna', change)).toMatchObject({ code: 1, err: expect.stringContaining('API_FORBIDDEN') });
    expect(await patchbay('nora', change)).toMatchObject({ code: 0, out: expect.stringMatching(/cards +70\nchanged until /) });
    expect(await patchbay('nora', change.with(2, 'bo'))).toMatchObject({ code: 1, err: expect.stringContaining('ROUTING_OTHER_TEAM') });
    expect(await patchbay('olga', ['agents', 'skills', 'anna', '--restore'])).toMatchObject({ code: 0, out: 'nothing\n' });
    expect(await patchbay('nora', ['agents', 'state', 'bo', 'not-ready'])).toMatchObject({ code: 1, err: expect.stringContaining('ROUTING_OTHER_TEAM') });
    expect(await patchbay('nora', ['agents', 'state', 'anna', 'signed-out', '--force', '--reason', 'went home'])).toMatchObject({ code: 0, out: expect.stringContaining('signed-out') });
  });

  test('of a site that is evacuated is not ready at once, after it was only looked at', async () => {
    await ready('bo');
    expect(await patchbay('anna', ['routing', 'evacuate', 'south-site', '--yes'])).toMatchObject({ code: 1, err: expect.stringContaining('API_FORBIDDEN') });
    expect(await patchbay('nora', ['routing', 'evacuate', 'south-site'])).toMatchObject({ code: 0, out: expect.stringMatching(/^south-site: 1 agents .*\nnothing was done/) });
    expect((await patchbay('nora', ['agents', 'state', 'bo'])).out).toMatch(/ ready /);
    expect(await json('nora', 'routing', 'evacuate', 'south-site', '--yes')).toMatchObject({ agents: 1 });
    expect((await patchbay('nora', ['agents', 'state', 'bo'])).out).toMatch(/ not-ready +emergency /);
  });

  test('is led by those whose user names its team, and by nobody who leads none', async () => {
    await ready('bo');
    expect(await patchbay('both', ['agents', 'state', 'bo', 'not-ready'])).toMatchObject({ code: 0 });
    expect(await patchbay('idle', ['agents', 'state', 'bo', 'ready'])).toMatchObject({ code: 1, err: expect.stringContaining('ROUTING_OTHER_TEAM') });
  });
});
