import { describe, expect, test } from '@jest/globals';
import { established, expectNothingLeft } from '../testing/calls.ts';
import { sdp } from '../testing/test-endpoint.ts';
import type { IncomingReinvite } from './session.ts';

/** Lets a side take every re-INVITE with this SDP; returns what was offered. */
function agreeing(session: { setHandlers(handlers: object): void }, answer: string): (string | undefined)[] {
  const offers: (string | undefined)[] = [];
  session.setHandlers({
    onReinvite: async (reinvite: IncomingReinvite) => {
      offers.push(reinvite.offer);
      await reinvite.accept(answer);
    },
  });
  return offers;
}

describe('a re-INVITE', () => {
  test('of either side changes the media and refreshes the target', async () => {
    const { world, a, b, outgoing, incoming } = await established();
    const atBob = agreeing(incoming, sdp(20_001, 'recvonly'));
    const atAlice = agreeing(outgoing.session, sdp(10_001));
    const held = outgoing.session.reinvite({ sdp: sdp(10_000, 'sendonly') });
    await world.clock.advanceAsync(50);
    expect(await held).toMatchObject({ accepted: true, sdp: sdp(20_001, 'recvonly') });
    const back = incoming.reinvite({ sdp: sdp(20_002) });
    await world.clock.advanceAsync(50);
    expect(await back).toMatchObject({ accepted: true, sdp: sdp(10_001) });
    expect([atBob, atAlice]).toEqual([[sdp(10_000, 'sendonly')], [sdp(20_002)]]);
    outgoing.session.hangUp();
    await expectNothingLeft(world, a, b);
  });

  test('without SDP asks for an offer, which its ACK answers', async () => {
    const { world, a, b, outgoing, incoming } = await established();
    const answers: (string | undefined)[] = [];
    incoming.setHandlers({
      onReinvite: async (reinvite) => {
        expect(reinvite.offer).toBeUndefined();
        answers.push(await reinvite.accept(sdp(20_005)));
      },
    });
    const result = outgoing.session.reinvite({ answerOffer: (offer) => Promise.resolve(offer.replace('20005', '10005')) });
    await world.clock.advanceAsync(50);
    expect(await result).toMatchObject({ accepted: true, sdp: sdp(20_005) });
    expect(answers).toEqual([sdp(20_005).replace('20005', '10005')]);
    incoming.hangUp();
    await expectNothingLeft(world, a, b);
  });

  test('that is refused, or that nobody handles (488), leaves the call as it was', async () => {
    const { world, outgoing, incoming } = await established();
    const unhandled = outgoing.session.reinvite({ sdp: sdp(1) });
    await world.clock.advanceAsync(50);
    expect(await unhandled).toMatchObject({ accepted: false, status: 488 });
    incoming.setHandlers({ onReinvite: (reinvite) => { reinvite.reject(606); } });
    const refused = outgoing.session.reinvite({ sdp: sdp(2) });
    await world.clock.advanceAsync(50);
    expect(await refused).toMatchObject({ accepted: false, status: 606 });
    expect([outgoing.session.state(), incoming.state()]).toEqual(['confirmed', 'confirmed']);
  });

  test('whose handler fails is answered 500', async () => {
    const { world, outgoing, incoming } = await established();
    incoming.setHandlers({ onReinvite: () => { throw new Error('broken'); } });
    const result = outgoing.session.reinvite({ sdp: sdp(1) });
    await world.clock.advanceAsync(50);
    expect(await result).toMatchObject({ accepted: false, status: 500 });
  });

  test('that its handler forgets is answered 500 after 64·T1', async () => {
    const { world, outgoing, incoming } = await established();
    incoming.setHandlers({ onReinvite: () => {} });
    const result = outgoing.session.reinvite({ sdp: sdp(1) });
    await world.clock.advanceAsync(32_100);
    expect(await result).toMatchObject({ accepted: false, status: 500 });
  });

  test('cannot start before the call is confirmed, nor while another is open', async () => {
    const { world, outgoing, incoming } = await established();
    incoming.setHandlers({ onReinvite: () => {} });
    const open = outgoing.session.reinvite({ sdp: sdp(1) });
    await expect(outgoing.session.reinvite({ sdp: sdp(2) })).rejects.toMatchObject({ code: 'SIP_REINVITE_PENDING' });
    await world.clock.advanceAsync(20);
    await expect(incoming.reinvite({ sdp: sdp(3) })).rejects.toMatchObject({ code: 'SIP_REINVITE_PENDING' });
    outgoing.session.hangUp();
    expect(await open).toMatchObject({ accepted: false, status: 487 });
    await expect(outgoing.session.reinvite({ sdp: sdp(4) })).rejects.toMatchObject({ code: 'SIP_BAD_STATE' });
  });

  test('whose 200 is never acknowledged ends the call', async () => {
    const { world, a, b, outgoing, incoming, called } = await established();
    let fault: unknown;
    incoming.setHandlers({
      onReinvite: (reinvite) => reinvite.accept(sdp(1)).then(() => {}, (error: unknown) => { fault = error; }),
      onEnd: (end) => called.ends.push(end),
    });
    world.network.lose = ({ what }) => what === 'ACK';
    void outgoing.session.reinvite({ sdp: sdp(2) });
    await world.clock.advanceAsync(33_000);
    expect(fault).toMatchObject({ code: 'SIP_NO_ACK' });
    expect(called.ends).toMatchObject([{ cause: 'no-ack', by: 'stack' }]);
    expect(outgoing.heard.at(-1)).toBe('end bye remote 200');
    await expectNothingLeft(world, a, b);
  });

  test('that is answered 481 or not at all ends the call', async () => {
    const { world, a, b, outgoing, called } = await established();
    world.network.lose = ({ to }) => to === '192.0.2.2:5060';
    const result = outgoing.session.reinvite({ sdp: sdp(2) });
    await world.clock.advanceAsync(33_000);
    expect(await result).toMatchObject({ accepted: false, status: 408 });
    expect(outgoing.heard.at(-1)).toBe('end gone stack 408');
    called.calls[0]!.hangUp();
    await expectNothingLeft(world, a, b);
  });
});

