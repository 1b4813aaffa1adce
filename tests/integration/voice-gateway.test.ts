import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sendCommand } from '@patchbay/bus/commands';
import type { AnyFact, Fact } from '@patchbay/bus/fact';
import { openKv } from '@patchbay/bus/kv';
import { readAudio } from '@patchbay/bus/media';
import { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import type { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import type { EventType } from '@patchbay/contracts/event-types';
import { createIdSource } from '@patchbay/runtime/ids';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { decodeSamples } from '@patchbay/voice-gateway/domain/media/g711';
import type { RunningVoiceGateway } from '@patchbay/voice-gateway/service';
import { toneShareOf } from '@patchbay/voice-gateway/testing/rtp-peer';
import { startTelephone, type Telephone } from '../support/voice/telephone.ts';
import { phonePasswords, startVoiceCentre, tenant, type VoiceCentre } from '../support/voice/voice-centre.ts';

const ids = createIdSource();
let nats: TestNats;
let centre: VoiceCentre;
let gateway: RunningVoiceGateway;
const telephones: Telephone[] = [];

beforeAll(async () => {
  nats = await startNats();
  centre = await startVoiceCentre(nats.url);
  gateway = await centre.startGateway({ VOICE_LOSS_GRACE_MS: '500' });
});
afterEach(async () => {
  for (const telephone of telephones.splice(0)) await telephone.close();
  centre.routing.acceptWith = 'assign';
});
afterAll(async () => {
  await gateway.stop();
  await centre.stop();
  await nats.stop();
});

async function telephone(transport: 'UDP' | 'TCP' = 'UDP', port = transport === 'UDP' ? gateway.sip.udpPort : gateway.sip.tcpPort): Promise<Telephone> {
  const made = await startTelephone({ port, transport });
  telephones.push(made);
  return made;
}

/** A phone that anna registered. */
async function annasPhone(transport: 'UDP' | 'TCP' = 'UDP'): Promise<Telephone> {
  const phone = await telephone(transport);
  expect((await phone.register('1001', phonePasswords['1001'] as string)).status).toBe(200);
  return phone;
}

/** A caller in the queue, with the contact. */
async function waitingCaller(number = '4000') {
  const caller = await telephone();
  const before = centre.contacts();
  const call = caller.call(number);
  await call.answered;
  const contactId = await centre.contact(before);
  await centre.routing.request(contactId);
  return { caller, call, contactId };
}

/** A caller and anna who talk, each sending a tone. */
async function talking() {
  const phone = await annasPhone();
  const { caller, call, contactId } = await waitingCaller();
  const offerId = ids.next();
  await centre.routing.offer(contactId, { offerId, agentId: 'anna' });
  const ringing = await phone.nextCall();
  ringing.ring();
  await eventually('the ringing is told', async () => (await names(contactId)).includes('LegRang'));
  await ringing.answer();
  caller.rtp.startTone(call.media(), 440);
  phone.rtp.startTone(ringing.media(), 1_000);
  await eventually('anna hears the caller', () => phone.rtp.toneShare(440) > 0.9);
  await eventually('the caller hears anna', () => caller.rtp.toneShare(1_000) > 0.9);
  return { phone, caller, call, ringing, contactId, offerId };
}

const story = (contactId: string) => centre.routing.story(contactId);
const names = (contactId: string) => centre.routing.names(contactId);

function pick<Type extends EventType>(facts: readonly AnyFact[], type: Type): Fact<Type>[] {
  return facts.filter((fact) => fact.type === type) as unknown as Fact<Type>[];
}

async function untilEnded(contactId: string): Promise<readonly AnyFact[]> {
  await eventually('the contact ended', async () => (await names(contactId)).includes('ContactEnded'));
  return story(contactId);
}

describe('a call', () => {
  test('reaches an agent, both hear each other, and its facts are told in order', async () => {
    const { phone, call, ringing, contactId } = await talking();
    expect(ringing.headers.find(({ name }) => name === 'x-patchbay-contact')?.value).toBe(contactId);
    expect(phone.waitingCalls()).toBe(0);
    call.hangUp();
    expect((await ringing.ended).cause).toBe('bye');
    const facts = await untilEnded(contactId);
    expect(facts.map(({ type }) => type.split('.').at(-1))).toEqual([
      'ContactStarted',
      'LegStarted',
      'LegAnswered',
      'RoutingRequested',
      'ContactOffered',
      'LegStarted',
      'LegRang',
      'ContactAssigned',
      'LegAnswered',
      'ContactConnected',
      'CallQualityReported',
      'CallQualityReported',
      'LegEnded',
      'LegEnded',
      'ContactEnded',
    ]);
    expect(pick(facts, 'patchbay.contact.v1.ContactStarted')[0]?.event).toMatchObject({
      channel: 'voice',
      entryPoint: 'direct',
      customer: { type: 'tel', address: '8613800001234', displayName: 'Caller', verified: false },
      attributes: [{ name: 'dialled', value: '4000' }, { name: 'language', value: 'en' }],
    });
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT });
    const quality = pick(facts, 'patchbay.voice.v1.CallQualityReported').map(({ event }) => event);
    expect(quality.map(({ legId }) => legId).sort()).toEqual(['agent-1', 'customer']);
    for (const { received } of quality) expect(received).toMatchObject({ lost: 0n });
    for (const { received } of quality) expect(received?.mos).toBeGreaterThan(3.5);
    expect(new Set(facts.map(({ source }) => source))).toEqual(new Set(['voice-gateway', 'routing']));
  });

  test('is told as sound of both sides on one time line, which ends', async () => {
    const { call, contactId } = await talking();
    const chunks = async () => {
      const found: AudioChunk[] = [];
      for await (const chunk of readAudio(centre.bus, { tenant, contactId })) found.push(chunk);
      return found;
    };
    await eventually('two seconds of both sides are stored', async () => (await chunks()).length >= 4);
    call.hangUp();
    await untilEnded(contactId);
    const all = await eventually('both sides have an end', async () => {
      const found = await chunks();
      return found.filter(({ last }) => last).length === 2 ? found : undefined;
    });
    for (const [legId, party, frequencyHz] of [['customer', Party.CUSTOMER, 440], ['agent-1', Party.AGENT, 1_000]] as const) {
      const leg = all.filter((chunk) => chunk.legId === legId);
      expect(leg.map(({ chunkNo }) => Number(chunkNo))).toEqual(leg.map((_, index) => index));
      expect(leg.map(({ last }) => last)).toEqual(leg.map((_, index) => index === leg.length - 1));
      expect(leg.every((chunk) => chunk.party === party && chunk.codec === 'PCMU')).toBe(true);
      expect(toneShareOf(decodeSamples('PCMU', (leg[1] as AudioChunk).samples), frequencyHz)).toBeGreaterThan(0.9);
    }
    const first = (legId: string) => all.find((chunk) => chunk.legId === legId)?.startNs;
    expect(first('customer')).toBe(first('agent-1'));
  });

  test('ends when the agent hangs up', async () => {
    const { call, ringing, contactId } = await talking();
    ringing.hangUp();
    expect((await call.ended).cause).toBe('bye');
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.AGENT, reason: EndReason.AGENT_ENDED });
    expect(pick(facts, 'patchbay.voice.v1.LegEnded').map(({ event }) => `${event.legId} ${event.sipStatus} ${event.endedBy}`)).toEqual(['agent-1 200 agent', 'customer 200 gateway']);
  });

  test('works over TCP, and without an offer in the INVITE', async () => {
    const phone = await annasPhone('TCP');
    const caller = await telephone('TCP');
    const before = centre.contacts();
    const call = caller.call('4000', { withoutOffer: true });
    await call.answered;
    const contactId = await centre.contact(before);
    await centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna' });
    const ringing = await phone.nextCall();
    await ringing.answer();
    caller.rtp.startTone(call.media(), 440);
    await eventually('anna hears the caller', () => phone.rtp.toneShare(440) > 0.9);
    call.hangUp();
    await untilEnded(contactId);
  });

  test('hears music while it waits', async () => {
    const { caller, call, contactId } = await waitingCaller();
    await eventually('something that is not silence', () => caller.rtp.heard.slice(-50).filter(({ payload }) => payload.some((byte) => byte !== 0xff)).length > 40);
    call.hangUp();
    await untilEnded(contactId);
  });

  test.each([
    ['of an unknown number', '4999', 404],
    ['to a name', 'service', 404],
    ['to a name with a number in it', '4000x', 404],
    ['to a number with an escaped NUL', '4000%00', 404],
  ])('%s is refused and is no contact', async (_, number, status) => {
    const caller = await telephone();
    const before = centre.contacts();
    expect((await caller.call(number).ended).status).toBe(status);
    expect(centre.contacts()).toBe(before);
  });

  test('whose trunk asserts another number is that number’s', async () => {
    const caller = await telephone();
    const before = centre.contacts();
    const call = caller.call('4000', { from: '"x" <sip:anonymous@anonymous.invalid>', headers: [{ name: 'p-asserted-identity', value: '<tel:+8613911112222>' }] });
    await call.answered;
    const [started] = pick(await story(await centre.contact(before)), 'patchbay.contact.v1.ContactStarted');
    expect(started?.event.customer?.address).toBe('8613911112222');
    call.hangUp();
    await untilEnded(await centre.contact(before));
  });
});

