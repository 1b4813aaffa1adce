import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sendCommand } from '@patchbay/bus/commands';
import { EndContact } from '@patchbay/contracts/channel/v1/channel_command';
import { Direction, EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { ContactOverflowed, ContactQueued, QueueCause, RoutingClosed } from '@patchbay/contracts/routing/v1/routing_event';
import { eventually } from '@patchbay/testkit/eventually';
import { startTelephone, type Telephone } from '../support/voice/telephone.ts';
import { tenant } from '../support/voice/voice-centre.ts';
import { annasPhone, hearEachOther, ids, names, pick, story, untilEnded, useVoiceCentre, voice, waitingCaller } from '../support/voice/voice-calls.ts';

useVoiceCentre();

let trunk: Telephone;
const enqueuedAt = new Date(Date.now() - 90_000);

beforeAll(async () => {
  trunk = await startTelephone({ port: voice.gateway.sip.udpPort });
  const settings = { language: 'en', callBackAfterSeconds: '0', trunkProxy: `127.0.0.1:${trunk.sipPort}`, callBackSpacingSeconds: '300', callBackGreeting: 'beep.wav', callBackWhisper: 'beep.wav' };
  await voice.centre.putEntryPoint('back', { address: '4010', queue: 'billing', settings });
});

afterAll(() => trunk.close());

/** Where the call waits, as routing tells it. */
async function queueCall(contactId: string): Promise<void> {
  const { requestId } = await voice.centre.routing.request(contactId);
  await voice.centre.routing.write(ContactQueued, contactId, ContactQueued.fromPartial({ contactId, requestId, queue: 'billing', cause: QueueCause.FIRST, channel: 'voice', enqueuedAt, askedPriority: 7, epoch: 1n }));
}

const packetsOf = (caller: Telephone) => caller.rtp.heard.length;
const isQuiet = (caller: Telephone) => caller.rtp.heard.slice(-15).every(({ payload }) => payload.every((byte) => byte === 0xff));

/** Presses keys, the first until the gateway took it. */
async function press(caller: Telephone, to: { address: string; port: number }, keys: string): Promise<void> {
  for (const key of keys) {
    const before = packetsOf(caller);
    caller.rtp.sendKey(to, key === '#' ? 11 : Number(key));
    await eventually('the next packets came', () => packetsOf(caller) > before + 5);
  }
}

/** A caller who waits, presses 1 and confirms the number; the call-back's contact. */
async function askedForCallBack(): Promise<{ parentId: string; contactId: string; caller: Telephone }> {
  const { caller, call, contactId: parentId } = await waitingCaller('4010');
  await queueCall(parentId);
  const before = voice.centre.contacts();
  await eventually('the call-back is stored', async () => {
    await press(caller, call.media(), '1');
    return voice.centre.contacts() > before;
  });
  call.hangUp();
  const contactId = await voice.centre.contact(before);
  await untilEnded(parentId);
  return { parentId, contactId, caller };
}

/** Anna's phone rings for the call-back and is answered; then the customer's telephone rings. */
async function taken(phone: Telephone, contactId: string) {
  const offerId = ids.next();
  await voice.centre.routing.offer(contactId, { offerId, agentId: 'anna' });
  const annas = await phone.nextCall();
  await annas.answer();
  const customers = await trunk.nextCall();
  return { annas, customers, offerId };
}

describe('a caller who does not want to wait', () => {
  test('presses 1, confirms the number, is called back at the call’s place, and both hear each other', async () => {
    const phone = await annasPhone();
    const { parentId, contactId } = await askedForCallBack();
    const parent = await story(parentId);
    expect(pick(parent, 'patchbay.contact.v1.RoutingWithdrawn').map(({ event }) => event.reason)).toEqual([WithdrawalReason.MOVED]);
    expect(pick(parent, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.CUSTOMER, reason: EndReason.SELF_SERVED, code: 'call_back' });
    const begun = await story(contactId);
    expect(pick(begun, 'patchbay.contact.v1.ContactStarted')[0]?.event).toMatchObject({ direction: Direction.OUTBOUND, channel: 'voice', entryPoint: 'back', parentContactId: parentId, customer: { type: 'tel', address: '8613800001234' } });
    expect(pick(begun, 'patchbay.contact.v1.RoutingRequested')[0]?.event).toMatchObject({ queue: 'billing', priority: 7, firstEnqueuedAt: enqueuedAt, callBack: { numberConfirmed: true, spacingSeconds: 300 } });

    const { annas, customers } = await taken(phone, contactId);
    customers.ring();
    await eventually('the ringing is told', async () => (await names(contactId)).filter((name) => name === 'LegRang').length === 1);
    expect(await names(contactId)).not.toContain('ContactConnected');
    await customers.answer();
    await hearEachOther({ phone: trunk, call: customers }, { phone, call: annas });
    trunk.rtp.stopTone();
    annas.hangUp();
    await customers.ended;
    const facts = await untilEnded(contactId);
    expect((await names(contactId)).slice(2)).toEqual(['ContactOffered', 'LegStarted', 'ContactAssigned', 'LegAnswered', 'LegStarted', 'LegRang', 'LegAnswered', 'ContactConnected', 'CallQualityReported', 'CallQualityReported', 'LegEnded', 'LegEnded', 'ContactEnded']);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.AGENT, reason: EndReason.AGENT_ENDED });
    expect(pick(facts, 'patchbay.voice.v1.LegStarted').map(({ event }) => [event.legId, event.party, event.inbound])).toEqual([['agent-1', Party.AGENT, false], ['customer', Party.CUSTOMER, false]]);
  });

  test('and who is busy is a failed try: the agent is free, and the next offer calls again', async () => {
    const phone = await annasPhone();
    const { contactId } = await askedForCallBack();
    const first = await taken(phone, contactId);
    first.customers.decline(486);
    expect((await first.annas.ended).cause).toBe('bye');
    await eventually('the try is told', async () => (await names(contactId)).includes('CallBackFailed'));
    expect(pick(await story(contactId), 'patchbay.contact.v1.CallBackFailed')[0]?.event).toEqual({ contactId, assignmentId: `${first.offerId}-assignment`, code: 'SIP_486' });
    expect(await names(contactId)).not.toContain('ContactEnded');

    const second = await taken(phone, contactId);
    await second.customers.answer();
    await eventually('they are connected', async () => (await names(contactId)).includes('ContactConnected'));
    second.customers.hangUp();
    await untilEnded(contactId);
    expect(pick(await story(contactId), 'patchbay.voice.v1.LegStarted').map(({ event }) => event.legId)).toEqual(['agent-1', 'customer', 'agent-2', 'customer-2']);
  });

  test('and whose agent hangs up before anybody answered is not a failed try', async () => {
    const phone = await annasPhone();
    const { contactId } = await askedForCallBack();
    const { annas, customers, offerId } = await taken(phone, contactId);
    customers.ring();
    annas.hangUp();
    expect((await customers.ended).cause).toBe('cancelled');
    await eventually('routing is told', () => voice.centre.routing.asked.includes(`fail ${offerId} agent_left`));
    expect(await names(contactId)).not.toContain('CallBackFailed');
  });

  test('and is taken off the list by a team lead is not called any more', async () => {
    const { contactId } = await askedForCallBack();
    const command = EndContact.fromPartial({ contactId, commandId: ids.next(), by: Party.AGENT, reason: EndReason.AGENT_ENDED });
    await sendCommand(voice.centre.bus, { tenant, channel: 'voice', name: 'EndContact', command });
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.RoutingWithdrawn')).toHaveLength(1);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.AGENT, reason: EndReason.AGENT_ENDED });
  });

  test('and could not be reached in the last try is let go', async () => {
    const { contactId } = await askedForCallBack();
    const { requestId } = await voice.centre.routing.request(contactId);
    await voice.centre.routing.write(RoutingClosed, contactId, { requestId, queue: 'billing', reason: WithdrawalReason.FAILED });
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.FAILED, code: 'not_reached' });
  });

  test('is rung for by one gateway only, whichever runs', async () => {
    const other = await voice.centre.startGateway();
    const phone = await annasPhone();
    const { contactId } = await askedForCallBack();
    const { annas, customers } = await taken(phone, contactId);
    await customers.answer();
    await eventually('they are connected', async () => (await names(contactId)).includes('ContactConnected'));
    expect([phone.waitingCalls(), trunk.waitingCalls()]).toEqual([0, 0]);
    annas.hangUp();
    await untilEnded(contactId);
    await other.stop();
  });
});

describe('a plan that ends with a call-back', () => {
  test('asks the caller, who enters another number', async () => {
    const { caller, call, contactId: parentId } = await waitingCaller('4010');
    await queueCall(parentId);
    const { requestId } = await voice.centre.routing.request(parentId);
    const before = voice.centre.contacts();
    await voice.centre.routing.write(ContactOverflowed, parentId, { requestId, fromQueue: 'billing', toQueue: '', waitedMs: 5n, reason: 'wait', action: 'call_back', plan: 'day' });
    await eventually('the question is heard', () => !isQuiet(caller));
    await press(caller, call.media(), '1240018001#1');
    expect((await call.ended).cause).toBe('bye');
    const contactId = await voice.centre.contact(before);
    expect(pick(await story(contactId), 'patchbay.contact.v1.ContactStarted')[0]?.event.customer?.address).toBe('40018001');
    expect(await names(parentId)).not.toContain('RoutingWithdrawn');
  });
});
