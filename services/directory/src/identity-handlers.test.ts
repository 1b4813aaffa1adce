import { describe, expect, test } from '@jest/globals';
import type { Actor } from '@patchbay/bus/actor';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { AppError } from '@patchbay/runtime/app-error';
import { createIdSource } from '@patchbay/runtime/ids';
import { createMetrics } from '@patchbay/runtime/metrics';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { specFromJson } from './domain/kinds.ts';
import { defaultLockOutPolicy } from './domain/lock-out.ts';
import { createIdentityHandlers } from './identity-handlers.ts';
import { createApiKeys } from './identity/api-keys.ts';
import { createSigningKeys } from './identity/signing-keys.ts';
import { createTokens } from './identity/tokens.ts';
import { createFakeHasher, createFakeResources, createFakeVault } from './testing/fakes.ts';

const admin: Actor = { subject: 'user:root', kind: 'user', roles: [Role.ADMIN] };
const agent: Actor = { subject: 'user:u1001', kind: 'user', roles: [Role.AGENT], agent: '1001' };
const service: Actor = { subject: 'service:api', kind: 'service', roles: [] };
const password = 'correct horse battery';

async function setUp() {
  const clock = createFakeClock();
  const vault = createFakeVault(clock);
  const { store, mirror } = createFakeResources();
  const put = (kind: 'Tenant' | 'User' | 'Agent', name: string, spec: object, revision = 1n) =>
    store.write('demo', { kind, name, revision, author: 'x', appliedAt: new Date(0), spec: specFromJson(kind, spec) });
  await put('Tenant', 'demo', { timeZone: 'Asia/Shanghai', language: 'zh-CN' });
  await put('User', 'root', { displayName: 'Root', roles: ['ROLE_ADMIN'] });
  await put('User', 'u1001', { displayName: '坐席 1001', roles: ['ROLE_AGENT', 'ROLE_TEAM_LEAD'], agent: '1001' });
  await put('Agent', '1001', { displayName: '坐席 1001', sipUsername: '1001' });
  const ids = createIdSource(clock);
  const keys = createSigningKeys({ vault, clock, ids });
  const hasher = createFakeHasher();
  const parts = {
    vault,
    mirror,
    hasher,
    keys,
    tokens: createTokens({ keys, clock, ids }),
    apiKeys: createApiKeys({ vault, mirror, clock }),
    clock,
    metrics: createMetrics('directory'),
    policy: defaultLockOutPolicy,
    decoyHash: 'fake$nobody',
  };
  const handlers = createIdentityHandlers(parts);
  const as = (actor: Actor, tenant = 'demo') => ({ tenant, actor, signal: new AbortController().signal });
  await handlers.setPassword({ user: 'u1001', password }, as(admin));
  return { ...parts, handlers, as, put };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return AppError.from(await promise.then(() => new Error('it was let in'), (error: unknown) => error)).code;
}

