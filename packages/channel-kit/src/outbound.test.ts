import { afterEach, describe, expect, test } from '@jest/globals';
import { IdempotentSend } from '@patchbay/contracts/channel/v1/capabilities';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import type { PagerReplica } from './testing/pager-centre.ts';
import { createPagerCentre, type PagerCentre } from './testing/pager-centre.ts';

let centre: PagerCentre = createPagerCentre();
afterEach(() => centre.stop());

/** A centre with one open contact that Anna has. */
async function connected(...args: Parameters<typeof createPagerCentre>): Promise<{ replica: PagerReplica; contactId: string }> {
  centre = createPagerCentre(...args);
  const replica = await centre.start();
  await replica.deliver({ id: 'm1', text: 'hello' });
  const contactId = centre.bus.facts()[0]?.key ?? '';
  centre.assign(contactId);
  await centre.bus.settle();
  return { replica, contactId };
}

/** What happened after the contact was connected. */
const rest = () => {
  const story = centre.story();
  return story.slice(story.indexOf('ContactConnected') + 1);
};
const commandId = (n: number) => `0199aaaa-0000-7000-8000-00000000000${n}`;

describe('sending to a customer', () => {
  test('an assignment connects the contact, once', async () => {
    const { contactId } = await connected();
    centre.assign(contactId, 'a2');
    centre.assign(contactId, 'a2');
    await centre.bus.settle();
    expect(centre.story().filter((name) => name === 'ContactConnected')).toHaveLength(2);
  });

  test('goes out and is a fact with the next sequence number', async () => {
    const { contactId } = await connected();
    centre.send(contactId, commandId(1), '您好');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageSent(2 您好)']);
    expect(centre.platform.received).toMatchObject([{ to: '555', text: '您好' }]);
  });

  test('the same command twice is one message', async () => {
    const { contactId } = await connected();
    centre.send(contactId, commandId(1), 'a');
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageSent(2 a)']);
    expect(centre.platform.calls()).toBe(1);
  });

  test('long text goes out in parts, in order, and says so', async () => {
    const { contactId } = await connected();
    const text = '这一句话有些长，所以要分开来发。'.repeat(10);
    centre.send(contactId, commandId(1), text);
    await centre.bus.settle();
    expect(centre.platform.received.map((page) => page.text).join('')).toBe(text);
    expect(centre.platform.received.length).toBeGreaterThan(1);
    expect(centre.bus.facts({ type: 'patchbay.message.v1.MessageSent' })[0]?.event).toMatchObject({ degradations: ['text_split'] });
  });

  test('fails early when a poorer form is forbidden', async () => {
    const { contactId } = await connected();
    centre.send(contactId, commandId(1), '', {
      degrade: false,
      content: [{ part: { $case: 'choice', value: { prompt: '?', options: [{ id: '1', label: 'a' }] } } }],
    });
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageFailed(CHANNEL_CANNOT_SHOW)']);
    expect(centre.platform.calls()).toBe(0);
  });

  test('fails on an ended contact', async () => {
    const { replica, contactId } = await connected();
    await replica.adapter.host().customerLeft({ tenant: 'demo', contactId });
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual(['ContactEnded', 'MessageFailed(CHANNEL_CONTACT_ENDED)']);
  });

  test('to a contact nobody knows is a dead letter', async () => {
    await connected();
    centre.send('0199aaaa-0000-7000-8000-0000000000ff', commandId(1), 'a');
    await centre.bus.settle();
    expect(centre.bus.deadLetters).toEqual(['SendMessage: CHANNEL_UNKNOWN_CONTACT']);
  });

  test('after its time is not sent', async () => {
    const { contactId } = await connected();
    centre.send(contactId, commandId(1), 'a', { notAfter: new Date(Date.now() - 1000) });
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageExpired(not_after)']);
    expect(centre.platform.calls()).toBe(0);
  });
});

