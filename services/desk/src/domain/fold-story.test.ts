import { describe, expect, test } from '@jest/globals';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { QueueCause, SlaKind, SlaOutcome } from '@patchbay/contracts/routing/v1/routing_event';
import { foldFact, foldFacts } from './fold-story.ts';
import { emptyStory, type Story, type StoryFact } from './story.ts';
import type { LineItem, MessageItem } from './views.ts';

let sequence = 0;

/** A fact with only the fields that matter. */
function fact(type: EventType, event: object, place = (sequence += 1)): StoryFact {
  const full = (eventTypes[type].codec.fromPartial as (partial: object) => unknown)(event);
  return { type, id: `fact-${place}`, timeMs: place * 1_000, sequence: place, event: full } as StoryFact;
}

const started = () => fact('patchbay.contact.v1.ContactStarted', { contactId: 'c', channel: 'webchat', customer: { displayName: '顾客甲' } });
const requested = () => fact('patchbay.contact.v1.RoutingRequested', { requestId: 'r', queue: 'billing' });
const queued = (cause: QueueCause = QueueCause.FIRST) => fact('patchbay.routing.v1.ContactQueued', { queue: 'billing', cause, enqueuedAt: new Date(5) });
const offered = (agentId = '8001') => fact('patchbay.routing.v1.ContactOffered', { agentId, offerId: 'o' });
const assigned = (agentId = '8001', assignmentId = 'a') => fact('patchbay.routing.v1.ContactAssigned', { agentId, assignmentId, waitedMs: 9_000n });
const connected = () => fact('patchbay.contact.v1.ContactConnected', { agentId: '8001', assignmentId: 'a' });
const ended = () => fact('patchbay.contact.v1.ContactEnded', { by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT });
const closed = (assignmentId = 'a') => fact('patchbay.routing.v1.AssignmentClosed', { assignmentId, disposition: 'fee.bill', agentId: '8001' });

function given(...facts: StoryFact[]): Story {
  return foldFacts(emptyStory('c'), facts);
}

describe('promises to the customer', () => {
  const sla = (name: 'SlaStarted' | 'SlaChanged' | 'SlaWarned' | 'SlaBreached' | 'SlaEnded', more: object = {}) => fact(`patchbay.routing.v1.${name}`, { kind: SlaKind.RESOLUTION, ...more });
  const state = (story: Story) => story.view.promises.map(({ kind, state: word, dueMs }) => [kind, word, dueMs]);

  test('are seen running, at risk, standing still, broken and missed; a break stands as a line', () => {
    let story = given(started(), sla('SlaStarted', { dueAt: new Date(90_000) }));
    expect(state(story)).toEqual([['resolution', 'running', 90_000]]);
    story = foldFacts(story, [sla('SlaWarned', { dueAt: new Date(90_000) })]);
    expect(state(story)).toEqual([['resolution', 'at_risk', 90_000]]);
    story = foldFacts(story, [sla('SlaChanged', { running: false })]);
    expect(state(story)).toEqual([['resolution', 'paused', null]]);
    const breach = sla('SlaBreached');
    story = foldFacts(story, [breach]);
    expect(state(story)).toEqual([['resolution', 'breached', breach.timeMs]]);
    expect([...story.items.values()].at(-1)).toMatchObject({ code: 'sla_breached_resolution' });
    expect(state(foldFacts(story, [sla('SlaEnded', { outcome: SlaOutcome.LATE })]))).toEqual([['resolution', 'missed', null]]);
  });
});

