import { afterEach, describe, expect, test } from '@jest/globals';
import type { AnyFact } from '@patchbay/bus/fact';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { createPagerCentre, type PagerCentre } from './testing/pager-centre.ts';

let centre: PagerCentre = createPagerCentre();
const start = async (...args: Parameters<typeof createPagerCentre>) => {
  centre = createPagerCentre(...args);
  return centre.start();
};
afterEach(() => centre.stop());

const started = () => centre.bus.facts({ type: 'patchbay.contact.v1.ContactStarted' });
const received = () => centre.bus.facts({ type: 'patchbay.message.v1.MessageReceived' });
const eventOf = (fact: AnyFact | undefined) => fact?.event as unknown as Record<string, unknown>;

describe('a message of a customer', () => {
  test('opens a contact: started, received, routing requested, in this order', async () => {
    const replica = await start();
    const [result] = await replica.deliver({ id: 'm1', text: '你好' });
    expect(result).toMatchObject({ kind: 'accepted', sequence: 2 });
    expect(centre.story()).toEqual(['ContactStarted', 'MessageReceived(1 m1)', 'RoutingRequested']);
    expect(eventOf(started()[0])).toMatchObject({
      channel: 'pager',
      entryPoint: 'pager-main',
      customer: { type: 'pager_no', address: '555', verified: true },
      summary: '你好',
    });
    expect(eventOf(centre.bus.facts({ type: 'patchbay.contact.v1.RoutingRequested' })[0])).toMatchObject({ queue: 'support', channel: 'pager' });
  });

  test('follows the plan that its entry point names', async () => {
    const replica = await start();
    centre.bus.apply('demo', Resource.fromPartial({ kind: 'EntryPoint', name: 'pager-main', revision: 2n, spec: { $case: 'entryPoint', value: { channel: 'pager', address: 'P1', plan: 'evening' } } }));
    await replica.deliver({ id: 'm1', text: 'a' });
    expect(eventOf(centre.bus.facts({ type: 'patchbay.contact.v1.RoutingRequested' })[0])).toMatchObject({ queue: '', plan: 'evening' });
  });

  test('joins the open contact with the next sequence number', async () => {
    const replica = await start();
    await replica.deliver({ id: 'm1', text: 'a' });
    await replica.deliver({ id: 'm2', text: 'b' });
    expect(centre.story()).toEqual(['ContactStarted', 'MessageReceived(1 m1)', 'RoutingRequested', 'MessageReceived(2 m2)']);
  });

  test('of another customer opens another contact', async () => {
    const replica = await start();
    await Promise.all([replica.deliver({ id: 'm1', text: 'a' }), replica.deliver({ id: 'm2', from: '556', text: 'b' })]);
    expect(new Set(started().map((fact) => fact.key)).size).toBe(2);
  });

  test('of another thread of the same customer opens another contact', async () => {
    const replica = await start();
    await replica.deliver({ id: 'm1', thread: 't1', text: 'a' });
    await replica.deliver({ id: 'm2', thread: 't2', text: 'b' });
    await replica.deliver({ id: 'm3', thread: 't1', text: 'c' });
    expect(started()).toHaveLength(2);
    expect(received()[2]?.key).toBe(received()[0]?.key);
  });

  test('delivered three times has one effect, and each delivery gets the same answer', async () => {
    const replica = await start();
    const answers = [await replica.deliver({ id: 'm1', text: 'a' }), await replica.deliver({ id: 'm1', text: 'a' }), await replica.deliver({ id: 'm1', text: 'a' })];
    expect(answers.map(([answer]) => answer?.kind)).toEqual(['accepted', 'duplicate', 'duplicate']);
    expect(new Set(answers.map(([answer]) => JSON.stringify({ ...answer, kind: '' }))).size).toBe(1);
    expect(received()).toHaveLength(1);
  });

  test('delivered fifty times at once on two replicas has one effect', async () => {
    const one = await start();
    const two = await centre.start();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : two).deliver({ id: 'm1', text: 'a' })));
    expect(answers.flat().filter((answer) => answer.kind === 'accepted')).toHaveLength(1);
    expect(centre.story()).toEqual(['ContactStarted', 'MessageReceived(1 m1)', 'RoutingRequested']);
  });

  test('and nineteen others at once on two replicas share one contact, each once and numbered without gaps', async () => {
    const one = await start();
    const two = await centre.start();
    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : two).deliver({ id: `m${index}`, text: 'a' })));
    expect(started()).toHaveLength(1);
    expect(received().map((fact) => Number(eventOf(fact)?.['sequence']))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('with an id over 2^53 keeps it', async () => {
    const replica = await start();
    await replica.deliver({ id: '9223372036854775807', text: 'a' });
    await replica.deliver({ id: '9223372036854775806', text: 'b' });
    expect(received().map((fact) => eventOf(fact)?.['platformMessageId'])).toEqual(['9223372036854775807', '9223372036854775806']);
  });

  test('for an ended contact opens a new contact of the same conversation, for the agent of before', async () => {
    const replica = await start();
    await replica.deliver({ id: 'm1', text: 'a' });
    const first = started()[0]?.key ?? '';
    centre.assign(first);
    await centre.bus.settle();
    await replica.adapter.host().customerLeft({ tenant: 'demo', contactId: first });
    await replica.deliver({ id: 'm2', text: 'b' });
    const [before, after] = started();
    expect(after?.key).not.toBe(before?.key);
    expect(eventOf(after)?.['conversationId']).toBe(eventOf(before)?.['conversationId']);
    expect(eventOf(centre.bus.facts({ type: 'patchbay.contact.v1.RoutingRequested' })[1])?.['preferredAgentId']).toBe('anna');
  });

  test('long after the end opens a contact of a new conversation', async () => {
    const replica = await start({ conversationGapMs: -1 });
    await replica.deliver({ id: 'm1', text: 'a' });
    await replica.adapter.host().customerLeft({ tenant: 'demo', contactId: started()[0]?.key ?? '' });
    await replica.deliver({ id: 'm2', text: 'b' });
    const [before, after] = started();
    expect(eventOf(after)?.['conversationId']).not.toBe(eventOf(before)?.['conversationId']);
  });

  test('redelivered after its contact ended stays where it was', async () => {
    const replica = await start();
    await replica.deliver({ id: 'm1', text: 'a' });
    await replica.adapter.host().customerLeft({ tenant: 'demo', contactId: started()[0]?.key ?? '' });
    expect((await replica.deliver({ id: 'm1', text: 'a' }))[0]?.kind).toBe('duplicate');
    expect(started()).toHaveLength(1);
  });

  test('that comes while another replica ends the contact is read on the contact that follows', async () => {
    const one = await start();
    await one.deliver({ id: 'm1', text: 'a' });
    const contactId = started()[0]?.key ?? '';
    const two = await centre.start();
    await two.adapter.host().customerLeft({ tenant: 'demo', contactId });
    // Replica one still holds the contact as open in its memory.
    const [answer] = await one.deliver({ id: 'm2', text: 'b' });
    expect(answer).toMatchObject({ kind: 'accepted' });
    expect(answer?.kind === 'accepted' && answer.contactId).not.toBe(contactId);
    expect(started()).toHaveLength(2);
    const late = received().filter((fact) => fact.key === contactId && fact.sequence > (centre.bus.facts({ type: 'patchbay.contact.v1.ContactEnded' })[0]?.sequence ?? 0));
    expect(late.length).toBeLessThanOrEqual(1);
    expect((await one.deliver({ id: 'm2', text: 'b' }))[0]).toMatchObject({ kind: 'duplicate', contactId: answer?.kind === 'accepted' ? answer.contactId : '' });
  });

  test('that asks nothing is added to an open contact and otherwise ignored', async () => {
    const replica = await start();
    expect(await replica.deliver({ id: 's1', text: 'away', silent: true })).toEqual([{ kind: 'ignored' }]);
    expect(centre.story()).toEqual([]);
    await replica.deliver({ id: 'm1', text: 'a' });
    await replica.deliver({ id: 's2', text: 'away', silent: true });
    expect(received()).toHaveLength(2);
  });

  test('of a customer the centre knows carries who it is and what the wait is worth', async () => {
    const replica = await start();
    const { Resource } = await import('@patchbay/contracts/directory/v1/resource');
    centre.bus.apply(
      'demo',
      Resource.fromPartial({ kind: 'Customer', name: 'vip-1', spec: { $case: 'customer', value: { value: 90, priority: 120, identities: [{ type: 'pager_no', address: '555' }] } } }),
    );
    await replica.deliver({ id: 'm1', text: 'a' });
    expect(centre.story()).toEqual(['ContactStarted', 'ContactIdentified', 'MessageReceived(1 m1)', 'RoutingRequested']);
    expect(eventOf(centre.bus.facts()[1])).toMatchObject({ customerId: 'vip-1', customerValue: 90 });
    expect(eventOf(centre.bus.facts()[3])).toMatchObject({ priority: 120 });
  });
});

