import { describe, expect, test } from '@jest/globals';
import type { SipResponse } from './message/message.ts';
import type { IncomingRequest } from './session/incoming-request.ts';
import { peerInvite, twoSides } from './testing/calls.ts';
import { requestText } from './testing/messages.ts';
import { bob, createWorld, noCalls, sdp } from './testing/test-endpoint.ts';

const peerVia = (more = '') => `SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK-p${more}`;

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
