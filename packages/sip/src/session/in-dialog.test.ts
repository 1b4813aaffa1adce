import { describe, expect, test } from '@jest/globals';
import type { SipRequest } from '../message/message.ts';
import { caller, established, expectNothingLeft, peerInvite, twoSides } from '../testing/calls.ts';
import { requestText, responseText } from '../testing/messages.ts';
import { alice, bob, createWorld, noCalls, sdp } from '../testing/test-endpoint.ts';
import type { IncomingRequest } from './incoming-request.ts';

/** A call that a scripted peer at 192.0.2.7 made to Bob's endpoint and that is up. */
async function peerCall(headers: readonly string[] = []) {
  const sides = await twoSides();
  const { world, called } = sides;
  const peer = world.network.peer('192.0.2.7');
  peer.send(peerInvite({ headers }), bob);
  await world.clock.advanceAsync(20);
  const [session] = called.calls;
  void session!.accept(sdp(20_000));
  await world.clock.advanceAsync(20);
  const toTag = peer.take('200 INVITE').core.to.parameters.get('tag') ?? '';
  const send = async (method: string, cseq: number, more: { toTag?: string; fromTag?: string; headers?: string[] } = {}) => {
    peer.send(requestText({ method, cseq, toTag, branch: `z9hG4bK-${method}-${cseq}-${more.toTag ?? ''}`, via: `SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK-${method}-${cseq}-${more.toTag ?? ''}${more.fromTag ?? ''}`, ...more }), bob);
    await world.clock.advanceAsync(20);
  };
  await send('ACK', 1);
  return { ...sides, peer, session: session!, send, toTag };
}