describe('a menu', () => {
  test('leads by key to its queue; the prompt is heard, the key interrupts it', async () => {
    const caller = await telephone();
    const before = centre.contacts();
    const call = caller.call('4001');
    await call.answered;
    await eventually('the prompt sounds', () => caller.rtp.heard.slice(-20).some(({ payload }) => payload.some((byte) => byte !== 0xff)));
    caller.rtp.sendKey(call.media(), 1);
    const contactId = await centre.contact(before);
    expect(await centre.routing.request(contactId)).toMatchObject({ queue: 'billing', priority: 7 });
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
    const before = centre.contacts();
    const call = caller.call('4004', { from: `<sip:${number}@127.0.0.1>` });
    await call.answered;
    const contactId = await centre.contact(before);
    expect(await centre.routing.request(contactId)).toMatchObject({ queue });
    call.hangUp();
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactIdentified').map(({ event }) => event)).toEqual(known.map((customerId) => ({ contactId, customerId, confidence: 0.5, customerValue: 90 })));
  });

  test('takes keys by SIP INFO', async () => {
    const caller = await telephone();
    const before = centre.contacts();
    const call = caller.call('4001');
    await call.answered;
    const contactId = await centre.contact(before);
    await eventually('the menu has it', async () => (await names(contactId)).includes('FlowEntered'));
    const answer = await call.session.send('INFO', { body: { contentType: 'application/dtmf-relay', content: 'Signal=1\r\nDuration=160\r\n' } });
    expect(answer.status).toBe(200);
    await centre.routing.request(contactId);
    call.hangUp();
    expect(pick(await untilEnded(contactId), 'patchbay.voice.v1.DigitsCollected')[0]?.event.method).toBe('sip-info');
  });

  test('can serve a caller to the end, after its last words', async () => {
    const caller = await telephone();
    const before = centre.contacts();
    const call = caller.call('4001');
    await call.answered;
    const contactId = await centre.contact(before);
    await eventually('the menu has it', async () => (await names(contactId)).includes('FlowEntered'));
    caller.rtp.sendKey(call.media(), 9);
    expect((await call.ended).cause).toBe('bye');
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.BOT, reason: EndReason.SELF_SERVED });
    expect(pick(facts, 'patchbay.contact.v1.FlowLeft')[0]?.event.outcome).toBe('end');
  });

  test('left by hanging up is told as left', async () => {
    const caller = await telephone();
    const before = centre.contacts();
    const call = caller.call('4001');
    await call.answered;
    const contactId = await centre.contact(before);
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
    const before = centre.contacts();
    const call = caller.call('4003');
    await call.answered;
    expect((await call.ended).cause).toBe('bye');
    const facts = await untilEnded(await centre.contact(before));
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.REFUSED, code: 'hours' });
    expect(caller.rtp.heard.some(({ payload }) => payload.some((byte) => byte !== 0xff))).toBe(true);
  });
});

