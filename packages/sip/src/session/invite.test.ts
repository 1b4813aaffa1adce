import { describe, expect, test } from '@jest/globals';
import { caller, established, expectNothingLeft, peerInvite, twoSides } from '../testing/calls.ts';
import { alice, bob, calledSide, createWorld, noCalls, sdp } from '../testing/test-endpoint.ts';

describe('a call', () => {
  test('rings, is answered, acknowledged and hung up by the caller', async () => {
    const { world, a, b, called } = await twoSides();
    const { session, heard } = caller(a);
    await world.clock.advanceAsync(20);
    const [call] = called.calls;
    expect(call!.offer).toBe(sdp(10_000));
    call!.progress(180);
    await world.clock.advanceAsync(20);
    const accepted = call!.accept(sdp(20_000));
    await world.clock.advanceAsync(20);
    expect(await accepted).toBeUndefined();
    expect([session.state(), call!.state()]).toEqual(['confirmed', 'confirmed']);
    session.hangUp();
    await world.clock.advanceAsync(20);
    expect(heard).toEqual(['provisional 180', 'answer 20000', 'end bye local 200']);
    expect(called.ends).toMatchObject([{ cause: 'bye', by: 'remote', status: 200 }]);
    expect(world.network.deliveries.map((one) => one.what)).toEqual(['INVITE', '180 INVITE', '200 INVITE', 'ACK', 'BYE', '200 BYE']);
    await expectNothingLeft(world, a, b);
  });

  test('is hung up by the called side', async () => {
    const { world, a, b, outgoing, incoming } = await established();
    incoming.hangUp({ headers: [{ name: 'Reason', value: 'Q.850;cause=16' }] });
    incoming.hangUp();
    await world.clock.advanceAsync(20);
    expect(outgoing.heard.at(-1)).toBe('end bye remote 200');
    expect(outgoing.ends[0]?.message?.headers).toContainEqual({ name: 'reason', value: 'Q.850;cause=16' });
    expect(world.network.count('BYE')).toBe(1);
    await expectNothingLeft(world, a, b);
  });

  test('hung up by both at once ends once on each side', async () => {
    const { world, a, b, outgoing, incoming, called } = await established();
    outgoing.session.hangUp();
    incoming.hangUp();
    await world.clock.advanceAsync(50);
    expect(world.network.count('200 BYE')).toBe(2);
    expect([outgoing.ends.length, called.ends.length]).toEqual([1, 1]);
    await expectNothingLeft(world, a, b);
  });

  test('goes over TCP when the target says so', async () => {
    const { world, a, called } = await twoSides();
    caller(a, { target: 'sip:bob@192.0.2.2;transport=tcp' });
    await world.clock.advanceAsync(20);
    expect(called.calls[0]!.source.protocol).toBe('TCP');
    expect(world.network.deliveries[0]!.text).toContain('Via: SIP/2.0/TCP 192.0.2.1:5060;branch=');
  });

  test('that is refused is reported with its status and answer', async () => {
    const { world, a, b, called } = await twoSides();
    const { heard, ends } = caller(a);
    await world.clock.advanceAsync(20);
    called.calls[0]!.reject(486, [{ name: 'Retry-After', value: '30' }]);
    await world.clock.advanceAsync(20);
    expect(heard).toEqual(['failed rejected 486', 'end rejected remote 486']);
    expect(ends[0]?.message?.headers).toContainEqual({ name: 'retry-after', value: '30' });
    expect(called.ends).toMatchObject([{ cause: 'rejected', by: 'local', status: 486 }]);
    await expect(called.calls[0]!.accept(sdp(1))).rejects.toMatchObject({ code: 'SIP_BAD_STATE' });
    await expectNothingLeft(world, a, b);
  });

  test('to nobody ends by Timer B', async () => {
    const { world, a } = await twoSides();
    const { heard } = caller(a, { target: 'sip:x@192.0.2.99' });
    await world.clock.advanceAsync(32_100);
    expect(heard).toEqual(['failed timeout 408', 'end timeout stack 408']);
    await expectNothingLeft(world, a);
  });

  test('to a name that nobody resolves fails at once; a resolver makes it possible', async () => {
    const { world, a } = await twoSides();
    const { heard } = caller(a, { target: 'sip:x@pbx.example' });
    await world.clock.advanceAsync(1);
    expect(heard).toEqual(['failed transport 503', 'end transport stack 503']);
    const resolving = await twoSides({ resolver: { resolve: () => Promise.resolve([{ protocol: 'UDP', ...bob }]) } });
    caller(resolving.a, { target: 'sip:x@pbx.example' });
    await resolving.world.clock.advanceAsync(20);
    expect(resolving.called.calls).toHaveLength(1);
  });

  test('that cannot be written throws and leaves nothing', async () => {
    const { world, a } = await twoSides();
    expect(() => caller(a, { target: 'not a uri' })).toThrow(expect.objectContaining({ code: 'SIP_BAD_URI' }));
    expect(() => caller(a, { headers: [{ name: 'X', value: 'a\r\nVia: b' }] })).toThrow(expect.objectContaining({ code: 'SIP_BAD_HEADER' }));
    await expectNothingLeft(world, a);
  });

  test('is refused with 500 when its handler fails', async () => {
    const world = createWorld();
    const a = await world.endpoint(alice.address, noCalls);
    const b = await world.endpoint(bob.address, {
      onInvite: () => Promise.reject(new Error('broken')),
    });
    const { heard } = caller(a);
    await world.clock.advanceAsync(20);
    expect(heard).toEqual(['failed rejected 500', 'end rejected remote 500']);
    await expectNothingLeft(world, a, b);
  });

  test('that nobody answers is refused with 480 in the end, its ringing repeated every minute meanwhile', async () => {
    const world = createWorld();
    const called = calledSide();
    const a = await world.endpoint(alice.address, noCalls);
    await world.endpoint(bob.address, called.handlers, { limits: { maxUnansweredMs: 150_000 } });
    const { heard } = caller(a, { ringTimeoutMs: 600_000 });
    await world.clock.advanceAsync(20);
    called.calls[0]!.progress(180);
    await world.clock.advanceAsync(160_000);
    expect(heard).toEqual(['provisional 180', 'provisional 180', 'provisional 180', 'failed rejected 480', 'end rejected remote 480']);
    expect(called.ends).toMatchObject([{ cause: 'timeout', by: 'stack' }]);
  });
});