describe('inside a call', () => {
  test('INFO reaches its handler with its body, and the answer goes back', async () => {
    const { world, outgoing, incoming } = await established();
    const bodies: string[] = [];
    incoming.setHandlers({
      onInfo: (info: IncomingRequest) => {
        bodies.push(Buffer.from(info.request.body).toString());
        info.respond(200);
        info.respond(500);
        expect(info.answered()).toBe(true);
      },
    });
    const answer = outgoing.session.send('INFO', { body: { contentType: 'application/dtmf-relay', content: 'Signal=5\r\nDuration=160\r\n' } });
    await world.clock.advanceAsync(20);
    expect([(await answer).status, bodies]).toEqual([200, ['Signal=5\r\nDuration=160\r\n']]);
  });

  test('what nobody handles is answered by itself: INFO and OPTIONS 200, others 405 with Allow', async () => {
    const { world, outgoing } = await established();
    const sent = ['INFO', 'OPTIONS', 'UPDATE', 'REFER'].map((method) => outgoing.session.send(method));
    await world.clock.advanceAsync(50);
    const answers = await Promise.all(sent);
    expect(answers.map((one) => one.status)).toEqual([200, 200, 405, 405]);
    expect(answers[3]?.headers).toContainEqual({ name: 'allow', value: 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO' });
  });

  test('a request out of order is refused with 500, one with a wrong tag with 481', async () => {
    const { peer, send, session } = await peerCall();
    await send('INFO', 5);
    expect(peer.take('200 INFO')).toBeDefined();
    await send('INFO', 4);
    expect(peer.take('500 INFO')).toBeDefined();
    await send('INFO', 6, { fromTag: 'someone' });
    expect(peer.take('481 INFO')).toBeDefined();
    await send('BYE', 7, { toTag: 'unknown' });
    expect(peer.take('481 BYE')).toBeDefined();
    expect(session.state()).toBe('confirmed');
  });

  test('a request that needs an extension is refused with 420', async () => {
    const { peer, send } = await peerCall();
    await send('INFO', 5, { headers: ['Require: foo'] });
    expect(peer.take('420 INFO').headers).toContainEqual({ name: 'unsupported', value: 'foo' });
  });

  test('a re-INVITE whose Contact cannot be called is refused with 400, and the next one is taken', async () => {
    const { peer, send, session } = await peerCall();
    session.setHandlers({ onReinvite: async (reinvite) => { await reinvite.accept(sdp(20_001)); } });
    await send('INVITE', 5, { headers: ['Contact: <tel:+1>'] });
    expect(peer.take('400 INVITE')).toBeDefined();
    await send('INVITE', 6);
    expect(peer.take('200 INVITE')).toBeDefined();
  });

  test('an answer 481 to INFO ends the call, silence does not', async () => {
    const { world, outgoing, b, called } = await established();
    world.network.lose = ({ what }) => what === 'BYE' || what === 'INFO';
    called.calls[0]!.hangUp();
    const silent = outgoing.session.send('INFO');
    const outcome = expect(silent).rejects.toMatchObject({ code: 'SIP_TIMEOUT' });
    await world.clock.advanceAsync(33_000);
    await outcome;
    expect([outgoing.session.state(), b.load().sessions]).toEqual(['confirmed', 0]);
    world.network.lose = () => false;
    const refused = outgoing.session.send('INFO');
    await world.clock.advanceAsync(20);
    expect([(await refused).status, outgoing.heard.at(-1)]).toEqual([481, 'end gone stack 481']);
    await expect(outgoing.session.send('INFO')).rejects.toMatchObject({ code: 'SIP_BAD_STATE' });
  });

  test('our requests follow the recorded route in our direction', async () => {
    const { world, peer, session } = await peerCall(['Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.50;lr>']);
    session.hangUp();
    await world.clock.advanceAsync(20);
    const bye = peer.take('BYE') as SipRequest;
    expect(bye.uri).toBe('sip:alice@192.0.2.7');
    expect(bye.headers.filter(({ name }) => name === 'route').map(({ value }) => value)).toEqual(['<sip:192.0.2.7;lr>', '<sip:192.0.2.50;lr>']);
  });

  test('a strict router in first place gets its own address as Request-URI (RFC 3261 section 12.2.1.1)', async () => {
    const { world, peer, session } = await peerCall(['Record-Route: <sip:192.0.2.7>']);
    session.hangUp();
    await world.clock.advanceAsync(20);
    const bye = peer.take('BYE') as SipRequest;
    expect([bye.uri, bye.headers.find(({ name }) => name === 'route')?.value]).toEqual(['sip:192.0.2.7', '<sip:alice@192.0.2.7>']);
  });

  test('BYE from the caller before the answer ends the call with 487', async () => {
    const { world, b, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(peerInvite(), bob);
    await world.clock.advanceAsync(20);
    called.calls[0]!.progress(180);
    await world.clock.advanceAsync(20);
    const toTag = peer.take('180 INVITE').core.to.parameters.get('tag') ?? '';
    peer.send(requestText({ method: 'BYE', cseq: 2, toTag, via: 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKbye' }), bob);
    await world.clock.advanceAsync(20);
    expect([peer.take('200 BYE').core.cseq.number, peer.take('487 INVITE').core.cseq.number]).toEqual([2, 1]);
    expect(called.ends).toMatchObject([{ cause: 'bye', by: 'remote' }]);
    await expectNothingLeft(world, b);
  });

  test('a hang-up before the ACK of our 200 waits with its BYE for it', async () => {
    const { world, b, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(peerInvite(), bob);
    await world.clock.advanceAsync(20);
    const accepted = called.calls[0]!.accept(sdp(20_000));
    const outcome = expect(accepted).rejects.toMatchObject({ code: 'SIP_BAD_STATE' });
    called.calls[0]!.hangUp();
    await world.clock.advanceAsync(1_000);
    expect([world.network.count('BYE'), called.ends.length]).toEqual([0, 1]);
    const toTag = peer.take('200 INVITE').core.to.parameters.get('tag') ?? '';
    peer.send(requestText({ method: 'ACK', toTag, via: 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKack' }), bob);
    await world.clock.advanceAsync(20);
    await outcome;
    peer.send(responseText(peer.take('BYE') as SipRequest, 200), bob);
    await expectNothingLeft(world, b);
    expect(called.ends).toMatchObject([{ cause: 'bye', by: 'local' }]);
  });
});

describe('an INVITE without SDP', () => {
  test('is answered with our offer; the ACK brings the answer', async () => {
    const { world, a, b, called } = await twoSides();
    const { heard, session } = caller(a, { offer: { answerOffer: (offer) => offer.replace('20000', '10000') } });
    await world.clock.advanceAsync(20);
    expect(called.calls[0]!.offer).toBeUndefined();
    const accepted = called.calls[0]!.accept(sdp(20_000));
    await world.clock.advanceAsync(20);
    expect(await accepted).toBe(sdp(20_000).replace('20000', '10000'));
    expect(heard).toEqual(['answer 20000']);
    session.hangUp();
    await expectNothingLeft(world, a, b);
  });

  test('whose ACK owes the answer is hung up', async () => {
    const { world, b, called } = await twoSides();
    const peer = world.network.peer('192.0.2.7');
    peer.send(requestText({ method: 'INVITE', via: 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKpeer' }), bob);
    await world.clock.advanceAsync(20);
    const outcome = expect(called.calls[0]!.accept(sdp(20_000))).rejects.toMatchObject({ code: 'SIP_BAD_SDP' });
    await world.clock.advanceAsync(20);
    const toTag = peer.take('200 INVITE').core.to.parameters.get('tag') ?? '';
    peer.send(requestText({ method: 'ACK', toTag, via: 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKack' }), bob);
    await world.clock.advanceAsync(20);
    await outcome;
    expect([called.ends[0]?.cause, world.network.count('BYE')]).toEqual(['protocol', 1]);
    await expectNothingLeft(world, b);
  });

  test('of ours whose answerer fails is acknowledged and hung up', async () => {
    const { world, a, b, called } = await twoSides();
    const { heard } = caller(a, { offer: { answerOffer: () => Promise.reject(new Error('no codec')) } });
    await world.clock.advanceAsync(20);
    const outcome = expect(called.calls[0]!.accept(sdp(20_000))).rejects.toMatchObject({ code: 'SIP_BAD_SDP' });
    await world.clock.advanceAsync(50);
    await outcome;
    expect(heard).toEqual(['failed protocol 488', 'end protocol stack 488']);
    await expectNothingLeft(world, a, b);
  });
});

describe('a call of ours', () => {
  async function callPeer() {
    const world = createWorld();
    const a = await world.endpoint(alice.address, noCalls);
    const peer = world.network.peer('192.0.2.9');
    const call = caller(a, { target: 'sip:bob@192.0.2.9' });
    await world.clock.advanceAsync(20);
    const invite = peer.take('INVITE') as SipRequest;
    const answer = async (status: number, tag: string, options: { body?: string; headers?: string[] } = {}) => {
      peer.send(responseText(invite, status, { tag, headers: ['Contact: <sip:bob@192.0.2.9>'], ...options }), alice);
      await world.clock.advanceAsync(20);
    };
    return { world, a, peer, call, answer };
  }

  test('that forks is answered by the first branch; the others are acknowledged and hung up', async () => {
    const { world, a, peer, call, answer } = await callPeer();
    await answer(180, 'b1');
    await answer(183, 'b2', { body: sdp(9_001) });
    await answer(200, 'b2', { body: sdp(9_002) });
    await answer(200, 'b1', { body: sdp(9_003) });
    await answer(200, 'b1', { body: sdp(9_003) });
    expect(call.heard).toEqual(['provisional 180', 'provisional 183 sdp', 'answer 9002']);
    const bye = peer.take('BYE') as SipRequest;
    expect([bye.core.to.parameters.get('tag'), bye.core.cseq.number, world.network.count('BYE')]).toEqual(['b1', 2, 1]);
    expect(['b2', 'b1', 'b1']).toEqual([1, 2, 3].map(() => peer.take('ACK').core.to.parameters.get('tag')));
    peer.send(responseText(bye, 200), alice);
    call.session.hangUp();
    await expectNothingLeft(world, a);
  });

  test('takes the SDP of the 183 when the 200 has none', async () => {
    const { call, answer } = await callPeer();
    await answer(183, 'b', { body: sdp(9_001) });
    await answer(200, 'b');
    expect(call.heard).toEqual(['provisional 183 sdp', 'answer 9001']);
  });

  test('whose 200 has no SDP at all is hung up', async () => {
    const { world, a, peer, call, answer } = await callPeer();
    await answer(200, 'b');
    expect([peer.take('ACK') !== undefined, peer.take('BYE') !== undefined]).toEqual([true, true]);
    expect(call.heard).toEqual(['failed protocol 488', 'end protocol stack 488']);
    await expectNothingLeft(world, a);
  });

  test('whose 200 has no Contact is hung up too', async () => {
    const { world, a, peer, call, answer } = await callPeer();
    await answer(200, 'b', { body: sdp(9_000), headers: [] });
    expect((peer.take('BYE') as SipRequest).uri).toBe('sip:bob@192.0.2.9');
    expect(call.heard.at(-1)).toBe('end protocol stack 488');
    await expectNothingLeft(world, a);
  });

  test('goes to the hop it is given; a phone behind NAT is also reached there afterwards', async () => {
    const world = createWorld();
    const a = await world.endpoint(alice.address, noCalls);
    const phone = world.network.peer('198.51.100.4', 41_000);
    const call = caller(a, { target: 'sip:1001@10.0.0.5:5062', hop: { protocol: 'UDP', address: '198.51.100.4', port: 41_000 } });
    await world.clock.advanceAsync(20);
    const invite = phone.take('INVITE') as SipRequest;
    phone.send(responseText(invite, 200, { tag: 'p', headers: ['Contact: <sip:1001@10.0.0.5:5062>'], body: sdp(9_000) }), alice);
    await world.clock.advanceAsync(20);
    call.session.hangUp();
    await world.clock.advanceAsync(20);
    expect([phone.take('ACK') as SipRequest, phone.take('BYE') as SipRequest].map((one) => one.uri)).toEqual(['sip:1001@10.0.0.5:5062', 'sip:1001@10.0.0.5:5062']);
  });
});
