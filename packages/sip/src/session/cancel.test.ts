import { describe, expect, test } from '@jest/globals';
import type { SipRequest } from '../message/message.ts';
import { caller, expectNothingLeft, peerInvite, twoSides } from '../testing/calls.ts';
import { responseText } from '../testing/messages.ts';
import { alice, bob, createWorld, noCalls, sdp } from '../testing/test-endpoint.ts';

const target = 'sip:bob@192.0.2.9';

/** An endpoint that calls a scripted peer at 192.0.2.9. */
async function callingPeer() {
  const world = createWorld();
  const a = await world.endpoint(alice.address, noCalls);
  const peer = world.network.peer('192.0.2.9');
  const call = caller(a, { target });
  await world.clock.advanceAsync(20);
  const invite = peer.take('INVITE') as SipRequest;
  const answer = async (to: SipRequest, status: number, tag?: string, body?: string) => {
    peer.send(responseText(to, status, { ...(tag === undefined ? {} : { tag }), ...(body === undefined ? {} : { body }), headers: ['Contact: <sip:bob@192.0.2.9>'] }), alice);
    await world.clock.advanceAsync(20);
  };
  return { world, a, peer, call, invite, answer };
}

describe('a call that the caller gives up', () => {
  test('while it rings is cancelled: 200 for the CANCEL, 487 for the INVITE, each side told once', async () => {
    const { world, a, b, called } = await twoSides();
    const { session, heard } = caller(a);
    await world.clock.advanceAsync(20);
    called.calls[0]!.progress(180);
    await world.clock.advanceAsync(20);
    session.hangUp({ headers: [{ name: 'Reason', value: 'SIP;cause=200' }] });
    session.hangUp();
    await world.clock.advanceAsync(50);
    expect(heard).toEqual(['provisional 180', 'failed cancelled 487', 'end cancelled local 487']);
    expect(called.ends).toMatchObject([{ cause: 'cancelled', by: 'remote', status: 487 }]);
    expect(called.ends[0]?.message?.headers).toContainEqual({ name: 'reason', value: 'SIP;cause=200' });
    expect([world.network.count('CANCEL'), world.network.count('200 CANCEL'), world.network.count('487 INVITE'), world.network.count('ACK')]).toEqual([1, 1, 1, 1]);
    const [ringing, terminated, cancelled] = ['180 INVITE', '487 INVITE', '200 CANCEL'].map((what) => /\r\nTo: .*;tag=(\w+)/.exec(world.network.deliveries.find((one) => one.what === what)?.text ?? '')?.[1]);
    expect([terminated, cancelled]).toEqual([ringing, ringing]);
    await expectNothingLeft(world, a, b);
  });

  test('before anybody has answered waits with its CANCEL for the first provisional answer', async () => {
    const { world, a, peer, call, invite, answer } = await callingPeer();
    call.session.hangUp();
    await world.clock.advanceAsync(20);
    expect(world.network.count('CANCEL')).toBe(0);
    await answer(invite, 100);
    const cancel = peer.take('CANCEL') as SipRequest;
    expect([cancel.core.via.branch, cancel.core.cseq.number, cancel.uri]).toEqual([invite.core.via.branch, 1, target]);
    await answer(cancel, 200);
    await answer(invite, 180, 'b');
    await answer(invite, 487, 'b');
    expect(peer.take('ACK')).toBeDefined();
    expect(call.heard).toEqual(['failed cancelled 487', 'end cancelled local 487']);
    await expectNothingLeft(world, a);
  });

  test('is hung up when its 200 crosses the CANCEL', async () => {
    const { world, a, peer, call, invite, answer } = await callingPeer();
    await answer(invite, 180, 'b');
    call.session.hangUp();
    await world.clock.advanceAsync(20);
    await answer(peer.take('CANCEL') as SipRequest, 200);
    await answer(invite, 200, 'b', sdp(9_000));
    expect([peer.take('ACK').core.cseq.number, peer.take('BYE').core.cseq.number]).toEqual([1, 2]);
    await answer(invite, 200, 'b', sdp(9_000));
    expect(peer.take('ACK')).toBeDefined();
    expect(world.network.count('BYE')).toBe(1);
    expect(call.heard).toEqual(['provisional 180', 'failed cancelled 487', 'end cancelled local 487']);
    await expectNothingLeft(world, a);
  });

  test('and whose CANCEL never brings an answer is forgotten 64·T1 later', async () => {
    const { world, a, call, invite, answer } = await callingPeer();
    await answer(invite, 180, 'b');
    call.session.hangUp();
    await world.clock.advanceAsync(31_000);
    expect(a.load().sessions).toBe(1);
    await expectNothingLeft(world, a);
  });

  test('before its target is resolved never leaves', async () => {
    const world = createWorld();
    const a = await world.endpoint(alice.address, noCalls, { resolver: { resolve: () => new Promise(() => {}) } });
    const { session, heard } = caller(a, { target: 'sip:bob@slow.example' });
    session.hangUp();
    await world.clock.advanceAsync(20);
    expect(heard).toEqual(['failed cancelled 487', 'end cancelled local 487']);
    expect(world.network.deliveries).toEqual([]);
    await expectNothingLeft(world, a);
  });

  test('by its ring time-out is cancelled and reported as a time-out', async () => {
    const { world, a, peer, invite, answer, call } = await callingPeer();
    await answer(invite, 180, 'b');
    await world.clock.advanceAsync(180_000);
    expect(peer.take('CANCEL')).toBeDefined();
    expect(call.heard.slice(1)).toEqual(['failed timeout 408', 'end timeout stack 408']);
    await expectNothingLeft(world, a);
  });
});

