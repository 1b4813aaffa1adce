import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@patchbay/runtime/metrics';
import { createDigestServer } from './auth/create-digest-server.ts';
import { digestSecret } from './auth/digest.ts';
import type { SipRequest, SipResponse } from './message/message.ts';
import type { IncomingRequest } from './session/incoming-request.ts';
import { caller, established, expectNothingLeft, peerInvite, twoSides } from './testing/calls.ts';
import { requestText, responseText } from './testing/messages.ts';
import { alice, bob, calledSide, createWorld, noCalls, sdp } from './testing/test-endpoint.ts';

const peerVia = (more = '') => `SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK-p${more}`;

describe('an endpoint', () => {
  test('answers OPTIONS outside a call by itself, with what it can do', async () => {
    const { world, a } = await twoSides();
    const answer = a.request({ method: 'OPTIONS', target: 'sip:192.0.2.2', from: 'sip:ping@192.0.2.1' });
    await world.clock.advanceAsync(20);
    const { status, headers } = await answer;
    expect(status).toBe(200);
    expect(headers).toEqual(expect.arrayContaining([{ name: 'allow', value: 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO' }, { name: 'accept', value: 'application/sdp' }]));
  });

  test('tells of a request that gets no answer or no way', async () => {
    const { world, a } = await twoSides();
    const silent = expect(a.request({ method: 'OPTIONS', target: 'sip:192.0.2.99', from: 'sip:ping@192.0.2.1' })).rejects.toMatchObject({ code: 'SIP_TIMEOUT' });
    const nowhere = expect(a.request({ method: 'OPTIONS', target: 'sip:pbx.example', from: 'sip:ping@192.0.2.1' })).rejects.toMatchObject({ code: 'SIP_UNRESOLVED' });
    const odd = expect(a.request({ method: 'OPTIONS', target: 'sip:192.0.2.2;transport=sctp', from: 'sip:ping@192.0.2.1' })).rejects.toMatchObject({ code: 'SIP_UNRESOLVED' });
    await world.clock.advanceAsync(33_000);
    await Promise.all([silent, nowhere, odd]);
  });

  test('that drains refuses new calls with 503 and Retry-After, keeps those that are up and tells when they are gone', async () => {
    const { world, a, b, outgoing } = await established();
    b.drain();
    const refused = caller(a);
    const ping = a.request({ method: 'OPTIONS', target: 'sip:192.0.2.2', from: 'sip:ping@192.0.2.1' });
    await world.clock.advanceAsync(50);
    expect(refused.heard).toEqual(['failed rejected 503', 'end rejected remote 503']);
    expect(refused.ends[0]?.message?.headers).toContainEqual({ name: 'retry-after', value: '10' });
    expect((await ping).status).toBe(503);
    const info = outgoing.session.send('INFO');
    await world.clock.advanceAsync(20);
    expect((await info).status).toBe(200);
    let idle = false;
    void b.idle(new AbortController().signal).then(() => { idle = true; });
    await world.clock.advanceAsync(20);
    expect(idle).toBe(false);
    outgoing.session.hangUp();
    await world.clock.advanceAsync(20);
    expect(idle).toBe(true);
  });

  test('waits for idle no longer than its signal', async () => {
    const { b } = await established();
    const controller = new AbortController();
    const waiting = expect(b.idle(controller.signal)).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await waiting;
  });

  test('refuses beyond its number of calls before keeping anything, and takes calls again afterwards', async () => {
    const world = createWorld();
    const called = calledSide();
    const a = await world.endpoint(alice.address, noCalls);
    const b = await world.endpoint(bob.address, called.handlers, { limits: { maxSessions: 2 } });
    const calls = [caller(a), caller(a), caller(a)];
    await world.clock.advanceAsync(20);
    expect([calls.map(({ heard }) => heard[0]), b.load().serverTransactions]).toEqual([[undefined, undefined, 'failed rejected 503'], 2]);
    expect(() => caller(b)).toThrow(expect.objectContaining({ code: 'SIP_TOO_MANY_DIALOGS' }));
    calls[0]!.session.hangUp();
    called.calls[0]!.progress(180);
    await world.clock.advanceAsync(20);
    const again = caller(a);
    await world.clock.advanceAsync(20);
    expect(again.heard).toEqual([]);
  });

  test('refuses what its owner finds too much, and beyond its number of transactions, but not inside calls', async () => {
    const world = createWorld();
    const called = calledSide();
    let overload: number | undefined = 7;
    const metrics = createMetrics('test');
    const b = await world.endpoint(bob.address, called.handlers, { limits: { maxServerTransactions: 3 }, overload: () => overload, metrics });
    const peer = world.network.peer('192.0.2.7');
    const send = async (text: string) => {
      peer.send(text, bob);
      await world.clock.advanceAsync(20);
      return peer.inbox.pop() as SipResponse | undefined;
    };
    const refused = await send(peerInvite());
    expect([refused?.status, refused?.headers.find(({ name }) => name === 'retry-after')?.value, b.load().serverTransactions]).toEqual([503, '7', 0]);
    overload = undefined;
    await send(peerInvite({ branch: 'z9hG4bKx' }));
    void called.calls[0]!.accept(sdp(1));
    await world.clock.advanceAsync(20);
    const toTag = (peer.inbox.pop() as SipResponse).core.to.parameters.get('tag') ?? '';
    await send(requestText({ method: 'ACK', toTag, via: peerVia('ack') }));
    for (const id of ['1', '2']) expect((await send(requestText({ via: peerVia(id), callId: id })))?.status).toBe(200);
    expect((await send(requestText({ via: peerVia('3'), callId: '3' })))?.status).toBe(503);
    expect((await send(requestText({ method: 'BYE', cseq: 2, toTag, via: peerVia('bye') })))?.status).toBe(200);
    expect(await metrics.text()).toContain('patchbay_sip_requests_overloaded_total{service="test"} 2');
    await expectNothingLeft(world, b);
  });

  test('does not read, let alone answer, what comes from a source that is not admitted', async () => {
    const world = createWorld();
    await world.endpoint(bob.address, noCalls, { admit: ({ address }) => address !== '192.0.2.7' });
    const [kept, dropped] = [world.network.peer('192.0.2.8'), world.network.peer('192.0.2.7')];
    for (const peer of [kept, dropped]) peer.send(requestText({ via: `SIP/2.0/UDP ${peer.address};branch=z9hG4bK1` }), bob);
    dropped.send('OPTIONS nonsense SIP/2.0\r\nVia: x\r\n\r\n', bob);
    await world.clock.advanceAsync(20);
    expect([kept.inbox.length, world.network.deliveries.filter((one) => one.to.startsWith('192.0.2.7')).length]).toEqual([1, 0]);
  });

  test('closing hangs up and answers nothing more', async () => {
    const { world, b, outgoing, called } = await established();
    const closed = b.close();
    await world.clock.advanceAsync(50);
    await closed;
    expect([outgoing.heard.at(-1), called.ends[0]?.cause]).toEqual(['end bye remote 200', 'bye']);
    expect(b.load()).toEqual({ clientTransactions: 0, serverTransactions: 0, sessions: 0 });
  });

  test('closing waits no longer than its grace for answers', async () => {
    const { world, b } = await established();
    world.network.lose = () => true;
    const closed = b.close(500);
    await world.clock.advanceAsync(500);
    await closed;
    expect(b.load().clientTransactions).toBe(0);
  });

  test('bound to every address needs to be told its own', async () => {
    const world = createWorld();
    await expect(world.endpoint('0.0.0.0', noCalls)).rejects.toMatchObject({ code: 'SIP_NO_ADVERTISED_HOST' });
    const endpoint = await world.endpoint('0.0.0.0', noCalls, { advertisedHost: 'pbx.example' });
    endpoint.invite({ target: 'sip:x@192.0.2.7', from: 'sip:y@pbx.example', offer: { sdp: sdp(1) }, handlers: { onAnswer: () => {} } });
    await world.clock.advanceAsync(1);
    expect(world.network.deliveries[0]?.text).toMatch(/Via: SIP\/2\.0\/UDP pbx\.example:5060;branch=z9hG4bK\w+;rport\r\n[^]*Contact: <sip:patchbay@pbx\.example:5060>/);
  });
});

describe('answers go back to where the request came from', () => {
  test.each([
    ['SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff', 9988, ';received=192.0.2.7;rport=9988'],
    ['SIP/2.0/UDP 192.0.2.7:9988;rport;branch=z9hG4bKkjshdyff', 9988, ';received=192.0.2.7;rport=9988'],
    ['SIP/2.0/UDP 10.1.1.1:4540;branch=z9hG4bKkjshdyff', 4540, ';received=192.0.2.7'],
    ['SIP/2.0/UDP pbx.example;branch=z9hG4bKkjshdyff', 5060, ';received=192.0.2.7'],
    ['SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKkjshdyff', 5060, ''],
    ['SIP/2.0/UDP 10.1.1.1;received=203.0.113.66;branch=z9hG4bKkjshdyff', 5060, ';received=192.0.2.7'],
    ['SIP/2.0/UDP 10.1.1.1;maddr=203.0.113.66;branch=z9hG4bKkjshdyff', 5060, ';received=192.0.2.7'],
  ])('Via %s: to port %i of the source (RFC 3261 section 18.2.2, RFC 3581)', async (via, port, stamped) => {
    const world = createWorld();
    await world.endpoint(bob.address, noCalls);
    const sender = world.network.peer('192.0.2.7', 9_988);
    sender.send(requestText({ via }), bob);
    await world.clock.advanceAsync(20);
    const answer = world.network.deliveries.at(-1);
    expect(answer?.to).toBe(`192.0.2.7:${port}`);
    const echoed = /Via: (.*)\r\n/.exec(answer?.text ?? '')?.[1] ?? '';
    for (const part of stamped.split(';').filter((one) => one !== '')) expect(echoed.split(';')).toContain(part);
    expect(echoed).not.toContain('received=203.0.113.66');
  });
});

describe('a request outside a call', () => {
  test.each([
    ['BYE', {}, 481],
    ['INFO', {}, 481],
    ['FOO', {}, 501],
    ['MESSAGE', {}, 405],
    ['REGISTER', {}, 405],
    ['OPTIONS', { uri: 'http:x' }, 416],
    ['OPTIONS', { headers: ['Require: 100rel, foo'] }, 420],
    ['INVITE', { headers: ['Accept: text/plain'], body: sdp(1) }, 406],
    ['INVITE', { headers: ['Content-Encoding: gzip'], body: sdp(1) }, 415],
    ['OPTIONS', { toTag: 'x' }, 481],
  ])('%s %j is answered %i', async (method, parts, status) => {
    const world = createWorld();
    await world.endpoint(bob.address, noCalls);
    const peer = world.network.peer('192.0.2.7');
    peer.send(requestText({ method, via: peerVia(), ...parts }), bob);
    await world.clock.advanceAsync(20);
    expect((peer.inbox[0] as SipResponse).status).toBe(status);
  });

  test('that came by two ways is taken once, the copy refused with 482 (RFC 3261 section 8.2.2.2)', async () => {
    const { world, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(peerInvite({ branch: 'z9hG4bKone' }), bob);
    peer.send(peerInvite({ branch: 'z9hG4bKtwo' }), bob);
    await world.clock.advanceAsync(20);
    expect([called.calls.length, (peer.inbox[0] as SipResponse).status]).toEqual([1, 482]);
  });

  test('reaches its handler; a repeat gets the same answer without reaching it again', async () => {
    const world = createWorld();
    const seen: IncomingRequest[] = [];
    await world.endpoint(bob.address, {
      ...noCalls,
      onRequest: (request) => {
        seen.push(request);
        request.respond(202);
      },
    });
    const peer = world.network.peer('192.0.2.7');
    const text = requestText({ method: 'MESSAGE', via: peerVia() });
    peer.send(text, bob);
    peer.send(text, bob);
    await world.clock.advanceAsync(20);
    expect([seen.length, peer.inbox.length]).toEqual([1, 2]);
    expect(peer.inbox[0]).toEqual(peer.inbox[1]);
  });

  test('whose SDP is one part of several is a call like any other', async () => {
    const { world, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    const body = ['--b1', 'Content-Type: application/isup;version=itu-t92+', '', 'ISUP', '--b1', 'Content-Type: application/sdp', '', sdp(5_000).trimEnd(), '--b1--', ''].join('\r\n');
    peer.send(peerInvite({ body }).replace('Content-Type: application/sdp\r\nContent-Length', 'Content-Type: multipart/mixed;boundary=b1\r\nContent-Length'), bob);
    await world.clock.advanceAsync(20);
    expect(called.calls[0]?.offer).toBe(sdp(5_000));
  });
});

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