describe('a message that is refused', () => {
  test.each([
    ['with a bad signature', { signature: '0'.repeat(64) }, 'PAGER_BAD_SIGNATURE'],
    ['with a short signature', { signature: '' }, 'PAGER_BAD_SIGNATURE'],
  ])('%s publishes nothing', async (_, change, code) => {
    const replica = await start();
    await expect(replica.adapter.host().deliver({ ...centre.page({ id: 'm1', text: 'a' }), ...change })).rejects.toMatchObject({ code });
    expect(centre.story()).toEqual([]);
  });

  test('for an account without entry point publishes nothing', async () => {
    const replica = await start();
    await expect(replica.deliver({ id: 'm1', account: 'P2', text: 'a' })).rejects.toMatchObject({ code: 'CHANNEL_NO_ENTRY_POINT', retryable: false });
    expect(centre.story()).toEqual([]);
  });

  test.each([
    ['sender.address', { from: '' }],
    ['dedupKey', { id: '' }],
    ['dedupKey', { id: 'x'.repeat(1025) }],
    ['thread', { id: 'm1', thread: '' }],
  ])('with a bad %s publishes nothing', async (field, change) => {
    const replica = await start();
    await expect(replica.deliver({ id: 'm1', text: 'a', ...change })).rejects.toMatchObject({ code: 'CHANNEL_BAD_MESSAGE', details: { field } });
    expect(centre.story()).toEqual([]);
  });
});