describe('an offer', () => {
  test('declined on the phone is rejected; the next phone may ring', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    const first = ids.next();
    await centre.routing.offer(contactId, { offerId: first, agentId: 'anna' });
    (await phone.nextCall()).decline(603);
    await eventually('routing is told', () => centre.routing.asked.includes(`reject ${first} declined`));
    await centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna', epoch: 2n });
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
    await centre.routing.offer(contactId, { offerId, agentId });
    await eventually('routing is told', () => centre.routing.asked.includes(`fail ${offerId} ${code}`));
    call.hangUp();
    await untilEnded(contactId);
    expect((await names(contactId)).filter((name) => name === 'LegStarted')).toHaveLength(1);
  });

  test('taken back stops the phone', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    const offerId = ids.next();
    await centre.routing.offer(contactId, { offerId, agentId: 'anna' });
    const ringing = await phone.nextCall();
    ringing.ring();
    await centre.routing.cancel(contactId, offerId, 'anna');
    expect((await ringing.ended).cause).toBe('cancelled');
    call.hangUp();
    await untilEnded(contactId);
  });

  test('of a deposed writer is not rung', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    const current = ids.next();
    await centre.routing.offer(contactId, { offerId: current, agentId: 'bert', epoch: 9n });
    await eventually('the offer of the writer was seen', () => centre.routing.asked.includes(`fail ${current} VOICE_PHONE_UNREGISTERED`));
    await centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna', epoch: 8n });
    const last = ids.next();
    await centre.routing.offer(contactId, { offerId: last, agentId: 'bert', epoch: 9n });
    await eventually('a later offer was seen', () => centre.routing.asked.includes(`fail ${last} VOICE_PHONE_UNREGISTERED`));
    expect(phone.waitingCalls()).toBe(0);
    call.hangUp();
    await untilEnded(contactId);
  });

  test('accepted too late lets the phone go, and the caller waits on', async () => {
    const phone = await annasPhone();
    const { call, contactId } = await waitingCaller();
    centre.routing.acceptWith = 'gone';
    await centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna' });
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
    await centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna' });
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
    await centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna' });
    const [one, other] = [await first.nextCall(), await second.nextCall()];
    await other.answer();
    expect((await one.ended).cause).toBe('cancelled');
    await eventually('they talk', async () => (await names(contactId)).includes('ContactConnected'));
    call.hangUp();
    await other.ended;
    await untilEnded(contactId);
  });
});

