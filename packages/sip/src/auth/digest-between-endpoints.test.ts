import { describe, expect, test } from '@jest/globals';
import type { SipRequest } from '../message/message.ts';
import { caller, expectNothingLeft } from '../testing/calls.ts';
import { responseText } from '../testing/messages.ts';
import { alice, bob, calledSide, createWorld, noCalls, sdp } from '../testing/test-endpoint.ts';
import { createDigestServer } from './create-digest-server.ts';
import { digestSecret } from './digest.ts';

describe('digest between two endpoints', () => {
  const realm = 'centre.example';
  const credentials = { username: '张三', password: 'geheim' };
  const find = (username: string) => Promise.resolve(username === credentials.username ? { 'SHA-256': digestSecret('SHA-256', username, realm, 'geheim') } : undefined);

  async function guarded() {
    const world = createWorld();
    const called = calledSide();
    const digest = createDigestServer({ clock: world.clock, realm, role: 'proxy', algorithms: ['SHA-256', 'MD5'] });
    const a = await world.endpoint(alice.address, noCalls);
    const b = await world.endpoint(bob.address, {
      ...called.handlers,
      async onRequest(request) {
        const verdict = await digest.check(request.request, find);
        request.respond(verdict.kind === 'accepted' ? 200 : verdict.status, verdict.kind === 'challenge' ? { headers: verdict.headers } : {});
      },
      async onInvite(call) {
        const verdict = await digest.check(call.request, find);
        if (verdict.kind === 'accepted') await called.handlers.onInvite(call);
        else call.reject(verdict.status, verdict.kind === 'challenge' ? verdict.headers : []);
      },
    });
    return { world, a, b, called };
  }

  test('a challenged request is sent again with credentials', async () => {
    const { world, a } = await guarded();
    const answer = a.request({ method: 'MESSAGE', target: 'sip:192.0.2.2', from: 'sip:x@192.0.2.1', credentials });
    await world.clock.advanceAsync(50);
    expect((await answer).status).toBe(200);
    expect(world.network.deliveries.map((one) => one.what)).toEqual(['MESSAGE', '407 MESSAGE', 'MESSAGE', '200 MESSAGE']);
    expect(world.network.deliveries[2]?.text).toMatch(/CSeq: 2 MESSAGE[^]*Proxy-Authorization: Digest .*algorithm=SHA-256, qop=auth, nc=00000001/);
  });

  test('a wrong password is tried once', async () => {
    const { world, a } = await guarded();
    const answer = a.request({ method: 'MESSAGE', target: 'sip:192.0.2.2', from: 'sip:x@192.0.2.1', credentials: { ...credentials, password: 'falsch' } });
    await world.clock.advanceAsync(50);
    expect([(await answer).status, world.network.count('MESSAGE')]).toEqual([403, 2]);
  });

  test('a challenged call goes on under the next CSeq; its ACK repeats the credentials of the INVITE', async () => {
    const { world, a, b, called } = await guarded();
    const { heard, session } = caller(a, { credentials });
    await world.clock.advanceAsync(50);
    void called.calls[0]!.accept(sdp(20_000));
    await world.clock.advanceAsync(50);
    expect(heard).toEqual(['answer 20000']);
    const [, second] = world.network.deliveries.filter((one) => one.what === 'INVITE');
    const ack = world.network.deliveries.findLast((one) => one.what === 'ACK');
    const authorization = (text: string | undefined) => /Proxy-Authorization: .*/.exec(text ?? '')?.[0];
    expect(second?.text).toContain('CSeq: 2 INVITE');
    expect([ack?.text.includes('CSeq: 2 ACK'), authorization(ack?.text)]).toEqual([true, authorization(second?.text)]);
    session.hangUp();
    await expectNothingLeft(world, a, b);
  });

  test('a call given up while it is challenged does not start again', async () => {
    const { world, a, b } = await guarded();
    const { session, heard } = caller(a, { credentials });
    await world.clock.advanceAsync(6);
    session.hangUp();
    await expectNothingLeft(world, a, b);
    expect([world.network.count('INVITE'), heard]).toEqual([1, ['failed cancelled 487', 'end cancelled local 487']]);
  });

  test('a challenge inside a call is answered too', async () => {
    const world = createWorld();
    const a = await world.endpoint(alice.address, noCalls);
    const peer = world.network.peer('192.0.2.9');
    const call = caller(a, { target: 'sip:bob@192.0.2.9', credentials });
    await world.clock.advanceAsync(20);
    const answer = async (what: string, status: number, options: object) => {
      peer.send(responseText(peer.take(what) as SipRequest, status, { tag: 'b', ...options }), alice);
      await world.clock.advanceAsync(20);
    };
    await answer('INVITE', 200, { headers: ['Contact: <sip:bob@192.0.2.9>'], body: sdp(9_000) });
    call.session.hangUp();
    await world.clock.advanceAsync(20);
    await answer('BYE', 401, { headers: [`WWW-Authenticate: Digest realm="${realm}", nonce="n1", qop="auth"`] });
    const again = peer.take('BYE') as SipRequest;
    expect([again.core.cseq.number, again.headers.some(({ name }) => name === 'authorization')]).toEqual([3, true]);
    peer.send(responseText(again, 200), alice);
    await expectNothingLeft(world, a);
  });
});