describe('the story of a contact', () => {
  test('goes from queued over offered and assigned to closed', () => {
    const steps = [started(), requested(), queued(), offered(), assigned(), connected(), ended(), fact('patchbay.routing.v1.WrapUpStarted', { assignmentId: 'a', endsAt: new Date(90_000) }), closed()];
    const seen: string[] = [];
    let story = emptyStory('c');
    for (const step of steps) {
      story = foldFact(story, step).story;
      seen.push(story.view.status);
    }
    expect(seen).toEqual(['started', 'started', 'queued', 'offered', 'assigned', 'connected', 'wrap_up', 'wrap_up', 'closed']);
    expect(story.view).toMatchObject({ outcome: 'handled', disposition: 'fee.bill', servedBy: ['8001'], wrapUpEndsMs: null });
  });

  test('a contact that was abandoned is closed when it has ended', () => {
    const { view } = given(started(), requested(), queued(), fact('patchbay.contact.v1.RoutingWithdrawn', {}), ended(), fact('patchbay.routing.v1.ContactAbandoned', { waitedMs: 4_000n }));
    expect(view).toMatchObject({ status: 'closed', outcome: 'abandoned' });
  });

  test('a missed offer goes back to the queue with the first enqueue time', () => {
    const { view } = given(started(), requested(), queued(), offered(), fact('patchbay.routing.v1.OfferMissed', { agentId: '8001' }), fact('patchbay.routing.v1.ContactQueued', { queue: 'billing', cause: QueueCause.MISSED, enqueuedAt: new Date(99) }));
    expect(view).toMatchObject({ status: 'queued', enqueuedMs: 5 });
  });

  test('after a transfer the contact is closed only with the last assignment, and both agents served it', () => {
    const before = given(started(), requested(), queued(), assigned('8001', 'a'), requested(), closed('a'), assigned('8002', 'b'), ended());
    expect(before.view).toMatchObject({ status: 'wrap_up', servedBy: ['8001', '8002'] });
    expect(foldFact(before, closed('b')).story.view.status).toBe('closed');
  });

  test('facts of the medium that come after the end change nothing', () => {
    const story = given(started(), requested(), queued(), assigned(), ended());
    const late = foldFact(story, connected());
    expect(late.changed).toEqual([]);
    expect(late.story.view.connectedMs).toBeNull();
  });

  test('a fact that comes twice is folded once, also when the domains were read side by side', () => {
    const first = started();
    const message = fact('patchbay.message.v1.MessageReceived', { messageId: 'm', content: [{ part: { $case: 'text', value: { text: '你好' } } }] });
    const queue = queued();
    // The snapshot had the later queue fact but not yet the message.
    const story = given(first, queue);
    const live = foldFacts(story, [message, queue, message]);
    expect(live.view.customerMessages).toBe(1);
    expect([...live.items.values()].filter((item) => item.kind === 'line' && item.code === 'queued')).toHaveLength(1);
  });

  test('attributes change one by one; an empty value removes one', () => {
    const { view } = given(
      fact('patchbay.contact.v1.ContactStarted', { attributes: [{ name: 'plan', value: '199' }, { name: 'order', value: '1' }] }),
      fact('patchbay.contact.v1.ContactAttributesSet', { attributes: [{ name: 'order', value: '' }, { name: 'city', value: '杭州' }] }),
    );
    expect(view.attributes).toEqual([{ name: 'plan', value: '199' }, { name: 'city', value: '杭州' }]);
  });

  test('hold is a state with a time, and ends with the retrieval', () => {
    const held = given(started(), assigned(), connected(), fact('patchbay.contact.v1.ContactHeld', {}));
    expect(held.view).toMatchObject({ status: 'held', heldMs: sequence * 1_000 });
    expect(foldFact(held, fact('patchbay.contact.v1.ContactRetrieved', {})).story.view).toMatchObject({ status: 'connected', heldMs: null });
  });
});

describe('messages', () => {
  const sent = () => fact('patchbay.message.v1.MessageSent', { messageId: 'm', commandId: 'k', by: Party.AGENT, agentId: '8001', content: [{ part: { $case: 'text', value: { text: '您好' } } }] });
  const item = (story: Story) => story.items.get('k') as MessageItem;

  test('a message of ours keeps its place while its delivery goes on, and never falls back', () => {
    const read = given(sent(), fact('patchbay.message.v1.MessageRead', { messageId: 'm' }));
    expect(item(read).delivery).toBe('read');
    expect(item(foldFact(read, fact('patchbay.message.v1.MessageDelivered', { messageId: 'm' })).story).delivery).toBe('read');
    expect(read.items.size).toBe(1);
  });

  test('a message that was never seen to go out has no words, but its command', () => {
    const story = given(fact('patchbay.message.v1.MessageFailed', { messageId: 'k', commandId: 'k', code: 'WECHAT_WINDOW_CLOSED' }));
    expect(item(story)).toMatchObject({ delivery: 'failed', parts: [], code: 'WECHAT_WINDOW_CLOSED', commandId: 'k' });
  });

  test('a receipt for a stranger changes nothing', () => {
    expect(given(fact('patchbay.message.v1.MessageRead', { messageId: 'nobody' })).items.size).toBe(0);
  });

  test('every kind of content has a shape, and the list shows the first words', () => {
    const { view, items } = given(
      fact('patchbay.message.v1.MessageReceived', {
        messageId: 'x',
        content: [
          { part: { $case: 'media', value: { kind: 1, caption: '照片', object: { object: 'o', mime: 'image/png', sizeBytes: 12n, name: 'a.png' } } } },
          { part: { $case: 'choice', value: { prompt: '?', options: [{ id: '1', label: '是' }] } } },
          { part: { $case: 'unsupported', value: { kind: 'card' } } },
          { part: undefined },
        ],
      }),
    );
    expect(view.lastMessage?.text).toBe('照片');
    expect((items.get('x') as MessageItem).parts.map((part) => part.kind)).toEqual(['media', 'choice', 'unsupported']);
  });
});

test('a story keeps the newest two thousand items', () => {
  const facts = Array.from({ length: 2_050 }, () => fact('patchbay.message.v1.MessageReceived', { messageId: `m${(sequence += 1)}` }));
  const { items } = foldFacts(emptyStory('c'), facts);
  expect(items.size).toBe(2_000);
  expect([...items.keys()].at(-1)).toBe((facts.at(-1)?.event as unknown as { messageId: string }).messageId);
});

test('a line names agents and queues by code; the browser has the words', () => {
  const story = given(started(), requested(), queued(QueueCause.REJECTED));
  expect([...story.items.values()].at(-1)).toMatchObject({ code: 'queued', params: { queue: 'billing', cause: 'rejected' } } satisfies Partial<LineItem>);
});

test('only the first queueing of a contact reads as one', () => {
  const known = Object.values(QueueCause).filter((cause) => cause !== QueueCause.UNSPECIFIED && cause !== QueueCause.UNRECOGNIZED);
  const told = known.map((cause) => ([...given(started(), requested(), queued(cause)).items.values()].at(-1) as LineItem).params['cause']);
  expect(told.filter((cause) => cause === 'first')).toHaveLength(1);
  expect(new Set(told).size).toBe(known.length);
});
