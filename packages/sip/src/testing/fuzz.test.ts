import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { AppError } from '@patchbay/runtime/app-error';
import { createDigestServer } from '../auth/create-digest-server.ts';
import { createChallengeAnswerer } from '../auth/challenge-answerer.ts';
import { applyRegister } from '../apply-register.ts';
import { contactsOf, recordRoutesOf, routesOf, viasOf } from '../message/headers.ts';
import type { SipMessage } from '../message/message.ts';
import { parseMessage } from '../message/parse-message.ts';
import { salvageRequest } from '../message/salvage-request.ts';
import { writeMessage } from '../message/write-message.ts';
import { createAudioNegotiation } from '../sdp/audio-negotiation.ts';
import { createStreamFramer } from '../transport/stream-framer.ts';
import { peerInvite } from './calls.ts';
import { request, requestText, response } from './messages.ts';
import { createDice, mutate } from './mutate.ts';
import { bob, calledSide, createWorld, sdp, seededRandom } from './test-endpoint.ts';
import { applicationMessages, invalidMessages, validMessages } from './torture/outcomes.ts';
import { tortureMessage } from './torture/torture-message.ts';

/** Half of the rounds begin with a message that is well-formed; the rest with any of RFC 4475. */
const files = [...validMessages, ...invalidMessages, ...applicationMessages].map(({ file }) => tortureMessage(file));
const ours = [
  peerInvite(),
  peerInvite({ body: '' }),
  requestText({ method: 'REGISTER', headers: ['Expires: 300', 'Authorization: Digest username="1001", realm="r", nonce="n", uri="sip:x", response="r", qop=auth, nc=00000001, cnonce="c"'] }),
  requestText({ method: 'ACK', toTag: 'x' }),
  requestText({ method: 'BYE', toTag: 'x' }),
  requestText({ method: 'CANCEL' }),
];
let round = 0;

function pick(roll: (sides: number) => number): Uint8Array {
  if (roll(2) === 0) return files[roll(files.length)] ?? Uint8Array.of();
  round += 1;
  const text = (ours[roll(ours.length)] ?? '').replaceAll('z9hG4bK', `z9hG4bK${round}`).replace('call-1', `call-${round}`);
  return Uint8Array.from(Buffer.from(text));
}


/** Runs something that may only fail as this package fails; true when it did not. */
function held(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof AppError) || !thrown.code.startsWith('SIP_')) throw thrown;
    return false;
  }
}

/** Everything that reads a message lazily. */
function readAll(message: SipMessage): void {
  for (const read of [contactsOf, routesOf, recordRoutesOf, viasOf]) held(() => read(message));
}

