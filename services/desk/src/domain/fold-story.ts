import { contactFacts } from './contact-facts.ts';
import { mediaFacts } from './media-facts.ts';
import { messageFacts } from './message-facts.ts';
import { promiseFacts } from './promise-facts.ts';
import { routingFacts } from './routing-facts.ts';
import type { Change, FactHandler, FactHandlers, Story, StoryFact } from './story.ts';
import type { ContactStatus, TimelineItem } from './views.ts';

const handlers: FactHandlers = { ...contactFacts, ...routingFacts, ...promiseFacts, ...messageFacts, ...mediaFacts };

/** Most items kept of one contact; older messages stay in the stream and in the record. */
const mostItems = 2_000;

/** Facts that move a live contact on its medium: once it ended they are late and change nothing. */
const lateAfterEnd: ReadonlySet<string> = new Set([
  'patchbay.contact.v1.ContactConnected',
  'patchbay.contact.v1.ContactHeld',
  'patchbay.contact.v1.ContactRetrieved',
  'patchbay.contact.v1.ContactEnded',
]);

function changeOf(story: Story, fact: StoryFact): Change {
  if (story.view.endedMs !== null && lateAfterEnd.has(fact.type)) return {};
  const handler = handlers[fact.type] as FactHandler<typeof fact.type> | undefined;
  return handler?.(story, fact.event as never, fact) ?? {};
}

/** A contact is closed when it ended and its assignments are closed; in between there is paperwork. */
function statusOf(next: Story, status: ContactStatus): ContactStatus {
  if (next.view.endedMs === null || next.requestOpen) return status;
  return next.openAssignments.size === 0 ? 'closed' : 'wrap_up';
}

function mergeItems(items: Story['items'], changed: readonly TimelineItem[]): Story['items'] {
  if (changed.length === 0) return items;
  const merged = new Map(items);
  for (const item of changed) merged.set(item.key, item);
  for (const key of merged.keys()) {
    if (merged.size <= mostItems) break;
    merged.delete(key);
  }
  return merged;
}

/** What one fact did to a story. */
export interface Folded {
  story: Story;
  /** Items that are new or changed. */
  changed: readonly TimelineItem[];
}

/** `patchbay.<domain>.v1.<Name>` */
function domainOf(fact: StoryFact): string {
  return fact.type.split('.')[1] ?? '';
}

/**
 * The story after one more fact. A fact at or below the last one of its domain was folded in before and changes nothing:
 * snapshot and live tail may overlap.
 */
export function foldFact(story: Story, fact: StoryFact): Folded {
  const domain = domainOf(fact);
  if (fact.sequence <= (story.sequences[domain] ?? 0)) return { story, changed: [] };
  const change = changeOf(story, fact);
  const changed = change.items ?? [];
  const openAssignments = new Set(story.openAssignments);
  if (change.openedAssignment !== undefined) openAssignments.add(change.openedAssignment);
  if (change.closedAssignment !== undefined) openAssignments.delete(change.closedAssignment);
  const next: Story = {
    view: { ...story.view, ...change.view, sequence: Math.max(story.view.sequence, fact.sequence) },
    sequences: { ...story.sequences, [domain]: fact.sequence },
    items: mergeItems(story.items, changed),
    messageKeys: change.messageKey === undefined ? story.messageKeys : new Map(story.messageKeys).set(...change.messageKey),
    openAssignments,
    requestOpen: change.requestOpen ?? story.requestOpen,
  };
  const status = statusOf(next, next.view.status);
  const closedMs = status === 'closed' ? (next.view.closedMs ?? fact.timeMs) : null;
  return { story: { ...next, view: { ...next.view, status, closedMs } }, changed };
}

/** The story of facts in stream order. */
export function foldFacts(story: Story, facts: Iterable<StoryFact>): Story {
  let next = story;
  for (const fact of facts) next = foldFact(next, fact).story;
  return next;
}
