import type { eventTypes } from '@patchbay/contracts/event-types';
import type { ContactView, TimelineItem } from './views.ts';

type EventTypes = typeof eventTypes;

/** A fact as the stories read it; the bus's facts fit. */
export type StoryFact = {
  [Type in keyof EventTypes]: {
    type: Type;
    id: string;
    timeMs: number;
    /** Place in the stream. */
    sequence: number;
    event: ReturnType<EventTypes[Type]['codec']['decode']>;
  };
}[keyof EventTypes];

/** One contact, folded from its facts. */
export interface Story {
  view: ContactView;
  /** By key, in the order of their first appearance. */
  items: ReadonlyMap<string, TimelineItem>;
  /** Item keys of our messages by message id, for receipts. */
  messageKeys: ReadonlyMap<string, string>;
  /** Assignments not closed yet. */
  openAssignments: ReadonlySet<string>;
  /** Whether a request for an agent is open. */
  requestOpen: boolean;
  /** Sequence of the last fact folded in, by domain: the domains of one contact are read side by side. */
  sequences: Readonly<Record<string, number>>;
}

/** What one fact changes; absent means as before. */
export interface Change {
  view?: Partial<ContactView>;
  items?: TimelineItem[];
  /** Message id and key of a message of ours. */
  messageKey?: readonly [messageId: string, key: string];
  openedAssignment?: string;
  closedAssignment?: string;
  requestOpen?: boolean;
}

/** What a fact of one type changes in a story. */
export type FactHandler<Type extends keyof EventTypes> = (
  story: Story,
  event: ReturnType<EventTypes[Type]['codec']['decode']>,
  fact: { id: string; timeMs: number; sequence: number },
) => Change;

export type FactHandlers = { [Type in keyof EventTypes]?: FactHandler<Type> };

/** A contact of which nothing is known yet. */
export function emptyStory(contactId: string): Story {
  return {
    view: {
      contactId,
      conversationId: '',
      channel: '',
      direction: 'inbound',
      entryPoint: '',
      customer: { type: '', address: '', displayName: '', verified: false },
      customerId: '',
      customerValue: 0,
      summary: '',
      attributes: [],
      status: 'started',
      outcome: null,
      queue: '',
      agentId: '',
      assignmentId: '',
      servedBy: [],
      startedMs: 0,
      enqueuedMs: null,
      promises: [],
      assignedMs: null,
      connectedMs: null,
      heldMs: null,
      endedMs: null,
      closedMs: null,
      endedBy: null,
      wrapUpEndsMs: null,
      disposition: '',
      legs: [],
      recording: 'none',
      scorePct: null,
      lastMessage: null,
      customerMessages: 0,
      sequence: 0,
    },
    items: new Map(),
    messageKeys: new Map(),
    openAssignments: new Set(),
    requestOpen: false,
    sequences: {},
  };
}

/** A line of the timeline. */
export function line(fact: { id: string; timeMs: number }, code: string, params: Record<string, string> = {}): TimelineItem {
  return { kind: 'line', key: fact.id, timeMs: fact.timeMs, code, params };
}

/** Milliseconds of a time, or null. */
export function msOf(time: Date | undefined): number | null {
  return time === undefined ? null : time.getTime();
}
