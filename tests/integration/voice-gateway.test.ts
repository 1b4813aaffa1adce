import { describe, expect, test } from '@jest/globals';
import { sendCommand } from '@patchbay/bus/commands';
import { openKv } from '@patchbay/bus/kv';
import { readAudio } from '@patchbay/bus/media';
import { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import type { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import { eventually } from '@patchbay/testkit/eventually';
import { decodeSamples } from '@patchbay/voice-gateway/domain/media/g711';
import { toneShareOf } from '@patchbay/voice-gateway/testing/rtp-peer';
import { annasPhone, ids, names, pick, story, talking, telephone, untilEnded, useVoiceCentre, voice, waitingCaller } from '../support/voice/voice-calls.ts';
import { tenant } from '../support/voice/voice-centre.ts';

useVoiceCentre();

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
      for await (const chunk of readAudio(voice.centre.bus, { tenant, contactId })) found.push(chunk);
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
    const before = voice.centre.contacts();
    const call = caller.call('4000', { withoutOffer: true });
    await call.answered;
    const contactId = await voice.centre.contact(before);
    await voice.centre.routing.offer(contactId, { offerId: ids.next(), agentId: 'anna' });
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
    const before = voice.centre.contacts();
    expect((await caller.call(number).ended).status).toBe(status);
    expect(voice.centre.contacts()).toBe(before);
  });

  test('whose trunk asserts another number is that number’s', async () => {
    const caller = await telephone();
    const before = voice.centre.contacts();
    const call = caller.call('4000', { from: '"x" <sip:anonymous@anonymous.invalid>', headers: [{ name: 'p-asserted-identity', value: '<tel:+8613911112222>' }] });
    await call.answered;
    const [started] = pick(await story(await voice.centre.contact(before)), 'patchbay.contact.v1.ContactStarted');
    expect(started?.event.customer?.address).toBe('8613911112222');
    call.hangUp();
    await untilEnded(await voice.centre.contact(before));
  });
});

describe('what routing gives up', () => {
  test.each([
    ['refused', 'refuse', EndReason.REFUSED],
    ['expired', 'expire', EndReason.EXPIRED],
  ] as const)('%s: the caller is told and let go', async (_, act, reason) => {
    const { call, contactId } = await waitingCaller();
    if (act === 'refuse') await voice.centre.routing.refuse(contactId, 'full');
    else await voice.centre.routing.expire(contactId);
    expect((await call.ended).cause).toBe('bye');
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason });
    expect(await names(contactId)).not.toContain('RoutingWithdrawn');
  });

  test('an agent that is lost mid-call: the caller hears music and waits again', async () => {
    const { ringing, caller, call, contactId } = await talking();
    await voice.centre.routing.requeue(contactId, 2n);
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
    await sendCommand(voice.centre.bus, { ...command, name: 'HoldContact', command: { contactId, commandId: ids.next(), agentId: 'anna' } });
    await eventually('anna hears nothing', () => phone.rtp.toneShare(440) < 0.1);
    await eventually('the caller hears music', () => caller.rtp.toneShare(1_000) < 0.5 && caller.rtp.heard.slice(-20).every(({ payload }) => payload.some((byte) => byte !== 0xff)));
    await sendCommand(voice.centre.bus, { ...command, name: 'RetrieveContact', command: { contactId, commandId: ids.next(), agentId: 'anna' } });
    await eventually('anna hears the caller again', () => phone.rtp.toneShare(440) > 0.9);
    call.hangUp();
    await untilEnded(contactId);
    expect((await names(contactId)).filter((name) => name === 'ContactHeld' || name === 'ContactRetrieved')).toEqual(['ContactHeld', 'ContactRetrieved']);
  });

  test('to end hangs up both sides', async () => {
    const { call, ringing, contactId } = await talking();
    await sendCommand(voice.centre.bus, { ...command, name: 'EndContact', command: { contactId, commandId: ids.next(), by: Party.AGENT, agentId: 'anna', reason: EndReason.AGENT_ENDED, code: '' } });
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

describe('the gateway', () => {
  test('announces what the channel can do', async () => {
    const entry = await (await openKv(voice.centre.bus, 'channel-capabilities')).get('voice');
    expect(Capabilities.decode(entry?.value ?? new Uint8Array())).toMatchObject({ channel: 'voice', voice: true });
  });

  test('takes no INVITE from outside its trunks', async () => {
    const strict = await voice.centre.startGateway({ VOICE_TRUNK_NETWORKS: '192.0.2.0/24' });
    const caller = await telephone('UDP', strict.sip.udpPort);
    expect((await caller.call('4000').ended).status).toBe(403);
    await strict.stop();
  });

  test('that stops cuts the calls that are left, with all their facts', async () => {
    const other = await voice.centre.startGateway();
    const caller = await telephone('UDP', other.sip.udpPort);
    const before = voice.centre.contacts();
    const call = caller.call('4000');
    await call.answered;
    const contactId = await voice.centre.contact(before);
    await voice.centre.routing.request(contactId);
    await other.stop();
    expect((await call.ended).cause).toBe('bye');
    const facts = await story(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.FAILED, code: 'VOICE_GATEWAY_STOPPED' });
    expect(pick(facts, 'patchbay.contact.v1.RoutingWithdrawn')[0]?.event.reason).toBe(WithdrawalReason.FAILED);
  });

  test('carries out a command that reached another gateway', async () => {
    const other = await voice.centre.startGateway();
    const caller = await telephone('UDP', other.sip.udpPort);
    const before = voice.centre.contacts();
    const call = caller.call('4000');
    await call.answered;
    const contactId = await voice.centre.contact(before);
    await voice.centre.routing.request(contactId);
    await sendCommand(voice.centre.bus, { tenant, channel: 'voice', name: 'EndContact', command: { contactId, commandId: ids.next(), by: Party.SYSTEM, agentId: '', reason: EndReason.IDLE, code: '' } });
    expect((await call.ended).cause).toBe('bye');
    expect(pick(await untilEnded(contactId), 'patchbay.contact.v1.ContactEnded')[0]?.event.reason).toBe(EndReason.IDLE);
    await other.stop();
  });

  test('that was killed leaves no call open: another one ends it', async () => {
    const killed = await voice.centre.spawnGateway();
    const caller = await telephone('UDP', killed.sipPort);
    const before = voice.centre.contacts();
    const call = caller.call('4000');
    await call.answered;
    const contactId = await voice.centre.contact(before);
    await voice.centre.routing.request(contactId);
    await killed.kill();
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.FAILED, code: 'VOICE_GATEWAY_LOST' });
    expect(pick(facts, 'patchbay.contact.v1.RoutingWithdrawn')[0]?.event.reason).toBe(WithdrawalReason.FAILED);
    expect(pick(facts, 'patchbay.voice.v1.LegEnded').map(({ event }) => event.legId)).toEqual(['customer']);
  });

  test('keeps a call up while the bus is away, and tells all of it afterwards', async () => {
    const { phone, caller, call, contactId } = await talking();
    await voice.nats.crashAndRestart();
    await eventually('they still hear each other', () => phone.rtp.toneShare(440) > 0.9 && caller.rtp.toneShare(1_000) > 0.9);
    call.hangUp();
    await untilEnded(contactId);
    expect((await names(contactId)).filter((name) => name === 'ContactEnded')).toHaveLength(1);
  });
});
