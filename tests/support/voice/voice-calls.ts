import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { AnyFact, Fact } from '@patchbay/bus/fact';
import type { EventType } from '@patchbay/contracts/event-types';
import { createIdSource } from '@patchbay/runtime/ids';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import type { RunningVoiceGateway } from '@patchbay/voice-gateway/service';
import { startTelephone, type Telephone, type TelephoneCall } from './telephone.ts';
import { phonePasswords, startVoiceCentre, type VoiceCentre } from './voice-centre.ts';

export const ids = createIdSource();
const telephones: Telephone[] = [];

/** What runs while the tests of a file do. */
export const voice = {} as { nats: TestNats; centre: VoiceCentre; gateway: RunningVoiceGateway };

/** Gives the tests of a file one centre with one gateway; telephones are closed after each test. */
export function useVoiceCentre(): void {
  beforeAll(async () => {
    voice.nats = await startNats();
    voice.centre = await startVoiceCentre(voice.nats.url);
    voice.gateway = await voice.centre.startGateway({ VOICE_LOSS_GRACE_MS: '500' });
  });
  afterEach(async () => {
    for (const telephone of telephones.splice(0)) await telephone.close();
    voice.centre.routing.acceptWith = 'assign';
  });
  afterAll(async () => {
    await voice.gateway.stop();
    await voice.centre.stop();
    await voice.nats.stop();
  });
}

/** A telephone that speaks to the gateway. */
export async function telephone(transport: 'UDP' | 'TCP' = 'UDP', port = transport === 'UDP' ? voice.gateway.sip.udpPort : voice.gateway.sip.tcpPort): Promise<Telephone> {
  const made = await startTelephone({ port, transport });
  telephones.push(made);
  return made;
}

/** A phone that anna registered. */
export async function annasPhone(transport: 'UDP' | 'TCP' = 'UDP'): Promise<Telephone> {
  const phone = await telephone(transport);
  expect((await phone.register('1001', phonePasswords['1001'] as string)).status).toBe(200);
  return phone;
}

/** A caller in the queue, with the contact. */
export async function waitingCaller(number = '4000') {
  const caller = await telephone();
  const before = voice.centre.contacts();
  const call = caller.call(number);
  await call.answered;
  const contactId = await voice.centre.contact(before);
  await voice.centre.routing.request(contactId);
  return { caller, call, contactId };
}

/** Customer and agent send a tone each until the other hears it. */
export async function hearEachOther(customer: { phone: Telephone; call: Pick<TelephoneCall, 'media'> }, agent: { phone: Telephone; call: Pick<TelephoneCall, 'media'> }): Promise<void> {
  customer.phone.rtp.startTone(customer.call.media(), 440);
  agent.phone.rtp.startTone(agent.call.media(), 1_000);
  await eventually('the agent hears the customer', () => agent.phone.rtp.toneShare(440) > 0.9);
  await eventually('the customer hears the agent', () => customer.phone.rtp.toneShare(1_000) > 0.9);
}

/** A caller and anna who talk, each sending a tone. */
export async function talking() {
  const phone = await annasPhone();
  const { caller, call, contactId } = await waitingCaller();
  const offerId = ids.next();
  await voice.centre.routing.offer(contactId, { offerId, agentId: 'anna' });
  const ringing = await phone.nextCall();
  ringing.ring();
  await eventually('the ringing is told', async () => (await names(contactId)).includes('LegRang'));
  await ringing.answer();
  await hearEachOther({ phone: caller, call }, { phone, call: ringing });
  return { phone, caller, call, ringing, contactId, offerId };
}

/** Facts of a contact, and their names, in order. */
export const story = (contactId: string) => voice.centre.routing.story(contactId);
export const names = (contactId: string) => voice.centre.routing.names(contactId);

/** The facts of one type. */
export function pick<Type extends EventType>(facts: readonly AnyFact[], type: Type): Fact<Type>[] {
  return facts.filter((fact) => fact.type === type) as unknown as Fact<Type>[];
}

/** All facts of a contact that ended. */
export async function untilEnded(contactId: string): Promise<readonly AnyFact[]> {
  await eventually('the contact ended', async () => (await names(contactId)).includes('ContactEnded'));
  return story(contactId);
}
