import { describe, expect, test } from '@jest/globals';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import type { Directory } from '../ports.ts';
import { readRoles } from './roles.ts';
import { createSessions } from './sessions.ts';

async function setUp() {
  const clock = createFakeClock();
  const makeKey = async (kid: string) => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' } };
  };
  const directoryKeys = [await makeKey('one')];
  const user = Resource.fromPartial({ kind: 'User', name: '8001', spec: { $case: 'user', value: { displayName: '坐席 8001' } } });
  const tenant = Resource.fromPartial({ kind: 'Tenant', name: 'demo', spec: { $case: 'tenant', value: {} } });
  const directory = {
    resource: (asked: string, kind: string) => (asked === 'demo' ? { User: user, Tenant: tenant }[kind] : undefined),
  } as unknown as Directory;
  let fetched = 0;
  let away = false;
  const sessions = createSessions({
    identity: {
      getSigningKeys: async () => {
        if (away) throw new Error('away');
        fetched += 1;
        return { jwksJson: JSON.stringify({ keys: directoryKeys.map(({ jwk }) => jwk) }) };
      },
    } as never,
    directory,
    clock,
  });
  const token = (claims: JWTPayload = {}, key = directoryKeys[0], lifeSeconds = 3_600) => {
    if (key === undefined) throw new Error('no key');
    const now = Math.floor(clock.nowMs() / 1000);
    return new SignJWT({ tenant: 'demo', roles: ['agent', 'team_lead'], agent: '8001', name: '坐席 8001', lang: 'zh-CN', ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: key.kid })
      .setSubject('user:8001')
      .setIssuer('patchbay')
      .setAudience('patchbay')
      .setIssuedAt(now)
      .setExpirationTime(now + lifeSeconds)
      .sign(key.privateKey);
  };
  return { clock, sessions, token, directoryKeys, makeKey, user, fetchedCount: () => fetched, goAway: () => (away = true) };
}

describe('sessions', () => {
  test('tenant, agent and roles come from the token', async () => {
    const { sessions, token } = await setUp();
    const { view, actor } = await sessions.check(await token());
    expect(view).toMatchObject({ tenant: 'demo', user: '8001', agent: '8001', roles: ['agent', 'team_lead'], pages: { desk: true, wall: true } });
    expect(actor).toMatchObject({ subject: 'user:8001', kind: 'user', agent: '8001' });
  });

  test.each(['', 'rubbish', 'a.b.c'])('%j is no session', async (text) => {
    const { sessions } = await setUp();
    await expect(sessions.check(text)).rejects.toMatchObject({ code: 'DESK_SIGNED_OUT' });
  });

  test('a token of another signer, tenant or issuer, or one that ran out, is refused', async () => {
    const { clock, sessions, token, makeKey } = await setUp();
    await expect(sessions.check(await token({}, await makeKey('one')))).rejects.toMatchObject({ code: 'DESK_SIGNED_OUT' });
    await expect(sessions.check(await token({ tenant: 'other' }))).rejects.toMatchObject({ code: 'DESK_SIGNED_OUT' });
    const old = await token({}, undefined, 60);
    clock.advance(200_000);
    await expect(sessions.check(old)).rejects.toMatchObject({ code: 'DESK_SIGNED_OUT' });
  });

  test('a key that is new is fetched once, and a stranger’s key does not make the desk ask again and again', async () => {
    const { clock, sessions, token, directoryKeys, makeKey, fetchedCount } = await setUp();
    await sessions.check(await token());
    directoryKeys.push(await makeKey('two'));
    clock.advance(6_000);
    await sessions.check(await token({}, directoryKeys[1]));
    expect(fetchedCount()).toBe(2);
    const stranger = await makeKey('three');
    for (let count = 0; count < 5; count += 1) await sessions.check(await token({}, stranger)).catch(() => undefined);
    expect(fetchedCount()).toBe(2);
  });

  test('while the directory is away, the keys it gave last are good', async () => {
    const { clock, sessions, token, goAway } = await setUp();
    await sessions.check(await token());
    goAway();
    clock.advance(600_000);
    expect((await sessions.check(await token())).view.user).toBe('8001');
  });

  test('a session ends when its user is disabled or it runs out', async () => {
    const { clock, sessions, token, user } = await setUp();
    const session = await sessions.check(await token());
    expect(sessions.holds(session)).toBe(true);
    if (user.spec?.$case === 'user') user.spec.value.disabled = true;
    expect(sessions.holds(session)).toBe(false);
    if (user.spec?.$case === 'user') user.spec.value.disabled = false;
    clock.advance(3_600_000);
    expect(sessions.holds(session)).toBe(false);
  });
});

test('roles are read as names, constants or numbers; strangers are left out', () => {
  expect(readRoles(['ROLE_QA', 'agent', 2, 'root', null])).toEqual(['agent', 'team_lead', 'qa']);
  expect(readRoles('admin')).toEqual([]);
});