describe('what routing gives up', () => {
  test.each([
    ['refused', 'refuse', EndReason.REFUSED],
    ['expired', 'expire', EndReason.EXPIRED],
  ] as const)('%s: the caller is told and let go', async (_, act, reason) => {
    const { call, contactId } = await waitingCaller();
    if (act === 'refuse') await centre.routing.refuse(contactId, 'full');
    else await centre.routing.expire(contactId);
    expect((await call.ended).cause).toBe('bye');
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason });
    expect(await names(contactId)).not.toContain('RoutingWithdrawn');
  });

  test('an agent that is lost mid-call: the caller hears music and waits again', async () => {
    const { ringing, caller, call, contactId } = await talking();
    await centre.routing.requeue(contactId, 2n);
    expect((await ringing.ended).cause).toBe('bye');
    await eventually('the caller does not hear anna any more', () => caller.rtp.toneShare(1_000) < 0.1);
    call.hangUp();
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.RoutingWithdrawn')).toHaveLength(1);
  });
});

describe('a command', () => {
  const command = { channel: 'voice', tenant } as const;

  test('to hold plays music to the caller and silence to the agent, until retrieved', async () => {
    const { phone, caller, call, contactId } = await talking();
    await sendCommand(centre.bus, { ...command, name: 'HoldContact', command: { contactId, commandId: ids.next(), agentId: 'anna' } });
    await eventually('anna hears nothing', () => phone.rtp.toneShare(440) < 0.1);
    await eventually('the caller hears music', () => caller.rtp.toneShare(1_000) < 0.5 && caller.rtp.heard.slice(-20).every(({ payload }) => payload.some((byte) => byte !== 0xff)));
    await sendCommand(centre.bus, { ...command, name: 'RetrieveContact', command: { contactId, commandId: ids.next(), agentId: 'anna' } });
    await eventually('anna hears the caller again', () => phone.rtp.toneShare(440) > 0.9);
    call.hangUp();
    await untilEnded(contactId);
    expect((await names(contactId)).filter((name) => name === 'ContactHeld' || name === 'ContactRetrieved')).toEqual(['ContactHeld', 'ContactRetrieved']);
  });

  test('to end hangs up both sides', async () => {
    const { call, ringing, contactId } = await talking();
    await sendCommand(centre.bus, { ...command, name: 'EndContact', command: { contactId, commandId: ids.next(), by: Party.AGENT, agentId: 'anna', reason: EndReason.AGENT_ENDED, code: '' } });
    expect((await call.ended).cause).toBe('bye');
    expect((await ringing.ended).cause).toBe('bye');
    expect(pick(await untilEnded(contactId), 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.AGENT, reason: EndReason.AGENT_ENDED });
  });

  test('of the phone itself, hold and unhold, is the same', async () => {
    const { phone, ringing, call, contactId } = await talking();
    await ringing.hold();
    await eventually('the hold is told', async () => (await names(contactId)).includes('ContactHeld'));
    await ringing.unhold();
    await eventually('anna hears the caller again', () => phone.rtp.toneShare(440) > 0.9);
    call.hangUp();
    await untilEnded(contactId);
    expect(await names(contactId)).toContain('ContactRetrieved');
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
    const second = await centre.startGateway();
    const phone = await telephone('UDP', second.sip.udpPort);
    await phone.register('1002', phonePasswords['1002'] as string);
    await second.stop();
    const third = await centre.startGateway({ VOICE_SIP_PORT: String(second.sip.udpPort) });
    const caller = await telephone('UDP', third.sip.udpPort);
    const before = centre.contacts();
    const call = caller.call('4000');
    await call.answered;
    const contactId = await centre.contact(before);
    await centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'bert' });
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

describe('the gateway', () => {
  test('announces what the channel can do', async () => {
    const entry = await (await openKv(centre.bus, 'channel-capabilities')).get('voice');
    expect(Capabilities.decode(entry?.value ?? new Uint8Array())).toMatchObject({ channel: 'voice', voice: true });
  });

  test('takes no INVITE from outside its trunks', async () => {
    const strict = await centre.startGateway({ VOICE_TRUNK_NETWORKS: '192.0.2.0/24' });
    const caller = await telephone('UDP', strict.sip.udpPort);
    expect((await caller.call('4000').ended).status).toBe(403);
    await strict.stop();
  });

  test('that stops cuts the calls that are left, with all their facts', async () => {
    const other = await centre.startGateway();
    const caller = await telephone('UDP', other.sip.udpPort);
    const before = centre.contacts();
    const call = caller.call('4000');
    await call.answered;
    const contactId = await centre.contact(before);
    await centre.routing.request(contactId);
    await other.stop();
    expect((await call.ended).cause).toBe('bye');
    const facts = await story(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.FAILED, code: 'VOICE_GATEWAY_STOPPED' });
    expect(pick(facts, 'patchbay.contact.v1.RoutingWithdrawn')[0]?.event.reason).toBe(WithdrawalReason.FAILED);
  });

  test('carries out a command that reached another gateway', async () => {
    const other = await centre.startGateway();
    const caller = await telephone('UDP', other.sip.udpPort);
    const before = centre.contacts();
    const call = caller.call('4000');
    await call.answered;
    const contactId = await centre.contact(before);
    await centre.routing.request(contactId);
    await sendCommand(centre.bus, { tenant, channel: 'voice', name: 'EndContact', command: { contactId, commandId: ids.next(), by: Party.SYSTEM, agentId: '', reason: EndReason.IDLE, code: '' } });
    expect((await call.ended).cause).toBe('bye');
    expect(pick(await untilEnded(contactId), 'patchbay.contact.v1.ContactEnded')[0]?.event.reason).toBe(EndReason.IDLE);
    await other.stop();
  });

  test('that was killed leaves no call open: another one ends it', async () => {
    const killed = await centre.spawnGateway();
    const caller = await telephone('UDP', killed.sipPort);
    const before = centre.contacts();
    const call = caller.call('4000');
    await call.answered;
    const contactId = await centre.contact(before);
    await centre.routing.request(contactId);
    await killed.kill();
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.FAILED, code: 'VOICE_GATEWAY_LOST' });
    expect(pick(facts, 'patchbay.contact.v1.RoutingWithdrawn')[0]?.event.reason).toBe(WithdrawalReason.FAILED);
    expect(pick(facts, 'patchbay.voice.v1.LegEnded').map(({ event }) => event.legId)).toEqual(['customer']);
  });

  test('keeps a call up while the bus is away, and tells all of it afterwards', async () => {
    const { phone, caller, call, contactId } = await talking();
    await nats.crashAndRestart();
    await eventually('they still hear each other', () => phone.rtp.toneShare(440) > 0.9 && caller.rtp.toneShare(1_000) > 0.9);
    call.hangUp();
    await untilEnded(contactId);
    expect((await names(contactId)).filter((name) => name === 'ContactEnded')).toHaveLength(1);
  });
});
