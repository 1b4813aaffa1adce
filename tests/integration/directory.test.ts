import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceActor, type Actor } from '@patchbay/bus/actor';
import type { BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { ApplyAction, DirectoryServiceDefinition, ResourceFaults } from '@patchbay/contracts/directory/v1/directory_service';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { Resource, Role } from '@patchbay/contracts/directory/v1/resource';
import { AppError } from '@patchbay/runtime/app-error';
import { createReadiness } from '@patchbay/runtime/health-server';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import type { RunningService } from '@patchbay/runtime/run-service';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { startDirectory } from '../../services/directory/src/service.ts';
import { badYaml } from '../support/bad-yaml.ts';

const adminPassword = 'the first admin';
const admin: Actor = { subject: 'user:admin', kind: 'user', roles: [Role.ADMIN] };
let nats: TestNats;
let bus: BusConnection;
const running: RunningService[] = [];

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'test');
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});
afterAll(async () => {
  await bus.drain();
  await nats.stop();
});

async function start(tenant: string): Promise<RunningService> {
  const service = await startDirectory(
    { natsUrl: nats.url, replicas: 1, tenant, adminPassword },
    { name: 'directory', log: silentLogger, metrics: createMetrics('directory'), readiness: createReadiness() },
  );
  running.push(service);
  return service;
}

function clientsOf(tenant: string, actor: Actor = admin) {
  const options = { tenant, actor, timeoutMs: 30_000 };
  const directory = createRpcClient(bus, DirectoryServiceDefinition);
  const identity = createRpcClient(bus, IdentityServiceDefinition);
  return {
    options,
    directory,
    identity,
    apply: (yaml: string, call: { timeoutMs?: number } = {}) => directory.applyResources({ files: [{ name: 'centre.yaml', yaml }] }, { ...options, ...call }),
    signIn: (user: string, password: string) => identity.signIn({ tenant, user, password }, { ...options, actor: serviceActor('test') }),
  };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return AppError.from(await promise.then(() => new Error('it was done'), (error: unknown) => error)).code;
}

const skills = (count: number) => Array.from({ length: count }, (_, index) => `kind: Skill\nname: s${index}\nspec: {titles: {en: Skill ${index}}}\n`).join('---\n');

async function factsOf(tenant: string, kind: string, name: string) {
  const facts = await readFacts(bus, { tenant, domains: ['directory'], key: `${kind}.${name}` });
  return facts.map((fact) => [fact.type, 'revision' in fact.event ? fact.event.revision : undefined]);
}

describe('a new centre', () => {
  test('has its tenant and one admin with the given password, once', async () => {
    await start('new');
    const { signIn, directory, options } = clientsOf('new');
    const { principal } = await signIn('admin', adminPassword);
    expect(principal).toMatchObject({ subject: 'user:admin', roles: [Role.ADMIN], tenant: 'new' });
    await running.splice(0)[0]?.stop();
    await start('new');
    const { resources } = await directory.listResources({ kind: '' }, options);
    expect(resources.map(({ kind, name, revision }) => [kind, name, revision])).toEqual([
      ['Tenant', 'new', 1n],
      ['User', 'admin', 1n],
    ]);
    expect(await factsOf('new', 'User', 'admin')).toEqual([['patchbay.directory.v1.ResourceApplied', 1n]]);
  });

  test('keeps the password that its admin chose when it starts again', async () => {
    await start('chosen');
    const { identity, options, signIn } = clientsOf('chosen');
    await identity.setPassword({ user: 'admin', password: 'another good one' }, options);
    await running.splice(0)[0]?.stop();
    await start('chosen');
    await signIn('admin', 'another good one');
    expect(await codeOf(signIn('admin', adminPassword))).toBe('DIRECTORY_BAD_CREDENTIALS');
  });
});

