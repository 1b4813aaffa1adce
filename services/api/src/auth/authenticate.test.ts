import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Principal } from '@patchbay/contracts/directory/v1/identity_service';
import { Role, User } from '@patchbay/contracts/directory/v1/resource';
import { AppError } from '@patchbay/runtime/app-error';
import { createFakeClock, type FakeClock } from '@patchbay/testkit/fake-clock';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { createApiKeyVerifier } from './api-key-verifier.ts';
import { createAuthenticate } from './authenticate.ts';
import { createTokenVerifier } from './token-verifier.ts';

interface Key {
  kid: string;
  private: CryptoKey;
  jwk: JWK;
}

async function makeKey(kid: string, algorithm = 'EdDSA'): Promise<Key> {
  const pair = await generateKeyPair(algorithm, algorithm === 'EdDSA' ? { crv: 'Ed25519' } : {});
  return { kid, private: pair.privateKey, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: 'sig' } };
}

let first: Key;
let second: Key;
let stranger: Key;
let es256: Key;
beforeAll(async () => {
  [first, second, stranger, es256] = await Promise.all([makeKey('k1'), makeKey('k2'), makeKey('k1'), makeKey('k1', 'ES256')]);
});

const apiKey = `pb_${'a'.repeat(12)}_${'B'.repeat(43)}`;

function setUp(options: { keys?: readonly Key[]; users?: Record<string, Partial<User>> } = {}) {
  const clock = createFakeClock();
  const published = [...(options.keys ?? [first])];
  const users = options.users ?? { 'demo/u1001': { roles: [Role.AGENT], agent: '1001' } };
  const asked = { keys: 0, apiKeys: 0 };
  let answer: (key: string) => Principal = () => ({ tenant: 'demo', subject: 'key:a', roles: [Role.MANAGER], agent: '', displayName: 'k', language: 'en' });
  const authenticate = createAuthenticate({
    tokens: createTokenVerifier({
      clock,
      signingKeys: async () => {
        asked.keys += 1;
        return JSON.stringify({ keys: published.map((key) => key.jwk) });
      },
    }),
    apiKeys: createApiKeyVerifier({
      clock,
      verifyApiKey: async (key) => {
        asked.apiKeys += 1;
        return answer(key);
      },
    }),
    findUser: (tenant, user) => {
      const found = users[`${tenant}/${user}`];
      return found === undefined ? undefined : User.fromPartial(found);
    },
  });
  const call = (metadata: Record<string, string>) => authenticate((name) => metadata[name]);
  return { clock, published, users, asked, call, bearer: (token: string) => call({ authorization: `Bearer ${token}` }), answerWith: (next: typeof answer) => void (answer = next) };
}

function tokenOf(clock: FakeClock, key: Key, options: { claims?: Record<string, unknown>; sub?: string; issuer?: string; audience?: string; fromSeconds?: number; alg?: string } = {}) {
  const nowSeconds = Math.floor(clock.nowMs() / 1000) + (options.fromSeconds ?? 0);
  return new SignJWT({ tenant: 'demo', roles: ['admin'], ...options.claims })
    .setProtectedHeader({ alg: options.alg ?? 'EdDSA', kid: key.kid })
    .setSubject(options.sub ?? 'user:u1001')
    .setIssuer(options.issuer ?? 'patchbay')
    .setAudience(options.audience ?? 'patchbay')
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + 3600)
    .sign(key.private);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return AppError.from(await promise.then(() => new Error('it was let in'), (error: unknown) => error)).code;
}

