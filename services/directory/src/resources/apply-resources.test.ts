import { describe, expect, test } from '@jest/globals';
import { ApplyAction, ResourceFaults } from '@patchbay/contracts/directory/v1/directory_service';
import { AppError } from '@patchbay/runtime/app-error';
import { createIdSource } from '@patchbay/runtime/ids';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createFakeAnnouncer, createFakeHasher, createFakeResources, createFakeVault, directParser, freeLock } from '../testing/fakes.ts';
import { applyResources } from './apply-resources.ts';
import { removeResource } from './remove-resource.ts';
import { createWriter } from './writer.ts';

const by = { tenant: 'demo', author: 'user:admin' };

function setUp() {
  const clock = createFakeClock();
  const vault = createFakeVault(clock);
  const resources = createFakeResources();
  const announcer = createFakeAnnouncer();
  const writer = createWriter({ lock: freeLock, vault, store: resources.store, announcer });
  const parts = { parser: directParser, store: resources.store, vault, writer, hasher: createFakeHasher(), clock, ids: createIdSource(clock) };
  const apply = (yaml: string, ask: { dryRun?: boolean; reportFaults?: boolean } = {}) =>
    applyResources(parts, by, { files: [{ name: 'a.yaml', yaml }], dryRun: false, reportFaults: false, ...ask });
  const remove = (kind: string, name: string) => removeResource(parts, by, { kind, name });
  return { vault, writer, resources, announcer, apply, remove };
}

const centre = `
kind: Agent
name: "1001"
spec: {displayName: 坐席 1001, skills: [{skill: billing, level: 5}]}
---
kind: Skill
name: billing
spec: {titles: {zh-CN: 账单}}
`;

async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  return AppError.from(await promise.then(() => new Error('it was done'), (error: unknown) => error));
}

