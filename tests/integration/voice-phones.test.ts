import { describe, expect, test } from '@jest/globals';
import { WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { eventually } from '@patchbay/testkit/eventually';
import { annasPhone, ids, names, pick, telephone, untilEnded, useVoiceCentre, voice, waitingCaller } from '../support/voice/voice-calls.ts';
import { phonePasswords } from '../support/voice/voice-centre.ts';

useVoiceCentre();

describe('an offer', () => {
  test('declined on the phone is rejected; the next phone may ring', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    const first = ids.next();
    await voice.centre.routing.offer(contactId, { offerId: first, agentId: 'anna' });
    (await phone.nextCall()).decline(603);
    await eventually('routing is told', () => voice.centre.routing.asked.includes(`reject ${first} declined`));
    await voice.centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna', epoch: 2n });
    const again = await phone.nextCall();
    call.hangUp();
    expect((await again.ended).cause).toBe('cancelled');
    await untilEnded(contactId);
  });

  test.each([
    ['who is not registered', 'bert', 'VOICE_PHONE_UNREGISTERED'],
    ['without a phone', 'carl', 'VOICE_NO_PHONE'],
  ])('to an agent %s fails with the code', async (_, agentId, code) => {
    const { call, contactId } = await waitingCaller();
    const offerId = ids.next();
    await voice.centre.routing.offer(contactId, { offerId, agentId });
    await eventually('routing is told', () => voice.centre.routing.asked.includes(`fail ${offerId} ${code}`));
    call.hangUp();
    await untilEnded(contactId);
    expect((await names(contactId)).filter((name) => name === 'LegStarted')).toHaveLength(1);
  });

  test('taken back stops the phone', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    const offerId = ids.next();
    await voice.centre.routing.offer(contactId, { offerId, agentId: 'anna' });
    const ringing = await phone.nextCall();
    ringing.ring();
    await voice.centre.routing.cancel(contactId, offerId, 'anna');
    expect((await ringing.ended).cause).toBe('cancelled');
    call.hangUp();
    await untilEnded(contactId);
  });

  test('to several agents rings all of their phones; who answers has the call, the others stop', async () => {
    const anna = await annasPhone();
    const bert = await telephone();
    expect((await bert.register('1002', phonePasswords['1002'] as string)).status).toBe(200);
    const { caller, call, contactId } = await waitingCaller();
    const offers = { anna: ids.next(), bert: ids.next() };
    for (const [agentId, offerId] of Object.entries(offers)) await voice.centre.routing.offer(contactId, { offerId, agentId });
    const [annas, berts] = [await anna.nextCall(), await bert.nextCall()];
    annas.ring();
    berts.ring();
    await eventually('both are told as ringing', async () => (await names(contactId)).filter((name) => name === 'LegRang').length === 2);
    await berts.answer();
    bert.rtp.startTone(berts.media(), 1_000);
    expect((await annas.ended).cause).toBe('cancelled');
    await eventually('the caller hears who answered', () => caller.rtp.toneShare(1_000) > 0.9);
    expect(voice.centre.routing.asked.filter((asked) => Object.values(offers).some((offerId) => asked.includes(offerId)))).toEqual([`accept ${offers.bert}`]);
    call.hangUp();
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactConnected').map(({ event }) => event.agentId)).toEqual(['bert']);
    expect(pick(facts, 'patchbay.voice.v1.LegEnded').map(({ event }) => `${event.legId} ${event.sipStatus}`).sort()).toEqual(['agent-1 487', 'agent-2 200', 'customer 200']);
    await berts.ended;
  });

  test('of a deposed writer is not rung', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    const current = ids.next();
    await voice.centre.routing.offer(contactId, { offerId: current, agentId: 'bert', epoch: 9n });
    await eventually('the offer of the writer was seen', () => voice.centre.routing.asked.includes(`fail ${current} VOICE_PHONE_UNREGISTERED`));
    await voice.centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna', epoch: 8n });
    const last = ids.next();
    await voice.centre.routing.offer(contactId, { offerId: last, agentId: 'bert', epoch: 9n });
    await eventually('a later offer was seen', () => voice.centre.routing.asked.includes(`fail ${last} VOICE_PHONE_UNREGISTERED`));
    expect(phone.waitingCalls()).toBe(0);
    call.hangUp();
    await untilEnded(contactId);
  });

  test('accepted too late lets the phone go, and the caller waits on', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    voice.centre.routing.acceptWith = 'gone';
    await voice.centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna' });
    const ringing = await phone.nextCall();
    await ringing.answer();
    expect((await ringing.ended).cause).toBe('bye');
    expect(await names(contactId)).not.toContain('ContactConnected');
    call.hangUp();
    await untilEnded(contactId);
  });

  test('while the caller hangs up: withdrawn, the phone is cancelled', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    await voice.centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna' });
    const ringing = await phone.nextCall();
    ringing.ring();
    await eventually('the ringing is told', async () => (await names(contactId)).includes('LegRang'));
    call.hangUp();
    expect((await ringing.ended).cause).toBe('cancelled');
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.RoutingWithdrawn')[0]?.event.reason).toBe(WithdrawalReason.CUSTOMER_LEFT);
    expect(pick(facts, 'patchbay.voice.v1.LegEnded').map(({ event }) => `${event.legId} ${event.sipStatus} ${event.endedBy}`)).toEqual(['agent-1 487 gateway', 'customer 200 customer']);
  });

  test('rings every phone of the agent; the others stop when one answers', async () => {
    const first = await annasPhone();
    const second = await annasPhone();
    const { call, contactId } = await waitingCaller();
    await voice.centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna' });
    const [one, other] = [await first.nextCall(), await second.nextCall()];
    await other.answer();
    expect((await one.ended).cause).toBe('cancelled');
    await eventually('they talk', async () => (await names(contactId)).includes('ContactConnected'));
    call.hangUp();
    await other.ended;
    await untilEnded(contactId);
  });
});

describe('a phone', () => {
  test('is registered with the right password only', async () => {
    const phone = await telephone();
    expect((await phone.register('1001', 'wrong-password')).status).toBe(403);
    expect((await phone.register('7777', 'nobody-has-this')).status).toBe(403);
    expect((await phone.register('1001', phonePasswords['1001'] as string)).status).toBe(200);
  });

  test('stays registered over a restart of the gateway', async () => {
    const second = await voice.centre.startGateway();
    const phone = await telephone('UDP', second.sip.udpPort);
    await phone.register('1002', phonePasswords['1002'] as string);
    await second.stop();
    const third = await voice.centre.startGateway({ VOICE_SIP_PORT: String(second.sip.udpPort) });
    const caller = await telephone('UDP', third.sip.udpPort);
    const before = voice.centre.contacts();
    const call = caller.call('4000');
    await call.answered;
    const contactId = await voice.centre.contact(before);
    await voice.centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'bert' });
    const ringing = await phone.nextCall();
    call.hangUp();
    await ringing.ended;
    await untilEnded(contactId);
    await phone.register('1002', phonePasswords['1002'] as string, { expiresS: 0 });
    await third.stop();
  });

  test('that is registered anew and anew keeps the agent reachable', async () => {
    const phones = await Promise.all(Array.from({ length: 6 }, () => telephone()));
    for (const phone of phones) expect((await phone.register('1001', phonePasswords['1001'] as string)).status).toBe(200);
  });
});
