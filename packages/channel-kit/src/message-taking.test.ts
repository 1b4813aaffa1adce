import { afterEach, describe, expect, test } from '@jest/globals';
import { EndReason } from '@patchbay/contracts/contact/v1/contact';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createPagerCentre, type PagerCentre, type PagerReplica } from './testing/pager-centre.ts';

let clock = createFakeClock();
let centre: PagerCentre = createPagerCentre();
afterEach(() => centre.stop());

const texts = { 'text.message': 'leave a message', 'text.message.hours': 'closed, leave a message', 'text.message.call_back': 'leave your number', 'text.message.taken': 'thank you' };
const requests = () => centre.bus.facts({ type: 'patchbay.contact.v1.RoutingRequested' });
const contactId = () => centre.bus.facts()[0]?.key ?? '';
const rest = () => centre.story().slice(3);

/** A customer waits ten seconds in a centre whose plan then takes messages. */
async function waiting(options: Parameters<typeof createPagerCentre>[0] = {}): Promise<PagerReplica> {
  clock = createFakeClock();
  centre = createPagerCentre({ ...options, settings: { ...texts, ...options.settings } }, clock);
  const replica = await centre.start();
  await replica.deliver({ id: 'm1', text: 'is anybody there?' });
  clock.advance(10_000);
  return replica;
}

async function unserved(action = 'message'): Promise<void> {
  centre.overflow(contactId(), { action });
  await centre.bus.settle();
}

async function pass(byMs: number): Promise<void> {
  await clock.advanceAsync(byMs);
  await centre.bus.settle();
}

describe('a customer for whom nobody is free', () => {
  test('is asked for a message; what follows is put in line once they are silent for a minute', async () => {
    const replica = await waiting();
    await unserved();
    expect(rest()).toEqual(['ContactOverflowed', 'MessageSent(2 leave a message)']);
    await replica.deliver({ id: 'm2', text: 'my order is broken' });
    await pass(59_000);
    await replica.deliver({ id: 'm3', text: 'number 7' });
    await pass(59_000);
    expect(requests()).toHaveLength(1);
    await pass(2_000);
    expect(rest().slice(2)).toEqual(['MessageReceived(3 m2)', 'MessageReceived(4 m3)', 'RoutingRequested', 'MessageSent(5 thank you)']);
  });

  test('keeps the place in line, in the queue they waited in last, without a plan', async () => {
    const replica = await waiting();
    centre.queue(contactId(), new Date(1_767_000_000_000));
    await centre.bus.settle();
    await unserved();
    await replica.deliver({ id: 'm2', text: 'my order is broken' });
    await pass(61_000);
    expect(requests()[1]?.event).toMatchObject({ queue: 'support', plan: '', leftMessage: true, firstEnqueuedAt: new Date(1_767_000_000_000) });
  });

  test('who writes nothing is let go after the time', async () => {
    await waiting({ settings: { 'message.quietSeconds': '5' } });
    await unserved('voicemail');
    await pass(4_000);
    expect(rest()).toEqual(['ContactOverflowed', 'MessageSent(2 leave a message)']);
    await pass(2_000);
    expect(rest().slice(2)).toEqual(['ContactEnded']);
    expect(centre.bus.facts({ type: 'patchbay.contact.v1.ContactEnded' })[0]?.event).toMatchObject({ reason: EndReason.EXPIRED, code: 'voicemail' });
  });

  test('is asked for the number where the plan offers a call-back', async () => {
    await waiting();
    await unserved('call_back');
    expect(rest()[1]).toBe('MessageSent(2 leave your number)');
  });

  test('says that the message is whole: it is in line at once, and once', async () => {
    const replica = await waiting();
    await unserved();
    const place = { tenant: 'demo', contactId: contactId() };
    await replica.adapter.host().messageLeft(place);
    expect(requests()).toHaveLength(1);
    await replica.deliver({ id: 'm2', text: 'my order is broken' });
    await replica.adapter.host().messageLeft(place);
    await replica.adapter.host().messageLeft(place);
    await centre.bus.settle();
    await pass(120_000);
    expect(rest().slice(2)).toEqual(['MessageReceived(3 m2)', 'RoutingRequested', 'MessageSent(4 thank you)']);
  });

  test('goes away: what they wrote stays for an agent, a contact without a message ends', async () => {
    const replica = await waiting();
    await unserved();
    await replica.deliver({ id: 'm2', text: 'my order is broken' });
    const place = { tenant: 'demo', contactId: contactId() };
    await replica.adapter.host().customerLeft(place);
    await replica.adapter.host().customerLeft(place);
    expect(rest().slice(2)).toEqual(['MessageReceived(3 m2)', 'RoutingRequested']);
    centre.assign(contactId());
    await centre.bus.settle();
    await replica.adapter.host().customerLeft(place);
    expect(rest().at(-1)).toBe('ContactEnded');

    const other = await waiting();
    await unserved();
    await other.adapter.host().customerLeft({ tenant: 'demo', contactId: contactId() });
    expect(rest().at(-1)).toBe('ContactEnded');
  });

  test('leaves a message in a process that dies: another one puts it in line', async () => {
    const replica = await waiting();
    await unserved();
    await replica.deliver({ id: 'm2', text: 'my order is broken' });
    replica.connection.kill();
    await centre.start();
    await pass(61_000);
    expect(rest().slice(2)).toEqual(['MessageReceived(3 m2)', 'RoutingRequested', 'MessageSent(4 thank you)']);
  });

  test('is refused out of hours: asked for a message where the entry point says so, told and let go elsewhere', async () => {
    const replica = await waiting({ settings: { 'message.when': 'hours, full' } });
    centre.refuse(contactId(), 'hours');
    await centre.bus.settle();
    expect(rest()).toEqual(['ContactRefused', 'MessageSent(2 closed, leave a message)']);
    await replica.deliver({ id: 'm2', text: 'my order is broken' });
    await pass(61_000);
    expect(requests()[1]?.event).toMatchObject({ queue: 'support', leftMessage: true });

    await waiting({ settings: { 'text.refused.hours': 'closed' } });
    centre.refuse(contactId(), 'hours');
    await centre.bus.settle();
    expect(rest()).toEqual(['ContactRefused', 'MessageSent(2 closed)', 'ContactEnded']);
  });

  test('wrote a letter: it goes on waiting in line, and nothing is asked', async () => {
    await waiting({ isLetter: true });
    await unserved();
    expect(rest()).toEqual(['ContactOverflowed', 'RoutingRequested']);
    expect(requests()[1]?.event).toMatchObject({ queue: 'support', leftMessage: true });
  });

  test('wrote a letter: gets the answer that the entry point has for it', async () => {
    await waiting({ isLetter: true, settings: { 'text.message.letter': 'we have your letter' } });
    await unserved();
    expect(rest().at(-1)).toBe('MessageSent(2 we have your letter)');
  });
});
