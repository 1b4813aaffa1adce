import { describe, expect, test } from '@jest/globals';
import { ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { MessageReceived } from '@patchbay/contracts/message/v1/message_event';
import { silentLogger } from '@patchbay/runtime/logger';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { eventually } from '@patchbay/testkit/eventually';
import { createMemoryLog } from '../testing/memory-log.ts';
import { createContactFeed } from './contact-feed.ts';

function setUp() {
  const log = createMemoryLog();
  const clock = createFakeClock();
  const append = (contactId: string, messageId: string) => log.append('demo', 'patchbay.message.v1.MessageReceived', contactId, MessageReceived.fromPartial({ contactId, messageId }), 1);
  const start = (contactId: string) => log.append('demo', 'patchbay.contact.v1.ContactStarted', contactId, ContactStarted.fromPartial({ contactId, channel: 'webchat' }), 1);
  return { log, clock, append, start, feed: (facts = log as typeof log) => createContactFeed({ tenant: 'demo', facts, clock, log: silentLogger }) };
}

describe('following contacts', () => {
  test('gives the story so far, then each change once', async () => {
    const { append, start, feed } = setUp();
    await start('c1');
    const contacts = feed();
    const heard: number[] = [];
    const { story } = await contacts.follow('c1', (next) => heard.push(next.view.customerMessages));
    expect(story.view.channel).toBe('webchat');
    await append('c1', 'm1');
    await append('c2', 'm2');
    await append('c1', 'm3');
    await eventually('both messages', () => heard.length === 2);
    expect(heard).toEqual([1, 2]);
    contacts.close();
  });

  test('a fact that a lagging replica did not give yet is made up for from the live tail', async () => {
    const { log, append, start, feed } = setUp();
    const stale = { ...log, read: () => Promise.resolve([]) };
    const contacts = feed(stale);
    // Somebody follows the contact before its facts come, so that the watch runs.
    await contacts.follow('other', () => {});
    await start('c1');
    await append('c1', 'm1');
    await eventually('the tail', async () => {
      const { story, stop } = await contacts.follow('c1', () => {});
      stop();
      return story.view.customerMessages === 1;
    });
    contacts.close();
  });

  test('a contact that nobody follows any more is read afresh', async () => {
    const { append, start, feed } = setUp();
    await start('c1');
    const contacts = feed();
    const { stop } = await contacts.follow('c1', () => {});
    stop();
    await append('c1', 'm1');
    const { story } = await contacts.follow('c1', () => {});
    expect(story.view.customerMessages).toBe(1);
    contacts.close();
  });

  test('a read that fails fails its follower, and the next one reads again', async () => {
    const { log, start, feed } = setUp();
    await start('c1');
    let fail = true;
    const contacts = feed({ ...log, read: (tenant, contactId) => (fail ? Promise.reject(new Error('away')) : log.read(tenant, contactId)) });
    await expect(contacts.follow('c1', () => {})).rejects.toThrow('away');
    fail = false;
    expect((await contacts.follow('c1', () => {})).story.view.channel).toBe('webchat');
    contacts.close();
  });
});