describe('loss on the way', () => {
  test('a lost 200 is repeated from T1 on until the ACK comes', async () => {
    const { world, a, b, called } = await twoSides();
    const { heard } = caller(a);
    await world.clock.advanceAsync(20);
    let lost = 0;
    world.network.lose = ({ what }) => what === '200 INVITE' && (lost += 1) <= 2;
    const accepted = called.calls[0]!.accept(sdp(20_000));
    await world.clock.advanceAsync(1_600);
    await accepted;
    expect(world.network.count('200 INVITE')).toBe(3);
    expect(heard).toEqual(['answer 20000']);
    called.calls[0]!.hangUp();
    await expectNothingLeft(world, a, b);
  });

  test('a lost ACK is sent again for each repeated 200, and the answer is reported once', async () => {
    const { world, a, called } = await twoSides();
    const { heard } = caller(a);
    await world.clock.advanceAsync(20);
    let lost = 0;
    world.network.lose = ({ what }) => what === 'ACK' && (lost += 1) <= 3;
    const accepted = called.calls[0]!.accept(sdp(20_000));
    await world.clock.advanceAsync(8_000);
    await accepted;
    expect([world.network.count('200 INVITE'), world.network.count('ACK'), heard]).toEqual([4, 4, ['answer 20000']]);
    const acks = world.network.deliveries.filter((one) => one.what === 'ACK').map((one) => one.text);
    expect(new Set(acks).size).toBe(1);
  });

  test('a 200 that is never acknowledged is repeated at T1 doubling to T2 for 64·T1, then the call is hung up', async () => {
    const { world, b, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(peerInvite(), bob);
    await world.clock.advanceAsync(20);
    const startMs = world.clock.monotonicMs();
    const accepted = called.calls[0]!.accept(sdp(20_000));
    const outcome = expect(accepted).rejects.toMatchObject({ code: 'SIP_NO_ACK' });
    await world.clock.advanceAsync(40_000);
    await outcome;
    expect(world.network.deliveries.filter((one) => one.what === '200 INVITE').map((one) => one.atMs - startMs)).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(called.ends).toMatchObject([{ cause: 'no-ack', by: 'stack' }]);
    expect(peer.take('BYE').core.cseq.number).toBe(1);
    await expectNothingLeft(world, b);
  });

  test('an INVITE, BYE and answers lost at random still make whole calls', async () => {
    const { world, a, b, called } = await twoSides();
    let state = 99;
    world.network.lose = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31 < 0.3;
    };
    const made = Array.from({ length: 30 }, () => caller(a));
    for (let step = 0; step < 100; step += 1) {
      await world.clock.advanceAsync(200);
      for (const call of called.calls) if (call.state() === 'ringing') void call.accept(sdp(20_000));
    }
    for (const { session } of made) session.hangUp();
    await expectNothingLeft(world, a, b);
    expect(made.every(({ ends }) => ends.length === 1)).toBe(true);
    expect(called.ends.length).toBe(called.calls.length);
    expect(made.filter(({ heard }) => heard[0]?.startsWith('answer')).length).toBeGreaterThan(25);
  });
});