describe('two re-INVITEs that cross', () => {
  test('are both refused with 491; the owner of the Call-ID waits 2.1 to 4 s, the other up to 2 s, and the first to come wins', async () => {
    const { world, a, b, outgoing, incoming } = await established();
    agreeing(incoming, sdp(20_001));
    agreeing(outgoing.session, sdp(10_001));
    const startMs = world.clock.monotonicMs();
    const ofOwner = outgoing.session.reinvite({ sdp: sdp(10_000) });
    const ofOther = incoming.reinvite({ sdp: sdp(20_000) });
    await world.clock.advanceAsync(10_000);
    expect(world.network.count('491 INVITE')).toBe(2);
    expect(await ofOther).toMatchObject({ accepted: true });
    // The other's went through meanwhile, so the owner's SDP may be out of date.
    expect(await ofOwner).toMatchObject({ accepted: false, status: 491 });
    const again = world.network.deliveries.filter((one) => one.what === 'INVITE' && one.atMs > startMs + 20);
    expect(again.map((one) => one.from)).toEqual(['192.0.2.2:5060']);
    const waitedMs = again[0]!.atMs - startMs;
    expect(waitedMs).toBeGreaterThanOrEqual(10);
    expect(waitedMs).toBeLessThanOrEqual(2_020);
    outgoing.session.hangUp();
    await expectNothingLeft(world, a, b);
  });

  test.each(['owner', 'other'] as const)('are tried again by the %s of the Call-ID after its own delay, three times in all', async (who) => {
    const { world, outgoing, incoming, a, b } = await established();
    const [mine, myAddress] = who === 'owner' ? [outgoing.session, '192.0.2.1:5060'] : [incoming, '192.0.2.2:5060'];
    const theirs = who === 'owner' ? incoming : outgoing.session;
    // The other side's re-INVITE never gets through, so that it stays under way and refuses all of ours.
    world.network.lose = ({ what, from }) => what === 'INVITE' && from !== myAddress;
    const startMs = world.clock.monotonicMs();
    const blocked = theirs.reinvite({ sdp: sdp(1) });
    const result = mine.reinvite({ sdp: sdp(2) });
    await world.clock.advanceAsync(20_000);
    expect(await result).toMatchObject({ accepted: false, status: 491 });
    const sentMs = world.network.deliveries.filter((one) => one.what === 'INVITE' && one.from === myAddress && one.atMs >= startMs).map((one) => one.atMs);
    // Each answer takes 10 ms to come back.
    const waitsMs = [sentMs[1]! - sentMs[0]! - 10, sentMs[2]! - sentMs[1]! - 10];
    expect(sentMs).toHaveLength(3);
    const [least, most] = who === 'owner' ? [2_100, 4_000] : [0, 2_000];
    expect(waitsMs.every((waitMs) => waitMs >= least && waitMs <= most && waitMs % 10 === 0)).toBe(true);
    await world.clock.advanceAsync(20_000);
    expect(await blocked).toMatchObject({ accepted: false, status: 408 });
    await expectNothingLeft(world, a, b);
  });

  test('and the one that waits takes the other side\'s in the meantime', async () => {
    const { world, outgoing, incoming } = await established();
    const offers = agreeing(outgoing.session, sdp(10_001));
    let blocked = true;
    world.network.lose = ({ what, from }) => blocked && what === 'INVITE' && from === '192.0.2.2:5060';
    void incoming.reinvite({ sdp: sdp(20_000) });
    const ofOwner = outgoing.session.reinvite({ sdp: sdp(10_000) });
    await world.clock.advanceAsync(200);
    blocked = false;
    await world.clock.advanceAsync(5_000);
    expect(offers).toEqual([sdp(20_000)]);
    expect(await ofOwner).toMatchObject({ accepted: false, status: 491 });
  });
});