describe('messages with seeded faults', () => {
  test('5 000 are read or refused with a code, and what is read is written so that it reads the same', () => {
    const roll = createDice(20_260_105);
    let read = 0;
    let unlike = 0;
    const statuses = new Set<number>();
    for (let count = 0; count < 5_000; count += 1) {
      const bytes = mutate(pick(roll), roll);
      salvageRequest(bytes);
      const isRead = held(() => {
        const message = parseMessage(bytes);
        readAll(message);
        const again = parseMessage(writeMessage(message));
        if (!isDeepStrictEqual(again.core, message.core)) unlike += 1;
        if (message.kind === 'request') {
          const outcome = applyRegister([], message, 0, { minExpiresS: 1, maxExpiresS: 9, defaultExpiresS: 5, maxBindings: 5 });
          statuses.add(outcome.status);
        }
      });
      if (isRead) read += 1;
    }
    expect(unlike).toBe(0);
    expect([...statuses].every((status) => [200, 400, 403, 423].includes(status))).toBe(true);
    // Both ways are really taken.
    expect(read).toBeGreaterThan(500);
    expect(read).toBeLessThan(4_500);
  });

  test('3 000 on the wire neither stop an endpoint nor leave anything in it; a call afterwards works', async () => {
    const world = createWorld();
    const called = calledSide();
    let faults = 0;
    const endpoint = await world.endpoint(
      bob.address,
      {
        onInvite: (call) => {
          call.setHandlers({ onEnd: (end) => called.ends.push(end), onReinvite: (reinvite) => { reinvite.reject(488); } });
          called.calls.push(call);
          if (call.offer === undefined) call.reject(488);
          else void call.accept(sdp(20_000));
        },
      },
      { log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => (faults += 1), with() { return this; } } },
    );
    const roll = createDice(4_475);
    const sender = world.network.transport('UDP', '192.0.2.66', 5060);
    await sender.listen({ received: () => {}, unframed: () => {} });
    for (let count = 0; count < 3_000; count += 1) {
      sender.send(mutate(pick(roll), roll), { protocol: 'UDP', ...bob }, () => {});
      if (count % 100 === 0) await world.clock.advanceAsync(100);
    }
    await world.clock.advanceAsync(1_000);
    expect(called.calls.length).toBeGreaterThan(20);
    for (const call of called.calls) call.hangUp();
    await world.clock.advanceAsync(200_000);
    expect([endpoint.load(), world.clock.pendingTimers(), faults]).toEqual([{ clientTransactions: 0, serverTransactions: 0, sessions: 0 }, 0, 0]);
    expect(called.ends.length).toBe(called.calls.length);
    expect(world.network.deliveries.filter((one) => one.from === '192.0.2.2:5060').every((one) => /^(SIP\/2\.0 \d{3} |(BYE|ACK|CANCEL) \S+ SIP\/2\.0\r\n)/.test(one.text))).toBe(true);
    const peer = world.network.peer('192.0.2.7');
    peer.send(peerInvite(), bob);
    await world.clock.advanceAsync(20);
    expect(peer.take('200 INVITE')).toBeDefined();
  });

  test('1 500 descriptions are answered or refused', () => {
    const roll = createDice(3_264);
    const seed = Buffer.from(['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', 'm=audio 6000 RTP/AVP 8 0 96', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:96 telephone-event/8000', 'a=ptime:20', 'a=rtcp:6001', 'm=video 0 RTP/AVP 31', ''].join('\r\n'));
    let agreed = 0;
    for (let count = 0; count < 1_500; count += 1) {
      const text = Buffer.from(mutate(seed, roll)).toString('latin1');
      const leg = createAudioNegotiation({ sessionId: '1', address: '192.0.2.9', port: 4_000 });
      if (leg.answer(text).kind === 'agreed') agreed += 1;
      leg.offer();
      leg.takeAnswer(text);
    }
    expect(agreed).toBeGreaterThan(150);
    expect(agreed).toBeLessThan(1_450);
  });

  test('1 000 streams end in messages or one fault', () => {
    const roll = createDice(7_118);
    for (let count = 0; count < 1_000; count += 1) {
      let faults = 0;
      const framer = createStreamFramer({ message: () => {}, ping: () => {}, fault: () => (faults += 1) });
      const stream = Buffer.concat([pick(roll), mutate(pick(roll), roll), pick(roll)]);
      for (let at = 0; at < stream.length; ) {
        const size = 1 + roll(400);
        framer.push(stream.subarray(at, at + size));
        at += size;
      }
      expect(faults).toBeLessThanOrEqual(1);
    }
  });

  test('1 000 credentials and challenges get a verdict', async () => {
    const roll = createDice(7_616);
    const world = createWorld();
    const server = createDigestServer({ clock: world.clock, realm: 'r', random: seededRandom(5) });
    const seed = Buffer.from('Digest username="1001", realm="r", nonce="n", uri="sip:x", response="r", qop=auth, nc=00000001, cnonce="c", algorithm=MD5');
    const base = request({ method: 'REGISTER' });
    const answer = response(base, 401);
    const kinds = new Set<string>();
    for (let count = 0; count < 1_000; count += 1) {
      const value = Buffer.from(mutate(seed, roll)).toString('latin1');
      const verdict = await server.check({ ...base, headers: [...base.headers, { name: 'authorization', value }] }, () => Promise.resolve({ MD5: 'x' }));
      kinds.add(verdict.kind);
      createChallengeAnswerer({ username: 'u', password: 'p' }, seededRandom(1)).take({ ...answer, headers: [{ name: 'www-authenticate', value }] });
    }
    expect([...kinds].sort()).toEqual(['challenge', 'malformed']);
  });
});