describe('sign-in', () => {
  test('gives a token that anybody can check with the published keys', async () => {
    const { handlers, as, clock } = await setUp();
    const { token, principal, expiresAt } = await handlers.signIn({ tenant: 'demo', user: 'u1001', password }, as(service));
    const { jwksJson } = await handlers.getSigningKeys({}, as(service));
    const keySet = createLocalJWKSet(JSON.parse(jwksJson) as JSONWebKeySet);
    const { payload } = await jwtVerify(token, keySet, { algorithms: ['EdDSA'], issuer: 'patchbay', audience: 'patchbay', currentDate: new Date(clock.nowMs()) });
    expect(payload).toMatchObject({ sub: 'user:u1001', tenant: 'demo', roles: ['agent', 'team_lead'], agent: '1001', name: '坐席 1001', lang: 'zh-CN' });
    expect(principal).toEqual({ tenant: 'demo', subject: 'user:u1001', roles: [Role.AGENT, Role.TEAM_LEAD], agent: '1001', displayName: '坐席 1001', language: 'zh-CN' });
    expect(expiresAt?.getTime()).toBe((payload.exp ?? 0) * 1000);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(12 * 3600);
    expect(jwksJson).not.toContain('"d"');
  });

  test('wrong password, unknown user and unknown tenant get the same answer after the same work', async () => {
    const { handlers, as, hasher } = await setUp();
    const tries = [
      { tenant: 'demo', user: 'u1001', password: 'wrong' },
      { tenant: 'demo', user: 'nobody', password },
      { tenant: 'nowhere', user: 'u1001', password },
      { tenant: 'demo', user: '../>*', password },
      { tenant: '', user: '', password: '' },
    ];
    for (const request of tries) {
      const before = hasher.checks;
      expect(await codeOf(handlers.signIn(request, as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');
      expect(hasher.checks).toBe(before + 1);
    }
  });

  test('a disabled user is refused as if the password were wrong', async () => {
    const { handlers, as, put } = await setUp();
    await put('User', 'u1001', { displayName: 'x', roles: ['ROLE_QA'], disabled: true }, 2n);
    expect(await codeOf(handlers.signIn({ tenant: 'demo', user: 'u1001', password }, as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');
  });

  test('five wrong passwords lock a name out, known or not, and the right one does not help', async () => {
    const { handlers, as, clock, hasher } = await setUp();
    for (const user of ['u1001', 'nobody']) {
      for (let count = 0; count < 5; count++) expect(await codeOf(handlers.signIn({ tenant: 'demo', user, password: 'wrong' }, as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');
      const before = hasher.checks;
      expect(await codeOf(handlers.signIn({ tenant: 'demo', user, password }, as(service)))).toBe('DIRECTORY_LOCKED_OUT');
      expect(hasher.checks).toBe(before);
    }
    clock.advance(30_000);
    await handlers.signIn({ tenant: 'demo', user: 'u1001', password }, as(service));
    expect(await codeOf(handlers.signIn({ tenant: 'demo', user: 'u1001', password: 'wrong' }, as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');
  });

  test('a new password by an admin ends a lock-out', async () => {
    const { handlers, as } = await setUp();
    for (let count = 0; count < 5; count++) await codeOf(handlers.signIn({ tenant: 'demo', user: 'u1001', password: 'wrong' }, as(service)));
    await handlers.setPassword({ user: 'u1001', password: 'another password' }, as(admin));
    await handlers.signIn({ tenant: 'demo', user: 'u1001', password: 'another password' }, as(service));
  });
});

describe('a token', () => {
  test('is renewed with the roles that the user has by then', async () => {
    const { handlers, as, put, tokens, clock } = await setUp();
    const { token } = await handlers.signIn({ tenant: 'demo', user: 'u1001', password }, as(service));
    await put('User', 'u1001', { displayName: 'x', roles: ['ROLE_QA'] }, 2n);
    clock.advance(3_600_000);
    const renewed = await handlers.refreshToken({ token }, as(service));
    expect(JSON.parse(Buffer.from(renewed.token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ roles: ['qa'] });
    expect((await tokens.check(renewed.token)).authTime).toBe((await tokens.check(token)).authTime);
  });

  test('is not renewed after it ran out, after seven days, after a new password, or for a user who may not come in', async () => {
    const late = await setUp();
    const { token } = await late.handlers.signIn({ tenant: 'demo', user: 'u1001', password }, late.as(service));
    late.clock.advance(12 * 3_600_000 + 61_000);
    expect(await codeOf(late.handlers.refreshToken({ token }, late.as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');

    const old = await setUp();
    let current = (await old.handlers.signIn({ tenant: 'demo', user: 'u1001', password }, old.as(service))).token;
    for (let hours = 0; hours < 168; hours += 12) {
      old.clock.advance(12 * 3_600_000);
      if (hours < 156) current = (await old.handlers.refreshToken({ token: current }, old.as(service))).token;
    }
    old.clock.advance(1_000);
    expect(await codeOf(old.handlers.refreshToken({ token: current }, old.as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');

    const changed = await setUp();
    const first = await changed.handlers.signIn({ tenant: 'demo', user: 'u1001', password }, changed.as(service));
    changed.clock.advance(5_000);
    await changed.handlers.setPassword({ user: 'u1001', password: 'another password' }, changed.as(admin));
    expect(await codeOf(changed.handlers.refreshToken({ token: first.token }, changed.as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');

    const out = await setUp();
    const mine = await out.handlers.signIn({ tenant: 'demo', user: 'u1001', password }, out.as(service));
    await out.put('User', 'u1001', { displayName: 'x', roles: ['ROLE_QA'], disabled: true }, 2n);
    expect(await codeOf(out.handlers.refreshToken({ token: mine.token }, out.as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');
  });

  test('of another maker, without a signature or of another algorithm is refused', async () => {
    const { handlers, as, clock, keys } = await setUp();
    const { token } = await handlers.signIn({ tenant: 'demo', user: 'u1001', password }, as(service));
    const [header = '', payload = '', signature = ''] = token.split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    const hmac = await new SignJWT({ tenant: 'demo', auth_time: 0 })
      .setProtectedHeader({ alg: 'HS256', kid: decodeProtectedHeader(token).kid ?? '' })
      .setSubject('user:root')
      .setIssuer('patchbay')
      .setAudience('patchbay')
      .setIssuedAt(Math.floor(clock.nowMs() / 1000))
      .setExpirationTime(Math.floor(clock.nowMs() / 1000) + 60)
      .sign(Buffer.from(JSON.stringify(await keys.jwks())));
    const swapped = Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), sub: 'user:root' })).toString('base64url');
    for (const forged of ['', 'x', 'a.b.c', unsigned, hmac, `${header}.${swapped}.${signature}`, `${token}x`]) {
      expect(await codeOf(handlers.refreshToken({ token: forged }, as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');
    }
  });

  test('signed by a key that was replaced is still good while it lives', async () => {
    const { handlers, as, clock, keys, tokens } = await setUp();
    await keys.rotate();
    clock.advance(90 * 86_400_000 - 60_000);
    const { token } = await handlers.signIn({ tenant: 'demo', user: 'u1001', password }, as(service));
    clock.advance(120_000);
    await keys.rotate();
    const newer = await handlers.signIn({ tenant: 'demo', user: 'u1001', password }, as(service));
    expect(decodeProtectedHeader(newer.token).kid).not.toBe(decodeProtectedHeader(token).kid);
    await tokens.check(token);
    expect((await keys.jwks()).keys).toHaveLength(2);
    clock.advance(3 * 86_400_000);
    await keys.rotate();
    expect((await keys.jwks()).keys).toHaveLength(1);
  });
});

describe('API keys', () => {
  const request = { title: '报表', roles: [Role.MANAGER], expiresAt: undefined };

  test('let in whoever has the text, with the roles of the key', async () => {
    const { handlers, as, vault } = await setUp();
    const { apiKey, key } = await handlers.createApiKey(request, as(admin));
    expect(apiKey).toMatch(/^pb_[a-z0-9]{12}_[A-Za-z0-9]{43}$/);
    expect((await handlers.verifyApiKey({ apiKey }, as(service))).principal).toMatchObject({ tenant: 'demo', subject: `key:${key?.keyId ?? ''}`, roles: [Role.MANAGER] });
    expect([...vault.values.values()].map((entry) => entry.text).join()).not.toContain(apiKey.slice(16));
    const { keys } = await handlers.listApiKeys({}, as(admin));
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ title: '报表', author: 'user:root', lastUsedAt: expect.any(Date) });
  });

  test('stop when they run out or are ended', async () => {
    const { handlers, as, clock } = await setUp();
    const ending = await handlers.createApiKey({ ...request, expiresAt: new Date(clock.nowMs() + 1_000) }, as(admin));
    const ended = await handlers.createApiKey(request, as(admin));
    await handlers.verifyApiKey({ apiKey: ending.apiKey }, as(service));
    clock.advance(1_000);
    await handlers.revokeApiKey({ keyId: ended.key?.keyId ?? '' }, as(admin));
    for (const { apiKey } of [ending, ended]) expect(await codeOf(handlers.verifyApiKey({ apiKey }, as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');
  });

  test('of nobody are refused all alike', async () => {
    const { handlers, as } = await setUp();
    const { apiKey } = await handlers.createApiKey(request, as(admin));
    for (const text of ['', 'pb_', apiKey.slice(0, -1), `${apiKey.slice(0, -1)}-`, apiKey.replace(/^pb_[a-z0-9]{12}/, 'pb_aaaaaaaaaaaa'), apiKey.toUpperCase(), 'x'.repeat(10_000)]) {
      expect(await codeOf(handlers.verifyApiKey({ apiKey: text }, as(service)))).toBe('DIRECTORY_BAD_CREDENTIALS');
    }
  });

  test('of another tenant cannot be ended', async () => {
    const { handlers, as } = await setUp();
    const { key } = await handlers.createApiKey(request, as(admin));
    expect(await codeOf(handlers.revokeApiKey({ keyId: key?.keyId ?? '' }, as(admin, 'other')))).toBe('DIRECTORY_UNKNOWN_KEY');
    expect((await handlers.listApiKeys({}, as(admin, 'other'))).keys).toEqual([]);
  });

  test.each([
    ['without a role', { ...request, roles: [] }],
    ['with a role that does not exist', { ...request, roles: [99 as Role] }],
    ['without a title', { ...request, title: '' }],
    ['that ran out before', { ...request, expiresAt: new Date(0) }],
    ['with a time that is none', { ...request, expiresAt: new Date(Number.NaN) }],
  ])('%s are not made', async (_what, wrong) => {
    const { handlers, as } = await setUp();
    expect(await codeOf(handlers.createApiKey(wrong, as(admin)))).toBe('DIRECTORY_BAD_REQUEST');
  });
});

describe('phones', () => {
  test('are checked by digests of user name, realm and password', async () => {
    const { handlers, as } = await setUp();
    expect(await handlers.setPhonePassword({ agent: '1001', password: 'first-password' }, as(agent))).toEqual({ sipUsername: '1001', realm: 'patchbay' });
    expect(await handlers.getPhoneCredential({ sipUsername: '1001' }, as(service))).toEqual({
      agent: '1001',
      realm: 'patchbay',
      ha1Md5: 'f932941da5ae0f7eb3c60166c00d8b6a',
      ha1Sha256: '18ae1cfcdca9a42009c42bb150283ea187eec5507806ccfb76c848bcf5cf24d5',
    });
  });

  test('with another user name need their password again', async () => {
    const { handlers, as, put } = await setUp();
    await handlers.setPhonePassword({ agent: '1001', password: 'first-password' }, as(admin));
    await put('Agent', '1001', { displayName: 'x', sipUsername: '2001' }, 2n);
    for (const sipUsername of ['1001', '2001', '', '*']) expect(await codeOf(handlers.getPhoneCredential({ sipUsername }, as(service)))).toBe('DIRECTORY_UNKNOWN_PHONE');
  });
});

describe('rights', () => {
  const manager: Actor = { subject: 'user:m', kind: 'user', roles: [Role.MANAGER, Role.TEAM_LEAD, Role.QA, Role.TRAINER] };
  const adminKey: Actor = { subject: 'key:k', kind: 'key', roles: [Role.ADMIN] };

  test('a user sets the own password, an admin anybody’s, nobody else any', async () => {
    const { handlers, as } = await setUp();
    const request = { user: 'u1001', password: 'another password' };
    await handlers.setPassword(request, as(agent));
    await handlers.setPassword(request, as(adminKey));
    expect(await codeOf(handlers.setPassword(request, as(manager)))).toBe('DIRECTORY_FORBIDDEN');
    expect(await codeOf(handlers.setPassword({ ...request, user: 'root' }, as(agent)))).toBe('DIRECTORY_FORBIDDEN');
    // A key whose id looks like a user name is no user.
    expect(await codeOf(handlers.setPassword(request, as({ subject: 'user:u1001', kind: 'key', roles: [Role.QA] })))).toBe('DIRECTORY_FORBIDDEN');
  });

  test('only services ask about keys and phones, only admins handle keys', async () => {
    const { handlers, as } = await setUp();
    for (const actor of [agent, manager, admin]) {
      expect(await codeOf(handlers.verifyApiKey({ apiKey: 'x' }, as(actor)))).toBe('DIRECTORY_FORBIDDEN');
      expect(await codeOf(handlers.getPhoneCredential({ sipUsername: '1001' }, as(actor)))).toBe('DIRECTORY_FORBIDDEN');
    }
    for (const actor of [agent, manager]) {
      expect(await codeOf(Promise.resolve().then(() => handlers.createApiKey({ title: 'x', roles: [Role.ADMIN], expiresAt: undefined }, as(actor))))).toBe('DIRECTORY_FORBIDDEN');
      expect(await codeOf(handlers.listApiKeys({}, as(actor)))).toBe('DIRECTORY_FORBIDDEN');
      expect(await codeOf(handlers.revokeApiKey({ keyId: 'x' }, as(actor)))).toBe('DIRECTORY_FORBIDDEN');
    }
    expect(await codeOf(handlers.setPhonePassword({ agent: '1002', password }, as(agent)))).toBe('DIRECTORY_FORBIDDEN');
  });

  test.each(['short', 'aaaaaaaaaaaaaaaa', 'x'.repeat(257), 'u1001'.repeat(1)])('the password %s is too weak', async (weak) => {
    const { handlers, as } = await setUp();
    expect(await codeOf(handlers.setPassword({ user: 'u1001', password: weak }, as(admin)))).toBe('DIRECTORY_WEAK_PASSWORD');
  });
});
