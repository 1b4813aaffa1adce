import { describe, expect, test } from '@jest/globals';
import { emptyStory } from '../../../src/domain/story.ts';
import type { AgentView, ContactView, LineItem, SlotView } from '../../../src/domain/views.ts';
import { applyFrame, emptyDeskState, forgetContacts, mergeItems, offersOf, putOpened, workOf } from './desk-state.ts';
import { createServerClock } from './server-clock.ts';

function contact(contactId: string, sequence: number): ContactView {
  return { ...emptyStory(contactId).view, sequence };
}

function line(key: string, timeMs: number, code = 'queued'): LineItem {
  return { kind: 'line', key, timeMs, code, params: {} };
}

function slot(contactId: string, activity: SlotView['activity'], sinceMs: number, endsMs: number | null = null): SlotView {
  return { slot: '', activity, contactId, offerId: '', assignmentId: '', sinceMs, endsMs, queue: '', channel: 'webchat' };
}

const agent: AgentView = { slots: [], agentId: '8001', name: '', agentNo: '', team: '', state: 'ready', reason: '', sinceMs: 0, pendingState: null, pendingReason: '', queues: [], handledToday: 0, parked: [], site: '', skills: [], skillsChanged: [], skillsUntilMs: null };

describe('what the desk knows', () => {
  test('a contact that is older than what is known changes nothing', () => {
    const newer = applyFrame(emptyDeskState, { type: 'contact', contact: contact('c1', 9), people: {} });
    expect(applyFrame(newer, { type: 'contact', contact: contact('c1', 7), people: {} })).toBe(newer);
  });

  test('a timeline item that changes stays in its place; a new one goes where its time is', () => {
    const merged = mergeItems([line('a', 10), line('b', 20)], [line('a', 10, 'held'), line('c', 15)]);
    expect(merged.map((item) => [item.key, (item as LineItem).code])).toEqual([
      ['a', 'held'],
      ['c', 'queued'],
      ['b', 'queued'],
    ]);
  });

  test('opening gives the whole timeline, and what came live in between is kept', () => {
    const live = applyFrame(emptyDeskState, { type: 'timeline', contactId: 'c1', reset: false, items: [line('new', 30)] });
    const opened = putOpened(live, { contact: contact('c1', 2), people: {}, items: [line('a', 10), line('b', 20)] });
    expect(opened.timelines['c1']?.map((item) => item.key)).toEqual(['a', 'b', 'new']);
  });

  test('contacts that nobody looks at are forgotten with their timelines', () => {
    const known = putOpened(putOpened(emptyDeskState, { contact: contact('c1', 1), people: {}, items: [] }), { contact: contact('c2', 1), people: {}, items: [] });
    const kept = forgetContacts(known, new Set(['c2']));
    expect(Object.keys(kept.contacts)).toEqual(['c2']);
    expect(Object.keys(kept.timelines)).toEqual(['c2']);
    expect(forgetContacts(kept, new Set(['c2']))).toBe(kept);
  });

  test('a beat that says nothing new draws nothing', () => {
    expect(applyFrame(emptyDeskState, { type: 'beat', serverMs: 5, feeds: { agents: 0, queues: 0, facts: 0 } })).toBe(emptyDeskState);
  });

  test('offers come soonest to run out first; work comes longest first, paperwork last', () => {
    const slots = [slot('w', 'wrap_up', 1), slot('o2', 'reserved', 1, 90), slot('e2', 'engaged', 50), slot('o1', 'reserved', 1, 40), slot('e1', 'engaged', 5)];
    expect(offersOf({ ...agent, slots }).map((one) => one.contactId)).toEqual(['o1', 'o2']);
    expect(workOf({ ...agent, slots }).map((one) => one.contactId)).toEqual(['e1', 'e2', 'w']);
  });
});

test('the server’s time follows the least delayed of its last words, whatever the local clock says', () => {
  let localMs = 1_000_000;
  const clock = createServerClock(() => localMs);
  clock.heard(5_000);
  localMs += 1_000;
  // 900 ms late on the way.
  clock.heard(5_100);
  expect(clock.nowMs()).toBe(6_000);
  expect(clock.driftMs()).toBe(995_000);
  localMs += 4_000;
  expect(clock.silentMs()).toBe(4_000);
});