describe('a CANCEL that came in', () => {
  const cancel = (text: string) => text.replaceAll('INVITE', 'CANCEL').replace(/Content-Type: .*\r\n/, '').replace(/Content-Length: .*/s, 'Content-Length: 0\r\n\r\n');

  test('after the 200 is answered 200 and changes nothing', async () => {
    const { world, b, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(peerInvite(), bob);
    await world.clock.advanceAsync(20);
    const accepted = called.calls[0]!.accept(sdp(20_000));
    peer.send(cancel(peerInvite()), bob);
    await world.clock.advanceAsync(20);
    expect(peer.take('200 CANCEL')).toBeDefined();
    const answer = peer.take('200 INVITE');
    const toTag = answer.core.to.parameters.get('tag') ?? '';
    peer.send(peerInvite({ branch: 'z9hG4bKack' }).replaceAll('INVITE', 'ACK').replace('To: <sip:bob@192.0.2.2>', `To: <sip:bob@192.0.2.2>;tag=${toTag}`), bob);
    await world.clock.advanceAsync(20);
    await accepted;
    expect([called.calls[0]!.state(), called.ends]).toEqual(['confirmed', []]);
    called.calls[0]!.hangUp();
    await expectNothingLeft(world, b);
  });

  test('loses against an answer in the same moment: 200 stays, no 487', async () => {
    const { world, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(peerInvite(), bob);
    await world.clock.advanceAsync(20);
    peer.send(cancel(peerInvite()), bob);
    world.clock.advance(5);
    void called.calls[0]!.accept(sdp(20_000));
    await world.clock.advanceAsync(100);
    expect([world.network.count('487 INVITE'), world.network.count('200 INVITE'), called.ends]).toEqual([0, 1, []]);
  });

  test('wins against an answer that comes after it', async () => {
    const { world, b, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(peerInvite(), bob);
    await world.clock.advanceAsync(20);
    peer.send(cancel(peerInvite()), bob);
    await world.clock.advanceAsync(20);
    await expect(called.calls[0]!.accept(sdp(20_000))).rejects.toMatchObject({ code: 'SIP_BAD_STATE' });
    called.calls[0]!.progress(180);
    called.calls[0]!.reject(486);
    await world.clock.advanceAsync(20);
    expect([world.network.count('487 INVITE'), world.network.count('200 INVITE'), world.network.count('486 INVITE')]).toEqual([1, 0, 0]);
    await expectNothingLeft(world, b);
  });

  test('for nothing is answered 481 and keeps nothing', async () => {
    const { world, b } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(cancel(peerInvite()), bob);
    await world.clock.advanceAsync(20);
    expect(peer.take('481 CANCEL')).toBeDefined();
    expect(b.load().serverTransactions).toBe(0);
  });
});
