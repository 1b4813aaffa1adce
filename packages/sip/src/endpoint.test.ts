import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@patchbay/runtime/metrics';
import type { SipResponse } from './message/message.ts';
import { caller, established, expectNothingLeft, peerInvite, twoSides } from './testing/calls.ts';
import { requestText } from './testing/messages.ts';
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