describe('platform faults', () => {
  test('a busy platform is tried again until it takes the message', async () => {
    const { contactId } = await connected();
    centre.platform.answer = (request) => (request.attempt < 3 ? 'busy' : 'take');
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageSent(2 a)']);
    expect(centre.platform.calls()).toBe(3);
  });

  test('a platform that stays busy fails the message after the last try', async () => {
    const { contactId } = await connected();
    centre.platform.answer = () => 'busy';
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageFailed(CHANNEL_RETRIES_USED_UP)']);
    expect(centre.platform.calls()).toBe(3);
  });

  test('a refusal fails the message at once', async () => {
    const { contactId } = await connected();
    centre.platform.answer = () => 'refuse';
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageFailed(PAGER_REFUSED)']);
    expect(centre.platform.calls()).toBe(1);
  });

  test.each(['take_and_lose_answer', 'throw', 'hang'] as const)('a lost answer (%s) is unknown and never a silent double', async (answer) => {
    const { contactId } = await connected({ attemptMs: 30 });
    centre.platform.answer = () => answer;
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual([answer === 'throw' ? 'MessageOutcomeUnknown(CHANNEL_ANSWER_LOST)' : 'MessageOutcomeUnknown(CHANNEL_ANSWER_LOST)']);
    expect(centre.platform.calls()).toBe(1);
  });

  test('a lost answer is sent again with the same key where the platform knows keys', async () => {
    const { contactId } = await connected({ idempotentSend: IdempotentSend.KEY });
    centre.platform.answer = (request) => (request.attempt === 1 ? 'take_and_lose_answer' : 'take');
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageSent(2 a)']);
    expect(centre.platform.received).toHaveLength(1);
    expect(centre.platform.calls()).toBe(2);
  });

  test('a lost answer is asked for where the platform can be asked', async () => {
    const { contactId } = await connected({ idempotentSend: IdempotentSend.QUERY });
    centre.platform.answer = () => 'take_and_lose_answer';
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageSent(2 a)']);
    expect(centre.platform.calls()).toBe(1);
  });

  test('a message that failed after its first part says that some of it went out', async () => {
    const { contactId } = await connected();
    centre.platform.answer = (request) => (request.part === 0 ? 'take' : 'refuse');
    centre.send(contactId, commandId(1), '这一句话有些长，所以要分开来发。'.repeat(10));
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageFailed(CHANNEL_PARTLY_SENT)']);
  });

  test('a retrying message is not overtaken on its contact and holds up no other contact', async () => {
    const { replica, contactId } = await connected();
    await replica.deliver({ id: 'o1', from: '556', text: 'other' });
    const other = centre.bus.facts({ type: 'patchbay.contact.v1.ContactStarted' })[1]?.key ?? '';
    const order: string[] = [];
    centre.platform.answer = (request) => {
      order.push(`${request.contact.customer.address}:${request.attempt}`);
      return request.contact.contactId === contactId && request.attempt < 3 && order.filter((entry) => entry.startsWith('555')).length < 3 ? 'busy' : 'take';
    };
    centre.send(contactId, commandId(1), 'first');
    centre.send(contactId, commandId(2), 'second');
    centre.send(other, commandId(3), 'third');
    await centre.bus.settle();
    expect(centre.platform.received.filter((page) => page.to === '555').map((page) => page.text)).toEqual(['first', 'second']);
    expect(order.indexOf('556:1')).toBeLessThan(order.lastIndexOf('555:3'));
  });
});

describe('window of the platform', () => {
  test('closes the contact to messages after the quota, until the customer writes again', async () => {
    const { replica, contactId } = await connected({ windowMessages: 2, windowSeconds: 3600 });
    for (const n of [1, 2, 3]) centre.send(contactId, commandId(n), `a${n}`);
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageSent(2 a1)', 'MessageSent(3 a2)', 'MessageExpired(quota_used)']);
    await replica.deliver({ id: 'm2', text: 'more' });
    centre.send(contactId, commandId(4), 'a4');
    await centre.bus.settle();
    expect(rest().slice(3)).toEqual(['MessageReceived(4 m2)', 'MessageSent(5 a4)']);
  });

  test('closes with time, without a call to the platform', async () => {
    const clock = createFakeClock(Date.now());
    const { contactId } = await connected({ windowMessages: 2, windowSeconds: 60 }, clock);
    clock.advance(61_000);
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageExpired(window_closed)']);
    expect(centre.platform.calls()).toBe(0);
  });

  test('is known to a replica that starts afterwards', async () => {
    const { replica, contactId } = await connected({ windowMessages: 1, windowSeconds: 3600 });
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    await replica.channel.stop();
    await centre.start();
    centre.send(contactId, commandId(2), 'b');
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageSent(2 a)', 'MessageExpired(quota_used)']);
  });
});