describe('applying', () => {
  test('resources are stored and told in the order in which they lean on each other', async () => {
    const { apply, resources, announcer } = setUp();
    const { results } = await apply(centre);
    expect(results.map((one) => one.action)).toEqual([ApplyAction.CREATED, ApplyAction.CREATED]);
    expect(resources.writes).toEqual(['Skill/billing', 'Agent/1001']);
    expect(announcer.announced.map((one) => [one.key.kind, one.revision, one.author])).toEqual([
      ['Skill', 1n, 'user:admin'],
      ['Agent', 1n, 'user:admin'],
    ]);
  });

  test('the same again changes and tells nothing', async () => {
    const { apply, announcer } = setUp();
    await apply(centre);
    const { results } = await apply(centre);
    expect(results.map((one) => [one.action, one.revision])).toEqual([
      [ApplyAction.UNCHANGED, 1n],
      [ApplyAction.UNCHANGED, 1n],
    ]);
    expect(announcer.announced).toHaveLength(2);
  });

  test('a dry run says what would happen and does nothing', async () => {
    const { apply, resources } = setUp();
    const { results, resources: changed } = await apply(centre, { dryRun: true });
    expect(changed.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual(results.map(({ kind, name }) => `${kind}/${name}`).sort());
    expect(results.map((one) => one.action)).toEqual([ApplyAction.CREATED, ApplyAction.CREATED]);
    expect(resources.table.size).toBe(0);
  });

  test('one fault keeps everything out and comes with file, line and remedy', async () => {
    const { apply, resources } = setUp();
    const error = await errorOf(apply(centre.replace('level: 5', 'level: 500')));
    expect(error.code).toBe('DIRECTORY_INVALID_RESOURCES');
    const { faults } = ResourceFaults.decode(error.attachment?.value ?? new Uint8Array());
    expect(faults).toEqual([{ file: 'a.yaml', line: 4, resource: 'Agent/1001', path: 'spec.skills[0].level', message: 'is more than 100', remedy: 'Write a whole number from 1 to 100.' }]);
    expect(resources.table.size).toBe(0);
  });

  test('faults come with the answer when they are asked for so', async () => {
    const { apply, resources } = setUp();
    const { results, faults } = await apply(centre.replace('level: 5', 'level: 500'), { reportFaults: true });
    expect(results).toEqual([]);
    expect(faults.map((fault) => fault.path)).toEqual(['spec.skills[0].level']);
    expect(resources.table.size).toBe(0);
  });

  test('a change that is cut off in the middle is finished later, and told once', async () => {
    const { apply, resources, announcer, writer, vault } = setUp();
    resources.failAfter = 1;
    expect((await errorOf(apply(centre))).code).toBe('RUNTIME_UNEXPECTED');
    expect(resources.writes).toEqual(['Skill/billing']);
    expect(writer.isBehind()).toBe(true);
    resources.failAfter = Infinity;
    expect(await writer.heal()).toBe(1);
    expect(resources.writes).toEqual(['Skill/billing', 'Agent/1001']);
    expect(announcer.announced).toHaveLength(2);
    expect(await writer.heal()).toBe(0);
    expect(announcer.announced).toHaveLength(2);
    expect([...vault.values.keys()].filter((key) => key.startsWith('change.'))).toEqual([]);
  });

  test('a crash between storing and telling is healed by the next change', async () => {
    const { apply, announcer } = setUp();
    announcer.fail = true;
    await errorOf(apply(centre));
    announcer.fail = false;
    await apply('kind: Skill\nname: technical\nspec: {}\n');
    expect(announcer.announced.map((one) => one.key.name)).toEqual(['billing', '1001', 'technical']);
  });

  test('a change of which only a part was stored never happened', async () => {
    const { apply, vault, resources, writer } = setUp();
    vault.failOn = (key) => /^change\..*\.0$/.test(key);
    await errorOf(apply(centre));
    vault.failOn = () => false;
    expect(await writer.heal()).toBe(0);
    expect(resources.table.size).toBe(0);
    expect([...vault.values.keys()]).toEqual([]);
  });

  test('secrets stay out of the resource, and are kept when a later file does not name them', async () => {
    const { apply, resources, vault } = setUp();
    const entry = (rest: string) => `kind: Queue\nname: q\nspec: {}\n---\nkind: EntryPoint\nname: oa\nspec: {channel: wechat, address: wx01, queue: q${rest}}\n`;
    await apply(entry(', secrets: {token: t0ken, appSecret: s3cret}'));
    const stored = JSON.stringify(resources.mirror.get({ tenant: 'demo', kind: 'EntryPoint', name: 'oa' }), (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    expect(stored).toContain('"secretNames":["appSecret","token"]');
    expect(stored).not.toContain('t0ken');
    const again = await apply(entry(''));
    expect(again.results[1]?.action).toBe(ApplyAction.UNCHANGED);
    expect((await vault.read('tenant.demo.secrets.oa'))?.value).toEqual({ token: 't0ken', appSecret: 's3cret' });
    const changed = await apply(entry(', secrets: {token: other, appSecret: s3cret}'));
    expect(changed.results[1]).toMatchObject({ action: ApplyAction.CHANGED, revision: 2n });
  });

  test('a first password is set once and never over one that is there', async () => {
    const { apply, vault } = setUp();
    const user = (password: string) => `kind: User\nname: qa\nspec: {displayName: QA, roles: [qa], initialPassword: ${password}}\n`;
    await apply(user('first-password'));
    await apply(user('second-password'));
    expect((await vault.read('tenant.demo.password.qa'))?.value).toEqual({ hash: 'fake$first-password' });
  });

  test('a first phone password is kept as digests only', async () => {
    const { apply, vault } = setUp();
    await apply('kind: Agent\nname: a\nspec: {displayName: A, sipUsername: "1001", initialPhonePassword: first-password}\n');
    const kept = JSON.stringify((await vault.read('tenant.demo.phone.a'))?.value);
    expect(kept).not.toContain('first-password');
    // printf '1001:patchbay:first-password' | md5sum
    expect(kept).toContain('"ha1Md5":"f932941da5ae0f7eb3c60166c00d8b6a"');
  });
});

describe('removing', () => {
  test('what is named elsewhere stays', async () => {
    const { apply, resources, remove } = setUp();
    await apply(centre);
    const error = await errorOf(remove('Skill', 'billing'));
    expect(error).toMatchObject({ code: 'DIRECTORY_IN_USE', details: { usedBy: 'Agent/1001' } });
    await remove('Agent', '1001');
    await remove('Skill', 'billing');
    expect(resources.table.size).toBe(0);
  });

  test('a removal is told with a higher revision, and a new resource of the name goes on from it', async () => {
    const { apply, announcer, remove } = setUp();
    const skill = 'kind: Skill\nname: s\nspec: {}\n';
    await apply(skill);
    await remove('Skill', 's');
    const { results } = await apply(skill);
    expect(announcer.announced.map((one) => [one.removed, one.revision])).toEqual([
      [false, 1n],
      [true, 2n],
      [false, 3n],
    ]);
    expect(results[0]?.revision).toBe(3n);
  });

  test('what is kept apart goes with the resource', async () => {
    const { apply, vault, remove } = setUp();
    await apply('kind: User\nname: root\nspec: {displayName: R, roles: [admin]}\n---\nkind: User\nname: qa\nspec: {displayName: QA, roles: [qa], initialPassword: first-password}\n');
    await remove('User', 'qa');
    expect(await vault.read('tenant.demo.password.qa')).toBeUndefined();
  });

  test.each([
    ['nothing of the name', { kind: 'Skill', name: 'nobody' }, 'DIRECTORY_UNKNOWN_RESOURCE'],
    ['the tenant itself', { kind: 'Tenant', name: 'demo' }, 'DIRECTORY_TENANT_STAYS'],
    ['the last admin', { kind: 'User', name: 'root' }, 'DIRECTORY_LAST_ADMIN'],
  ])('%s is not removed', async (_what, target, code) => {
    const { apply, remove } = setUp();
    await apply('kind: Tenant\nname: demo\nspec: {timeZone: Asia/Shanghai, language: zh-CN}\n---\nkind: User\nname: root\nspec: {displayName: R, roles: [admin]}\n');
    expect((await errorOf(remove(target.kind, target.name))).code).toBe(code);
  });
});
