import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { Direction, EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { Resource, Role } from '@patchbay/contracts/directory/v1/resource';
import { OfferMissed } from '@patchbay/contracts/routing/v1/routing_event';
import { CallBackServiceDefinition } from '@patchbay/contracts/voice/v1/call_back_service';
import { eventually } from '@patchbay/testkit/eventually';
import { agentActor, putResources, queueResource } from '../support/robot-centre.ts';
import { startTelephone, type Telephone } from '../support/voice/telephone.ts';
import { phonePasswords, tenant } from '../support/voice/voice-centre.ts';
import { annasPhone, hearEachOther, ids, names, pick, story, telephone, untilEnded, useVoiceCentre, voice } from '../support/voice/voice-calls.ts';

useVoiceCentre();

let trunk: Telephone;
let callBacks: RpcClient<typeof CallBackServiceDefinition>;
const program = { tenant, actor: { subject: 'key:shop', kind: 'key' as const, roles: [Role.MANAGER] } };
const wish = { entryPoint: 'back', number: '+86 138-0000-5678' };

async function openTrunk(port: number): Promise<void> {
  trunk = await startTelephone({ port });
  const settings = { language: 'en', trunkProxy: `127.0.0.1:${trunk.sipPort}`, callBackGreeting: 'beep.wav', callBackWhisper: 'beep.wav' };
  await voice.centre.putEntryPoint('back', { address: '4010', queue: 'billing', settings });
}

beforeAll(async () => {
  callBacks = createRpcClient(voice.centre.bus, CallBackServiceDefinition);
  await putResources(voice.centre.bus, tenant, [queueResource('billing')]);
  await openTrunk(voice.gateway.sip.udpPort);
  // The gateway hears of resources a little later.
  await eventually('the entry point and its queue are known', async () => (await codeOf(callBacks.requestCallBack({ ...wish, number: 'x' }, program))) === 'VOICE_BAD_NUMBER' && (await codeOf(callBacks.requestCallBack({ ...wish, queue: 'nowhere' }, program))) === 'VOICE_UNKNOWN_QUEUE');
});

afterAll(() => trunk.close());

const codeOf = (asked: Promise<unknown>) => asked.then(() => 'done', (error: { code?: string }) => error.code);

async function offered(contactId: string): Promise<string> {
  const offerId = ids.next();
  await voice.centre.routing.offer(contactId, { offerId, agentId: 'anna' });
  return offerId;
}

describe('a call-back that a program asks for', () => {
  test('waits in its queue, rings the agent’s phone, then the customer’s, and both hear each other', async () => {
    const parentContactId = ids.next();
    const phone = await annasPhone();
    const { contactId } = await callBacks.requestCallBack({ ...wish, customerName: '李女士', parentContactId, priority: 9, maxAttempts: 2, attributes: [{ name: 'order', value: 'A17' }] }, program);
    expect(pick(await story(contactId), 'patchbay.contact.v1.ContactStarted')[0]?.event).toMatchObject({
      direction: Direction.OUTBOUND,
      entryPoint: 'back',
      parentContactId,
      customer: { type: 'tel', address: '8613800005678', displayName: '李女士' },
      attributes: [{ name: 'order', value: 'A17' }, { name: 'call_back', value: 'requested' }],
    });
    expect(pick(await story(contactId), 'patchbay.contact.v1.RoutingRequested')[0]?.event).toMatchObject({ queue: 'billing', priority: 9, callBack: { numberConfirmed: true, maxAttempts: 2 } });
    await offered(contactId);
    const annas = await phone.nextCall();
    await annas.answer();
    const customers = await trunk.nextCall();
    await customers.answer();
    await hearEachOther({ phone: trunk, call: customers }, { phone, call: annas });
    trunk.rtp.stopTone();
    annas.hangUp();
    await customers.ended;
    expect(pick(await untilEnded(contactId), 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.AGENT });
  });

  test('again under the same contact is the same one, also when it is over', async () => {
    const contactId = ids.next();
    const [first, second] = await Promise.all([callBacks.requestCallBack({ ...wish, contactId }, program), callBacks.requestCallBack({ ...wish, contactId }, program)]);
    expect([first.contactId, second.contactId]).toEqual([contactId, contactId]);
    expect(await names(contactId)).toEqual(['ContactStarted', 'RoutingRequested']);
    expect(await codeOf(callBacks.requestCallBack({ ...wish, contactId, number: '10086' }, program))).toBe('VOICE_CONTACT_KNOWN');
    await voice.centre.routing.refuse(contactId, 'queue_full');
    await untilEnded(contactId);
    expect(await callBacks.requestCallBack({ ...wish, contactId }, program)).toEqual({ contactId });
    expect((await names(contactId)).filter((name) => name === 'RoutingRequested')).toHaveLength(1);
  });

  test.each([
    ['a number that is none', { number: 'call me' }, 'VOICE_BAD_NUMBER'],
    ['a number that no trunk takes', { number: '123456789012345678901' }, 'VOICE_BAD_NUMBER'],
    ['an entry point that is none', { entryPoint: 'nowhere' }, 'VOICE_UNKNOWN_ENTRY_POINT'],
    ['a queue that is none', { queue: 'nowhere' }, 'VOICE_UNKNOWN_QUEUE'],
    ['no trunk', { entryPoint: 'direct' }, 'VOICE_NO_TRUNK'],
    ['yesterday', { dueAt: new Date(Date.now() - 86_400_000) }, 'VOICE_BAD_TIME'],
    ['a time next year', { dueAt: new Date(Date.now() + 31 * 86_400_000) }, 'VOICE_BAD_TIME'],
    ['four tries', { maxAttempts: 4 }, 'VOICE_BAD_REQUEST'],
    ['a priority below nothing', { priority: -1 }, 'VOICE_BAD_REQUEST'],
    ['a name without end', { customerName: '李'.repeat(201) }, 'VOICE_BAD_REQUEST'],
  ])('with %s is refused and begins nothing', async (_what, fault, code) => {
    const before = voice.centre.contacts();
    expect(await codeOf(callBacks.requestCallBack({ ...wish, ...fault }, program))).toBe(code);
    expect(voice.centre.contacts()).toBe(before);
  });

  test('is for those who work with customers', async () => {
    expect(await codeOf(callBacks.requestCallBack(wish, { tenant, actor: { ...program.actor, roles: [Role.QA] } }))).toBe('VOICE_FORBIDDEN');
    const { contactId } = await callBacks.requestCallBack(wish, { tenant, actor: agentActor('anna') });
    await voice.centre.routing.refuse(contactId, 'queue_full');
    await untilEnded(contactId);
  });
});

describe('a customer who is not to be called', () => {
  const forbid = (doNotCall: boolean) =>
    putResources(voice.centre.bus, tenant, [Resource.fromPartial({ kind: 'Customer', name: 'quiet', spec: { $case: 'customer', value: { displayName: 'quiet', identities: [{ type: 'tel', address: '+86 139 1111 2222' }], doNotCall } } })]);
  const quiet = { ...wish, number: '8613911112222' };

  test('is not called though the wish came later than the call was asked for, and cannot be asked for', async () => {
    const phone = await annasPhone();
    const { contactId } = await callBacks.requestCallBack(quiet, program);
    await forbid(true);
    await eventually('the gateway knows', async () => (await codeOf(callBacks.requestCallBack(quiet, program))) === 'VOICE_DO_NOT_CALL');
    await offered(contactId);
    const annas = await phone.nextCall();
    await annas.answer();
    expect(pick(await untilEnded(contactId), 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.REFUSED, code: 'do_not_call' });
    expect((await annas.ended).cause).toBe('bye');
    expect(trunk.waitingCalls()).toBe(0);
    await forbid(false);
  });
});

describe('a gateway that is killed', () => {
  test('while it rings the agent’s phone for a call-back leaves it to the next one, which reaches the customer', async () => {
    await voice.gateway.stop();
    const killed = await voice.centre.spawnGateway();
    await trunk.close();
    await openTrunk(killed.sipPort);
    const first = await telephone('UDP', killed.sipPort);
    expect((await first.register('1001', phonePasswords['1001'] as string)).status).toBe(200);
    const { contactId } = await callBacks.requestCallBack(wish, program);
    const missed = await offered(contactId);
    (await first.nextCall()).ring();
    await eventually('the ringing is told', async () => (await names(contactId)).includes('LegRang'));
    await killed.kill();

    voice.gateway = await voice.centre.startGateway({ VOICE_LOSS_GRACE_MS: '500' });
    await trunk.close();
    await openTrunk(voice.gateway.sip.udpPort);
    const phone = await annasPhone();
    await voice.centre.routing.write(OfferMissed, contactId, { offerId: missed, agentId: 'anna' });
    await eventually('the killed one’s leg is ended', async () => (await names(contactId)).includes('LegEnded'), 20_000);
    await offered(contactId);
    const annas = await phone.nextCall();
    await annas.answer();
    await (await trunk.nextCall()).answer();
    await eventually('they are connected', async () => (await names(contactId)).includes('ContactConnected'));
    annas.hangUp();
    expect(pick(await untilEnded(contactId), 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.AGENT, reason: EndReason.AGENT_ENDED });
  }, 60_000);
});
