import type { FeedAges, PresenceView, ServerFrame, SessionView } from '../../../src/protocol.ts';
import type { AgentView, CatalogueView, ContactView, PersonView, QueueLoadView, SlotView, TimelineItem } from '../../../src/domain/views.ts';

/** What the desk knows, as told by the server. */
export interface DeskState {
  session: SessionView | null;
  catalogue: CatalogueView;
  /** Null until told, and for users who are no agent. */
  agent: AgentView | null;
  agentKnown: boolean;
  presence: PresenceView;
  sessionId: string;
  contacts: Readonly<Record<string, ContactView>>;
  people: Readonly<Record<string, PersonView>>;
  timelines: Readonly<Record<string, readonly TimelineItem[]>>;
  /** Who waits in the agent's own queues. */
  ownQueues: readonly QueueLoadView[];
  feeds: FeedAges;
}

export const emptyDeskState: DeskState = {
  session: null,
  catalogue: { tenantTitles: {}, timeZone: '', queues: {}, dispositionTrees: {}, channels: {}, entryPoints: {}, teams: {} },
  agent: null,
  agentKnown: false,
  presence: 'none',
  sessionId: '',
  contacts: {},
  people: {},
  timelines: {},
  ownQueues: [],
  feeds: { agents: 0, queues: 0, facts: 0 },
};

/** Items by key, changed ones in place, in order of time. */
export function mergeItems(known: readonly TimelineItem[], changed: readonly TimelineItem[]): readonly TimelineItem[] {
  const fresh = new Map(changed.map((item) => [item.key, item]));
  const kept = known.map((item) => {
    const next = fresh.get(item.key);
    fresh.delete(item.key);
    return next ?? item;
  });
  const merged = [...kept, ...fresh.values()];
  return merged.every((item, index) => index === 0 || (merged[index - 1]?.timeMs ?? 0) <= item.timeMs) ? merged : merged.sort((left, right) => left.timeMs - right.timeMs);
}

/** The state after one frame. Frames of the wall and beats that say nothing new leave it as it is. */
export function applyFrame(state: DeskState, frame: ServerFrame): DeskState {
  switch (frame.type) {
    case 'hello':
      return { ...state, session: frame.session };
    case 'catalogue':
      return { ...state, catalogue: frame.catalogue };
    case 'agent':
      return { ...state, agent: frame.agent, agentKnown: true, presence: frame.presence, sessionId: frame.sessionId };
    case 'contact':
      return putContact(state, frame.contact, frame.people);
    case 'timeline':
      return {
        ...state,
        timelines: { ...state.timelines, [frame.contactId]: frame.reset ? frame.items : mergeItems(state.timelines[frame.contactId] ?? [], frame.items) },
      };
    case 'own_queues':
      return { ...state, ownQueues: frame.queues };
    case 'beat': {
      const { agents, queues, facts } = frame.feeds;
      const same = state.feeds.agents === agents && state.feeds.queues === queues && state.feeds.facts === facts;
      return same ? state : { ...state, feeds: frame.feeds };
    }
    default:
      return state;
  }
}

/** A contact came, new or changed; one that is older than what is known changes nothing. */
export function putContact(state: DeskState, contact: ContactView, people: Record<string, PersonView>): DeskState {
  const known = state.contacts[contact.contactId];
  if (known !== undefined && known.sequence > contact.sequence) return state;
  return { ...state, contacts: { ...state.contacts, [contact.contactId]: contact }, people: { ...state.people, ...people } };
}

/** A contact was opened: its timeline is complete. */
export function putOpened(state: DeskState, opened: { contact: ContactView; people: Record<string, PersonView>; items: readonly TimelineItem[] }): DeskState {
  const { contactId } = opened.contact;
  const next = putContact(state, opened.contact, opened.people);
  return { ...next, timelines: { ...next.timelines, [contactId]: mergeItems(opened.items, next.timelines[contactId]?.filter((item) => item.timeMs > (opened.items.at(-1)?.timeMs ?? 0)) ?? []) } };
}

/** Slots that ring, in the order in which they run out. */
export function offersOf(agent: AgentView | null): SlotView[] {
  return (agent?.slots ?? []).filter((slot) => slot.activity === 'reserved').sort((left, right) => (left.endsMs ?? Infinity) - (right.endsMs ?? Infinity));
}

/** Slots with a contact in hand, longest first, wrap-up last. */
export function workOf(agent: AgentView | null): SlotView[] {
  const rank = (slot: SlotView) => (slot.activity === 'wrap_up' ? 1 : 0);
  return (agent?.slots ?? []).filter((slot) => slot.activity !== 'reserved').sort((left, right) => rank(left) - rank(right) || left.sinceMs - right.sinceMs);
}

/** Forgets contacts that nobody looks at any more. */
export function forgetContacts(state: DeskState, kept: ReadonlySet<string>): DeskState {
  const gone = Object.keys(state.contacts).filter((contactId) => !kept.has(contactId));
  if (gone.length === 0) return state;
  const contacts = { ...state.contacts };
  const timelines = { ...state.timelines };
  for (const contactId of gone) {
    // Keys come from the object itself.
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    delete contacts[contactId];
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    delete timelines[contactId];
  }
  return { ...state, contacts, timelines };
}