describe('applying', () => {
  test('is seen in the table that services read, by the reader and as facts', async () => {
    await start('apply');
    const { apply, directory, options } = clientsOf('apply');
    await apply('kind: Skill\nname: billing\nspec: {titles: {en: Billing}}\n');
    const { results } = await apply('kind: Skill\nname: billing\nspec: {titles: {en: Bills}}\n');
    expect(results).toMatchObject([{ action: ApplyAction.CHANGED, revision: 2n }]);
    const { resource } = await directory.getResource({ kind: 'Skill', name: 'billing' }, options);
    expect(resource).toMatchObject({ revision: 2n, author: 'user:admin', spec: { $case: 'skill', value: { titles: { en: 'Bills' } } } });
    const entry = await (await openKv(bus, 'directory')).get('apply.Skill.billing');
    expect(Resource.decode(entry?.value ?? new Uint8Array())).toEqual(resource);
    await directory.removeResource({ kind: 'Skill', name: 'billing' }, options);
    expect(await factsOf('apply', 'Skill', 'billing')).toEqual([
      ['patchbay.directory.v1.ResourceApplied', 1n],
      ['patchbay.directory.v1.ResourceApplied', 2n],
      ['patchbay.directory.v1.ResourceRemoved', 3n],
    ]);
  });

  test('every malformed file is refused with its fault, changes nothing and harms nobody', async () => {
    await start('bad');
    const { apply, directory, options, signIn } = clientsOf('bad');
    for (const row of badYaml) {
      const error = AppError.from(await apply(row.yaml.replace('name: bad', 'name: other')).then(() => new Error(`${row.name} was taken`), (fault: unknown) => fault));
      expect([row.name, error.code]).toEqual([row.name, 'DIRECTORY_INVALID_RESOURCES']);
      expect(ResourceFaults.decode(error.attachment?.value ?? new Uint8Array()).faults.length).toBeGreaterThan(0);
    }
    await signIn('admin', adminPassword);
    expect((await directory.listResources({ kind: '' }, options)).resources).toHaveLength(2);
    expect(await factsOf('bad', 'Skill', 'x')).toEqual([]);
  });

  test('by two replicas at once gives each change its own revision and fact', async () => {
    await start('busy');
    await start('busy');
    const { apply } = clientsOf('busy');
    const revisions = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => (await apply(`kind: Skill\nname: shared\nspec: {titles: {en: "${index}"}}\n`)).results[0]?.revision),
    );
    expect(revisions.map(Number).sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await factsOf('busy', 'Skill', 'shared')).toHaveLength(12);
  });

  test('a watcher sees what stands, then changes as they come', async () => {
    await start('watch');
    const { apply, directory, options } = clientsOf('watch');
    await apply(skills(2));
    const abort = new AbortController();
    const seen = directory.watchResources({ kind: 'Skill' }, { ...options, signal: abort.signal })[Symbol.asyncIterator]();
    const next = async () => {
      const { value } = (await seen.next()) as { value: { update?: { $case: string; value: Resource | boolean } } };
      return [value.update?.$case, typeof value.update?.value === 'object' ? value.update.value.name : undefined];
    };
    expect([await next(), await next(), await next()]).toEqual([
      ['applied', 's0'],
      ['applied', 's1'],
      ['snapshotDone', undefined],
    ]);
    await directory.removeResource({ kind: 'Skill', name: 's0' }, options);
    expect(await next()).toEqual(['removed', 's0']);
    abort.abort();
    await expect(seen.next()).rejects.toThrow();
  });

  test('a process that dies in the middle of a change leaves it to the next one, whole', async () => {
    await start('crash');
    await running.splice(0)[0]?.stop();
    const child = startProcess('crash');
    const { apply, directory, options } = clientsOf('crash');
    await eventually('the process serves', () => directory.listResources({ kind: 'Tenant' }, options));
    const count = 400;
    const applying = apply(skills(count), { timeoutMs: 3_000 }).catch((error: unknown) => error);
    const kv = await openKv(bus, 'directory');
    await eventually('some of the change is written', async () => (await kv.get('crash.Skill.s5')) !== undefined);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await kv.keys('crash.Skill')).length).toBeLessThan(count);
    await start('crash');
    await applying;
    expect(await kv.keys('crash.Skill')).toHaveLength(count);
    for (const index of [0, 5, count - 1]) expect(await factsOf('crash', 'Skill', `s${index}`)).toEqual([['patchbay.directory.v1.ResourceApplied', 1n]]);
    expect(await (await openKv(bus, 'directory-secrets')).keys('change')).toEqual([]);
  });
});

describe('identity', () => {
  test('five wrong passwords lock a user out on every replica', async () => {
    await start('locked');
    await start('locked');
    const { signIn } = clientsOf('locked');
    for (let count = 0; count < 5; count++) expect(await codeOf(signIn('admin', 'wrong'))).toBe('DIRECTORY_BAD_CREDENTIALS');
    for (let count = 0; count < 4; count++) expect(await codeOf(signIn('admin', adminPassword))).toBe('DIRECTORY_LOCKED_OUT');
  });

  test('a token and a key of one replica are good at the other, and after a restart', async () => {
    await start('keys');
    const { signIn, identity, options } = clientsOf('keys');
    const { token } = await signIn('admin', adminPassword);
    const { apiKey, key } = await identity.createApiKey({ title: 'reports', roles: [Role.MANAGER] }, options);
    await running.splice(0)[0]?.stop();
    await start('keys');
    const asService = { ...options, tenant: '_', actor: serviceActor('api') };
    await identity.refreshToken({ token }, asService);
    expect((await identity.verifyApiKey({ apiKey }, asService)).principal).toMatchObject({ tenant: 'keys', roles: [Role.MANAGER] });
    await identity.revokeApiKey({ keyId: key?.keyId ?? '' }, options);
    expect(await codeOf(identity.verifyApiKey({ apiKey }, asService))).toBe('DIRECTORY_BAD_CREDENTIALS');
  });

  test('only services get secrets', async () => {
    await start('secret');
    const { apply, directory, options } = clientsOf('secret');
    await apply('kind: Queue\nname: q\nspec: {}\n---\nkind: EntryPoint\nname: oa\nspec: {channel: wechat, address: wx-secret, queue: q, secrets: {token: t0ken}}\n');
    expect(await codeOf(directory.getSecrets({ entryPoint: 'oa' }, options))).toBe('DIRECTORY_FORBIDDEN');
    expect(await directory.getSecrets({ entryPoint: 'oa' }, { ...options, actor: serviceActor('wechat') })).toEqual({ secrets: { token: 't0ken' } });
    expect(JSON.stringify((await directory.getResource({ kind: 'EntryPoint', name: 'oa' }, options)).resource?.spec)).not.toContain('t0ken');
  });
});

function startProcess(tenant: string): ChildProcess {
  const main = fileURLToPath(new URL('../../services/directory/src/main.ts', import.meta.url));
  return spawn(process.execPath, [main], {
    stdio: 'ignore',
    env: { ...process.env, NATS_URL: nats.url, PATCHBAY_TENANT: tenant, PATCHBAY_ADMIN_PASSWORD: adminPassword, PATCHBAY_HEALTH_PORT: '0' },
  });
}
