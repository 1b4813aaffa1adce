import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { request, response } from '../testing/messages.ts';
import { seededRandom } from '../testing/test-endpoint.ts';
import { createChallengeAnswerer } from './challenge-answerer.ts';
import { createDigestServer, type DigestServerOptions } from './create-digest-server.ts';
import { digestResponse, digestSecret, parseAlgorithm, type DigestAlgorithm } from './digest.ts';

const none = new Uint8Array(0);

describe('a digest', () => {
  /** The examples of RFC 7616 section 3.9.1. */
  test.each<[DigestAlgorithm, string]>([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('%s is that of RFC 7616', (algorithm, expected) => {
    const protection = { qop: 'auth', nc: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' } as const;
    const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
    const secret = digestSecret(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life');
    expect(digestResponse({ algorithm, session: false, secret, method: 'GET', uri: '/dir/index.html', nonce, protection, body: none })).toBe(expected);
  });

  test('MD5 without qop is that of RFC 2069 with its erratum', () => {
    const secret = digestSecret('MD5', 'Mufasa', 'testrealm@host.com', 'CircleOfLife');
    const nonce = 'dcd98b7102dd2f0e8b11d0f600bfb0c093';
    expect(digestResponse({ algorithm: 'MD5', session: false, secret, method: 'GET', uri: '/dir/index.html', nonce, protection: undefined, body: none })).toBe('1949323746fe6a43ef61f9606e7febea');
  });

  test('MD5 with qop is that of RFC 2617 section 3.5', () => {
    const secret = digestSecret('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life');
    const protection = { qop: 'auth', nc: '00000001', cnonce: '0a4f113b' } as const;
    const nonce = 'dcd98b7102dd2f0e8b11d0f600bfb0c093';
    expect(digestResponse({ algorithm: 'MD5', session: false, secret, method: 'GET', uri: '/dir/index.html', nonce, protection, body: none })).toBe('6629fae49393a05397450978507c4ef1');
  });

  test('knows its algorithms by name', () => {
    expect([undefined, 'md5', 'SHA-256-sess', 'SHA-512-256', 'token'].map((name) => parseAlgorithm(name)?.algorithm)).toEqual(['MD5', 'MD5', 'SHA-256', 'SHA-512-256', undefined]);
  });
});

const realm = 'centre "A"';
const password = 'geheim';

function guard(options: Partial<DigestServerOptions> = {}) {
  const clock = createFakeClock();
  const server = createDigestServer({ clock, realm, random: seededRandom(1), algorithms: ['SHA-256', 'MD5'], ...options });
  const secrets = (username: string) => ({ MD5: digestSecret('MD5', username, realm, password), 'SHA-256': digestSecret('SHA-256', username, realm, password) });
  const find = (username: string) => Promise.resolve(username === '1001' ? secrets('1001') : username === '1002' ? { 'SHA-256': secrets('1002')['SHA-256'] } : undefined);
  const check = (headers: readonly string[] = []) => server.check(request({ method: 'REGISTER', headers }), find);
  return { clock, check };
}

const register = { method: 'REGISTER', uri: 'sip:bob@192.0.2.2', body: none };

/** A client that was given the challenge of a verdict, only those of one algorithm if wanted. */
async function challenged(check: ReturnType<typeof guard>['check'], credentials = { username: '1001', password }, only?: DigestAlgorithm) {
  const verdict = await check();
  if (verdict.kind !== 'challenge') throw new Error('not challenged');
  const client = createChallengeAnswerer(credentials, seededRandom(2));
  const headers = verdict.headers.filter(({ value }) => only === undefined || value.includes(`algorithm=${only},`));
  expect(client.take(response(request({ method: 'REGISTER' }), verdict.status, { headers: headers.map(({ name, value }) => `${name}: ${value}`) }))).toBe(true);
  return { client, authorization: () => client.headersFor(register).map(({ name, value }) => `${name}: ${value}`) };
}

describe('a registrar', () => {
  test('offers MD5 alone unless told otherwise', async () => {
    const verdict = await createDigestServer({ clock: createFakeClock(), realm }).check(request({ method: 'REGISTER' }), () => Promise.resolve(undefined));
    expect(verdict).toMatchObject({ kind: 'challenge', headers: [{ value: expect.stringContaining('algorithm=MD5, qop="auth"') }] });
  });

  test('offers SHA-256 before MD5, under one nonce', async () => {
    const verdict = await guard().check();
    expect(verdict).toMatchObject({ kind: 'challenge', status: 401, stale: false });
    const values = verdict.kind === 'challenge' ? verdict.headers.map(({ value }) => value) : [];
    expect(values.map((value) => /algorithm=([\w-]+)/.exec(value)?.[1])).toEqual(['SHA-256', 'MD5']);
    expect(new Set(values.map((value) => /nonce="([^"]+)"/.exec(value)?.[1])).size).toBe(1);
    expect(values[0]).toContain('realm="centre \\"A\\""');
  });

  test.each<DigestAlgorithm>(['MD5', 'SHA-256'])('accepts %s, again with the next nonce count, but not the same count twice', async (algorithm) => {
    const { check } = guard();
    const { authorization } = await challenged(check, undefined, algorithm);
    const first = authorization();
    expect(first[0]).toContain(`algorithm=${algorithm}`);
    expect(await check(first)).toEqual({ kind: 'accepted', username: '1001' });
    expect(await check(authorization())).toEqual({ kind: 'accepted', username: '1001' });
    expect(await check(first)).toMatchObject({ kind: 'challenge', stale: true });
  });

  test('refuses a wrong password, an unknown user and an algorithm the user has no secret for', async () => {
    const { check } = guard();
    for (const [username, given, algorithm] of [['1001', 'falsch', 'MD5'], ['9999', password, 'MD5'], ['1002', password, 'MD5']] as const) {
      const { authorization } = await challenged(check, { username, password: given }, algorithm);
      expect(await check(authorization())).toEqual({ kind: 'refused', status: 403, username });
    }
    const { authorization } = await challenged(check, { username: '1002', password }, 'SHA-256');
    expect(await check(authorization())).toMatchObject({ kind: 'accepted' });
  });

  test('a refused try does not use the nonce up', async () => {
    const { check } = guard();
    const { authorization } = await challenged(check);
    const good = authorization();
    expect(await check(good.map((line) => line.replace(/response="./, 'response="x')))).toMatchObject({ kind: 'refused' });
    expect(await check(good)).toMatchObject({ kind: 'accepted' });
  });

  test('calls a nonce stale when it is too old, forged or of another process', async () => {
    const { clock, check } = guard({ nonceLifeMs: 60_000 });
    const { authorization } = await challenged(check);
    const forged = authorization().map((line) => line.replace(/nonce="(.)/, (_, first: string) => `nonce="${first === 'A' ? 'B' : 'A'}`));
    expect(await check(forged)).toMatchObject({ kind: 'challenge', stale: true });
    clock.advance(60_001);
    const verdict = await check(authorization());
    expect(verdict).toMatchObject({ kind: 'challenge', stale: true });
    expect(verdict.kind === 'challenge' && verdict.headers[0]?.value).toContain('stale=true');
    const other = guard({ random: seededRandom(77) });
    expect(await other.check((await challenged(guard().check)).authorization())).toMatchObject({ kind: 'challenge', stale: true });
  });

  test('takes a client without qop once for each nonce', async () => {
    const { check } = guard();
    const verdict = await check();
    const nonce = verdict.kind === 'challenge' ? (/nonce="([^"]+)"/.exec(verdict.headers[0]?.value ?? '')?.[1] ?? '') : '';
    const secret = digestSecret('MD5', '1001', realm, password);
    const value = digestResponse({ algorithm: 'MD5', session: false, secret, method: 'REGISTER', uri: 'sip:x', nonce, protection: undefined, body: none });
    const header = `Authorization: Digest username="1001", realm="centre \\"A\\"", nonce="${nonce}", uri="sip:x", response="${value}"`;
    expect(await check([header])).toMatchObject({ kind: 'accepted' });
    expect(await check([header])).toMatchObject({ kind: 'challenge', stale: true });
  });

  test('remembers a bounded number of used nonces; what it forgets becomes stale, never usable again', async () => {
    const { clock, check } = guard({ maxUsedNonces: 2 });
    const first = await challenged(check);
    const used = first.authorization();
    expect(await check(used)).toMatchObject({ kind: 'accepted' });
    for (let count = 0; count < 3; count += 1) {
      clock.advance(10);
      expect(await check((await challenged(check)).authorization())).toMatchObject({ kind: 'accepted' });
    }
    expect(await check(used)).toMatchObject({ kind: 'challenge', stale: true });
    expect(await check(first.authorization())).toMatchObject({ kind: 'challenge', stale: true });
  });

  test.each([
    ['another scheme', 'NoOneKnowsThisScheme opaque-data=here', 'challenge'],
    ['another realm', 'Digest username="1001", realm="else", nonce="n", uri="sip:x", response="r"', 'challenge'],
    ['an unknown algorithm', 'Digest username="1001", realm="centre \\"A\\"", nonce="n", uri="sip:x", response="r", algorithm=FOO', 'challenge'],
    ['no username', 'Digest realm="centre \\"A\\"", nonce="n", uri="sip:x", response="r"', 'malformed'],
    ['half a qop', 'Digest username="1001", realm="centre \\"A\\"", nonce="n", uri="sip:x", response="r", qop=auth', 'malformed'],
    ['a parameter twice', 'Digest username="1001", username="1002", realm="centre \\"A\\""', 'malformed'],
    ['an open quote', 'Digest username="1001', 'malformed'],
  ])('%s, %s: %s', async (_what, value, kind) => {
    expect((await guard().check([`Authorization: ${value}`])).kind).toBe(kind);
  });
});

describe('a caller that is challenged', () => {
  const challenge = (text: string) => response(request(), 401, { headers: [`WWW-Authenticate: ${text}`] });

  test('does not answer the same realm again unless the nonce was stale', () => {
    const client = createChallengeAnswerer({ username: 'u', password: 'p' }, seededRandom(3));
    expect(client.take(challenge('Digest realm="r", nonce="1"'))).toBe(true);
    client.headersFor(register);
    expect(client.take(challenge('Digest realm="r", nonce="2"'))).toBe(false);
    expect(client.take(challenge('Digest realm="r", nonce="3", stale=TRUE'))).toBe(true);
  });

  test('answers only its own realm, and only what it can', () => {
    const client = createChallengeAnswerer({ username: 'u', password: 'p', realm: 'mine' }, seededRandom(3));
    expect(client.take(challenge('Digest realm="other", nonce="1"'))).toBe(false);
    expect(client.take(challenge('Digest realm="mine", nonce="1", algorithm=FOO'))).toBe(false);
    expect(client.take(challenge('Digest realm="mine", nonce="1", qop="token"'))).toBe(false);
    expect(client.take(challenge('Basic realm="mine"'))).toBe(false);
    expect(client.take(challenge('Digest realm="mine", broken'))).toBe(false);
    expect(client.take(challenge('Digest realm="mine", nonce="1", qop="auth-int, auth", opaque="o"'))).toBe(true);
    expect(client.headersFor(register)[0]?.value).toMatch(/qop=auth, nc=00000001, cnonce="\w+", opaque="o"$/);
    expect(client.headersFor(register)[0]?.value).toContain('nc=00000002');
  });
});