describe('a token', () => {
  test('brings its user in with the roles of the directory, not its own', async () => {
    const { clock, bearer } = setUp();
    expect(await bearer(await tokenOf(clock, first))).toEqual({ tenant: 'demo', actor: { subject: 'user:u1001', kind: 'user', roles: [Role.AGENT], agent: '1001' }, language: '' });
  });

  test('of a user who was disabled or removed is refused at once', async () => {
    const { clock, bearer, users } = setUp();
    const token = await tokenOf(clock, first);
    users['demo/u1001'] = { roles: [Role.AGENT], disabled: true };
    expect(await codeOf(bearer(token))).toBe('API_BAD_CREDENTIAL');
    users['demo/u1001'] = undefined as never;
    expect(await codeOf(bearer(token))).toBe('API_BAD_CREDENTIAL');
  });

  test('is good for a minute of clock difference and no longer', async () => {
    const { clock, bearer } = setUp();
    await bearer(await tokenOf(clock, first, { fromSeconds: -3600 - 59 }));
    expect(await codeOf(bearer(await tokenOf(clock, first, { fromSeconds: -3600 - 61 })))).toBe('API_BAD_CREDENTIAL');
  });

  test('that is forged in any way is refused', async () => {
    const { clock, bearer } = setUp();
    const good = await tokenOf(clock, first);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const unsigned = new UnsecuredJWT({ tenant: 'demo' }).setSubject('user:u1001').setIssuer('patchbay').setAudience('patchbay').setIssuedAt().setExpirationTime('1h').encode();
    const forged = [
      await tokenOf(clock, stranger),
      await tokenOf(clock, first, { issuer: 'somebody' }),
      await tokenOf(clock, first, { audience: 'somebody' }),
      await tokenOf(clock, first, { sub: 'key:a' }),
      await tokenOf(clock, first, { claims: { tenant: 7 } }),
      await tokenOf(clock, first, { sub: 'user:nobody' }),
      await tokenOf(clock, es256, { alg: 'ES256' }),
      unsigned,
      `${header}.${Buffer.from('{"sub":"user:root"}').toString('base64url')}.${signature}`,
      `${header}.${payload}.`,
      'a.b.c',
      'x'.repeat(20_000),
    ];
    for (const token of forged) expect(await codeOf(bearer(token))).toBe('API_BAD_CREDENTIAL');
  });

  test('of a key that is newer than those known makes the keys be asked for again, but not by everybody at once', async () => {
    const { clock, bearer, published, asked } = setUp();
    await bearer(await tokenOf(clock, first));
    published.push(second);
    const token = await tokenOf(clock, second);
    expect(await codeOf(bearer(token))).toBe('API_BAD_CREDENTIAL');
    clock.advance(5_000);
    await Promise.all([bearer(token), bearer(token), bearer(token)]);
    expect(asked.keys).toBe(2);
    const unknown = await tokenOf(clock, { ...stranger, kid: 'k9' });
    for (let count = 0; count < 5; count++) expect(await codeOf(bearer(unknown))).toBe('API_BAD_CREDENTIAL');
    expect(asked.keys).toBe(2);
  });
});

describe('a key', () => {
  test('brings its bearer in, and is asked about once in ten seconds', async () => {
    const { call, asked, clock } = setUp();
    for (let count = 0; count < 3; count++) expect(await call({ 'x-api-key': apiKey })).toEqual({ tenant: 'demo', actor: { subject: 'key:a', kind: 'key', roles: [Role.MANAGER] }, language: 'en' });
    expect(asked.apiKeys).toBe(1);
    clock.advance(10_001);
    await call({ 'x-api-key': apiKey });
    expect(asked.apiKeys).toBe(2);
  });

  test('of nobody is refused, also from memory; one that cannot be a key is not asked about', async () => {
    const { call, asked, answerWith } = setUp();
    answerWith(() => {
      throw new AppError('DIRECTORY_BAD_CREDENTIALS', { status: 'unauthenticated', meaning: '', remedy: '' });
    });
    for (let count = 0; count < 3; count++) expect(await codeOf(call({ 'x-api-key': apiKey }))).toBe('API_BAD_CREDENTIAL');
    expect(await codeOf(call({ 'x-api-key': 'pb_x' }))).toBe('API_BAD_CREDENTIAL');
    expect(asked.apiKeys).toBe(1);
  });

  test('is not refused for the directory being away', async () => {
    const { call, answerWith } = setUp();
    answerWith(() => {
      throw new AppError('BUS_NO_RESPONDER', { status: 'unavailable', meaning: '', remedy: '' });
    });
    expect(await codeOf(call({ 'x-api-key': apiKey }))).toBe('BUS_NO_RESPONDER');
  });
});

test.each([
  ['nothing', {}, 'API_NO_CREDENTIAL'],
  ['another scheme', { authorization: 'Basic YTpi' }, 'API_BAD_CREDENTIAL'],
  ['an empty bearer', { authorization: 'Bearer ' }, 'API_BAD_CREDENTIAL'],
  ['both', { authorization: 'Bearer a.b.c', 'x-api-key': apiKey }, 'API_BAD_CREDENTIAL'],
])('with %s nobody comes in', async (_what, metadata, code) => {
  expect(await codeOf(setUp().call(metadata))).toBe(code);
});
