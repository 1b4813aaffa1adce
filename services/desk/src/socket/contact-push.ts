import { AppError } from '@patchbay/runtime/app-error';
import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { peopleOf, sightOfStory, type ContactAccess } from '../contact-access.ts';
import { maskContact } from '../domain/access.ts';
import type { Story } from '../domain/story.ts';
import type { AgentView, ContactView, PersonView, TimelineItem } from '../domain/views.ts';
import { deskError } from '../errors.ts';
import type { ContactFeed } from '../feeds/contact-feed.ts';
import type { Directory } from '../ports.ts';
import type { Session } from '../session/sessions.ts';
import type { Outgoing } from './outgoing.ts';

/** Pushes the contacts that one socket looks at. */
export interface ContactPush {
  /** The agent's slots, or what is put aside, changed: follow what is the agent's now, let go of what is not. */
  inHandChanged(): void;
  open(contactId: string): Promise<{ contact: ContactView; people: Record<string, PersonView>; items: TimelineItem[] }>;
  close(contactId: string): void;
  /** The story of a contact that the user may see. */
  story(contactId: string): Promise<Story>;
  stop(): void;
}

interface Watched {
  story: Story | undefined;
  stop: (() => void) | undefined;
  inHand: boolean;
  open: boolean;
}

const mostOpen = 12;
const retryMs = 2_000;

export interface ContactPushOptions {
  session: Session;
  contacts: ContactFeed;
  access: ContactAccess;
  directory: Directory;
  outgoing: Outgoing;
  clock: Clock;
  log: Logger;
  agent(): AgentView | undefined;
}

/** Follows contacts in hand for the list and opened ones with their timeline. */
export function createContactPush(options: ContactPushOptions): ContactPush {
  const { session, contacts, access, directory, outgoing, clock, log, agent } = options;
  const watched = new Map<string, Watched>();
  let stopped = false;

  /** Lists show addresses masked; an opened contact as much as the user may see. */
  function shown(story: Story, open: boolean): ContactView {
    return open && sightOfStory(session, story, agent()) === 'whole' ? story.view : maskContact(story.view);
  }

  function pushContact(entry: Watched, story: Story): void {
    outgoing.send({ type: 'contact', contact: shown(story, entry.open), people: peopleOf(directory, session.view.tenant, story) });
  }

  function changed(contactId: string, entry: Watched, story: Story, items: readonly TimelineItem[]): void {
    entry.story = story;
    pushContact(entry, story);
    if (entry.open && items.length > 0) outgoing.send({ type: 'timeline', contactId, reset: false, items: [...items] });
  }

  function letGo(contactId: string, entry: Watched): void {
    if (entry.inHand || entry.open) return;
    entry.stop?.();
    watched.delete(contactId);
  }

  function entryOf(contactId: string): Watched {
    const known = watched.get(contactId);
    if (known !== undefined) return known;
    const entry: Watched = { story: undefined, stop: undefined, inHand: false, open: false };
    watched.set(contactId, entry);
    return entry;
  }

  async function follow(contactId: string, entry: Watched): Promise<Story> {
    if (entry.story !== undefined) return entry.story;
    const { story, stop } = await contacts.follow(contactId, (next, items) => {
      if (watched.get(contactId) === entry && entry.stop !== undefined) changed(contactId, entry, next, items);
    });
    if (stopped || watched.get(contactId) !== entry || entry.stop !== undefined) stop();
    else {
      entry.stop = stop;
      entry.story = story;
    }
    return entry.story ?? story;
  }

  /** Contacts in hand whose facts cannot be read are asked for again a moment later. */
  async function take(contactId: string, entry: Watched): Promise<void> {
    try {
      pushContact(entry, await follow(contactId, entry));
    } catch (error) {
      log.warn('contact in hand cannot be read', { error, contactId });
      if (watched.get(contactId) === entry && entry.stop === undefined) watched.delete(contactId);
      if (!stopped) cancelRetry ??= clock.setTimer(retryMs, retry);
    }
  }

  let cancelRetry: CancelTimer | undefined;
  function retry(): void {
    cancelRetry = undefined;
    inHandChanged();
  }

  function inHandChanged(): void {
    const own = agent();
    const now = new Set([...(own?.slots ?? []), ...(own?.parked ?? [])].map(({ contactId }) => contactId));
    for (const [contactId, entry] of [...watched]) {
      if (!entry.inHand || now.has(contactId)) continue;
      entry.inHand = false;
      letGo(contactId, entry);
    }
    for (const contactId of now) {
      const entry = entryOf(contactId);
      if (entry.inHand) continue;
      entry.inHand = true;
      void take(contactId, entry);
    }
  }

  return {
    inHandChanged,

    async open(contactId) {
      const openNow = [...watched.values()].filter((entry) => entry.open).length;
      if (openNow >= mostOpen && watched.get(contactId)?.open !== true) throw deskError('DESK_TOO_MANY_REQUESTS');
      const entry = entryOf(contactId);
      try {
        let story = await follow(contactId, entry);
        if (story.view.startedMs === 0) story = await access.story(session, contactId, agent());
        if (sightOfStory(session, story, agent()) === 'none') throw deskError('DESK_FORBIDDEN');
        entry.open = true;
        return { contact: shown(story, true), people: peopleOf(directory, session.view.tenant, story), items: [...story.items.values()] };
      } catch (error) {
        letGo(contactId, entry);
        throw AppError.from(error);
      }
    },

    close(contactId) {
      const entry = watched.get(contactId);
      if (entry === undefined) return;
      entry.open = false;
      letGo(contactId, entry);
    },

    async story(contactId) {
      const known = watched.get(contactId)?.story;
      if (known !== undefined && known.view.startedMs !== 0 && sightOfStory(session, known, agent()) !== 'none') return known;
      return access.story(session, contactId, agent());
    },

    stop() {
      stopped = true;
      cancelRetry?.();
      for (const entry of watched.values()) entry.stop?.();
      watched.clear();
    },
  };
}
