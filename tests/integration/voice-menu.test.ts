import { describe, expect, test } from '@jest/globals';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { eventually } from '@patchbay/testkit/eventually';
import { names, pick, telephone, untilEnded, useVoiceCentre, voice, waitingCaller } from '../support/voice/voice-calls.ts';

useVoiceCentre();

describe('a menu', () => {
  test('leads by key to its queue; the prompt is heard, the key interrupts it', async () => {
    const caller = await telephone();
    const before = voice.centre.contacts();
    const call = caller.call('4001');
    await call.answered;
    await eventually('the prompt sounds', () => caller.rtp.heard.slice(-20).some(({ payload }) => payload.some((byte) => byte !== 0xff)));
    caller.rtp.sendKey(call.media(), 1);
    const contactId = await voice.centre.contact(before);
    expect(await voice.centre.routing.request(contactId)).toMatchObject({ queue: 'billing', priority: 7 });
    call.hangUp();
    const facts = await untilEnded(contactId);
    expect(await names(contactId)).toEqual([
      'ContactStarted',
      'LegStarted',
      'LegAnswered',
      'FlowEntered',
      'DigitsCollected',
      'FlowStepTaken',
      'FlowStepTaken',
      'FlowLeft',
      'RoutingRequested',
      'CallQualityReported',
      'RoutingWithdrawn',
      'LegEnded',
      'ContactEnded',
    ]);
    expect(pick(facts, 'patchbay.voice.v1.DigitsCollected')[0]?.event).toMatchObject({ digits: '1', method: 'rfc4733', legId: 'customer' });
    expect(pick(facts, 'patchbay.contact.v1.FlowEntered')[0]?.event).toMatchObject({ flow: 'main', flowRevision: 3n });
  });

  test.each([
    ['8613900000001', 'vip', ['gold']],
    ['8613900000002', 'billing', []],
  ] as const)('knows the caller %s by the number before it chooses the way to %s', async (number, queue, known) => {
    const caller = await telephone();
    const before = voice.centre.contacts();
    const call = caller.call('4004', { from: `<sip:${number}@127.0.0.1>` });
    await call.answered;
    const contactId = await voice.centre.contact(before);
    expect(await voice.centre.routing.request(contactId)).toMatchObject({ queue });
    call.hangUp();
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactIdentified').map(({ event }) => event)).toEqual(known.map((customerId) => ({ contactId, customerId, confidence: 0.5, customerValue: 90 })));
  });

  test('takes keys by SIP INFO', async () => {
    const caller = await telephone();
    const before = voice.centre.contacts();
    const call = caller.call('4001');
    await call.answered;
    const contactId = await voice.centre.contact(before);
    await eventually('the menu has it', async () => (await names(contactId)).includes('FlowEntered'));
    const answer = await call.session.send('INFO', { body: { contentType: 'application/dtmf-relay', content: 'Signal=1\r\nDuration=160\r\n' } });
    expect(answer.status).toBe(200);
    await voice.centre.routing.request(contactId);
    call.hangUp();
    expect(pick(await untilEnded(contactId), 'patchbay.voice.v1.DigitsCollected')[0]?.event.method).toBe('sip-info');
  });

  test('can serve a caller to the end, after its last words', async () => {
    const caller = await telephone();
    const before = voice.centre.contacts();
    const call = caller.call('4001');
    await call.answered;
    const contactId = await voice.centre.contact(before);
    await eventually('the menu has it', async () => (await names(contactId)).includes('FlowEntered'));
    caller.rtp.sendKey(call.media(), 9);
    expect((await call.ended).cause).toBe('bye');
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.BOT, reason: EndReason.SELF_SERVED });
    expect(pick(facts, 'patchbay.contact.v1.FlowLeft')[0]?.event.outcome).toBe('end');
  });

  test('left by hanging up is told as left', async () => {
    const caller = await telephone();
    const before = voice.centre.contacts();
    const call = caller.call('4001');
    await call.answered;
    const contactId = await voice.centre.contact(before);
    await eventually('the menu has it', async () => (await names(contactId)).includes('FlowEntered'));
    call.hangUp();
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.FlowLeft')[0]?.event.outcome).toBe('customer_left');
    expect(await names(contactId)).not.toContain('RoutingWithdrawn');
  });

  test('that is missing leaves callers to the queue of the entry point', async () => {
    const { call, contactId } = await waitingCaller('4002');
    expect(await names(contactId)).not.toContain('FlowEntered');
    call.hangUp();
    await untilEnded(contactId);
  });

  test('is not reached outside opening hours: the caller hears so and is let go', async () => {
    const caller = await telephone();
    const before = voice.centre.contacts();
    const call = caller.call('4003');
    await call.answered;
    expect((await call.ended).cause).toBe('bye');
    const facts = await untilEnded(await voice.centre.contact(before));
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.REFUSED, code: 'hours' });
    expect(caller.rtp.heard.some(({ payload }) => payload.some((byte) => byte !== 0xff))).toBe(true);
  });
});