describe('the end of a contact', () => {
  test('an agent ends it', async () => {
    const { contactId } = await connected();
    centre.end(contactId, commandId(1));
    centre.end(contactId, commandId(1));
    await centre.bus.settle();
    expect(rest()).toEqual(['ContactEnded']);
    expect(centre.bus.facts({ type: 'patchbay.contact.v1.ContactEnded' })[0]?.event).toMatchObject({ by: Party.AGENT, reason: EndReason.AGENT_ENDED });
  });

  test('a message sent before it goes out before it', async () => {
    const { contactId } = await connected();
    centre.send(contactId, commandId(1), 'bye');
    centre.end(contactId, commandId(2));
    await centre.bus.settle();
    expect(rest()).toEqual(['MessageSent(2 bye)', 'ContactEnded']);
  });

  test('a customer who leaves while waiting takes the request back', async () => {
    centre = createPagerCentre();
    const replica = await centre.start();
    await replica.deliver({ id: 'm1', text: 'a' });
    const contactId = centre.bus.facts()[0]?.key ?? '';
    await replica.adapter.host().customerLeft({ tenant: 'demo', contactId });
    await replica.adapter.host().customerLeft({ tenant: 'demo', contactId });
    expect(centre.story().slice(3)).toEqual(['RoutingWithdrawn', 'ContactEnded']);
  });

  test.each([
    ['hours', '现在不在服务时间，请在工作时间再联系我们。\nWe are closed now. Please write to us again during opening hours.'],
    ['unknown_queue', '暂时无法为您安排客服，请稍后再试。\nWe cannot take your request at the moment. Please try again later.'],
  ])('a refusal (%s) is told in both languages and ends it', async (reason, text) => {
    centre = createPagerCentre();
    const replica = await centre.start();
    await replica.deliver({ id: 'm1', text: 'a' });
    const contactId = centre.bus.facts()[0]?.key ?? '';
    centre.refuse(contactId, reason);
    await centre.bus.settle();
    expect(centre.platform.received.map((page) => page.text)).toEqual([text]);
    expect(centre.story().slice(4)).toEqual([`MessageSent(2 ${text})`, 'ContactEnded']);
    expect(centre.bus.facts({ type: 'patchbay.contact.v1.ContactEnded' })[0]?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.REFUSED, code: reason });
  });

  test('an expired wait is told by the text of the entry point', async () => {
    centre = createPagerCentre();
    const replica = await centre.start();
    await replica.deliver({ id: 'm1', text: 'a' });
    centre.expire(centre.bus.facts()[0]?.key ?? '');
    await centre.bus.settle();
    expect(centre.story().slice(4)).toEqual(['MessageSent(2 sorry)', 'ContactEnded']);
  });

  test('a contact that leaves the queues is told and ended, one that goes on to another queue waits on', async () => {
    centre = createPagerCentre();
    const replica = await centre.start();
    await replica.deliver({ id: 'm1', text: 'a' });
    const contactId = centre.bus.facts()[0]?.key ?? '';
    centre.overflow(contactId, { toQueue: 'help' });
    await centre.bus.settle();
    expect(centre.bus.facts({ type: 'patchbay.contact.v1.ContactEnded' })).toEqual([]);
    centre.overflow(contactId, { action: 'unheard_of' });
    await centre.bus.settle();
    expect(centre.story().slice(-2)).toEqual(['MessageSent(2 sorry)', 'ContactEnded']);
    expect(centre.bus.facts({ type: 'patchbay.contact.v1.ContactEnded' })[0]?.event).toMatchObject({ reason: EndReason.EXPIRED, code: 'unheard_of' });
  });
});

describe('receipts', () => {
  test('go up only, and late or unknown ones change nothing', async () => {
    const { replica, contactId } = await connected();
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    const host = replica.adapter.host();
    for (const state of ['read', 'delivered', 'read', 'failed'] as const) await host.reportReceipt({ account: 'P1', platformMessageId: 'page-1', state });
    await host.reportReceipt({ account: 'P1', platformMessageId: 'page-99', state: 'read' });
    expect(rest()).toEqual(['MessageSent(2 a)', 'MessageRead']);
  });

  test('a message that came back fails after it was sent', async () => {
    const { replica, contactId } = await connected();
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    await replica.adapter.host().reportReceipt({ account: 'P1', platformMessageId: 'page-1', state: 'failed', code: 'PAGER_BOUNCED', platformCode: '550' });
    expect(rest()).toEqual(['MessageSent(2 a)', 'MessageFailed(PAGER_BOUNCED)']);
  });

  test('a thread is found by the messages of both sides', async () => {
    const { replica, contactId } = await connected();
    centre.send(contactId, commandId(1), 'a');
    await centre.bus.settle();
    for (const id of ['m1', 'page-1']) {
      expect(await replica.adapter.host().findThread({ account: 'P1', platformMessageIds: ['nothing', id] })).toMatchObject({ thread: '555', contactId, customerAddress: '555' });
    }
  });
});
