import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { foldFact, foldFacts } from '../domain/fold-story.ts';
import { emptyStory, type Story } from '../domain/story.ts';
import type { TimelineItem } from '../domain/views.ts';
import type { ContactFact, FactLog } from '../ports.ts';

/** Told of each change of a followed contact. */
export type StoryListener = (story: Story, changed: readonly TimelineItem[]) => void;

/** The stories of the contacts that somebody looks at. */
export interface ContactFeed {
  /** Follows a contact: resolves with its story so far, then calls back with each change until stopped. */
  follow(contactId: string, listener: StoryListener): Promise<{ story: Story; stop(): void }>;
  close(): void;
}

interface Followed {
  story: Story;
  loading: Promise<void>;
  /** Live facts that came while the story was being read. */
  early: ContactFact[] | undefined;
  listeners: Set<StoryListener>;
}

/** Live facts kept for contacts that are followed a moment later: a replica's direct read may lag behind the live tail. */
const recentFacts = 1_000;
const retryMs = 1_000;

/** Follows all facts of a tenant with one watch and folds those of the contacts that are followed. */
export function createContactFeed(options: { tenant: string; facts: FactLog; clock: Clock; log: Logger }): ContactFeed {
  const { tenant, facts, clock, log } = options;
  const followed = new Map<string, Followed>();
  const recent: ContactFact[] = [];
  const closing = new AbortController();
  const started = startWatch();

  /** Resolves when every fact stored from now on will come live. */
  async function startWatch(): Promise<void> {
    for (;;) {
      try {
        const position = await facts.position();
        void run(position);
        return;
      } catch (error) {
        if (closing.signal.aborted) return;
        log.warn('facts cannot be followed yet', { error });
        await sleep(clock, retryMs, closing.signal).catch(() => undefined);
      }
    }
  }

  async function run(position: number): Promise<void> {
    let last = position;
    while (!closing.signal.aborted) {
      try {
        for await (const fact of facts.watch(tenant, last, closing.signal)) {
          last = fact.sequence;
          take(fact);
        }
      } catch (error) {
        if (closing.signal.aborted) return;
        log.warn('feed interrupted', { feed: 'facts', error });
      }
      await sleep(clock, retryMs, closing.signal).catch(() => undefined);
    }
  }

  function take(fact: ContactFact): void {
    recent.push(fact);
    if (recent.length > recentFacts) recent.shift();
    const entry = followed.get(fact.key);
    if (entry === undefined) return;
    if (entry.early !== undefined) {
      entry.early.push(fact);
      return;
    }
    apply(entry, fact);
  }

  function apply(entry: Followed, fact: ContactFact): void {
    const before = entry.story;
    const { story, changed } = foldFact(before, fact);
    entry.story = story;
    if (story === before) return;
    for (const listener of entry.listeners) listener(story, changed);
  }

  async function load(contactId: string, entry: Followed): Promise<void> {
    await started;
    const stored = await facts.read(tenant, contactId);
    entry.story = foldFacts(entry.story, stored);
    const late = recent.filter((fact) => fact.key === contactId);
    entry.story = foldFacts(entry.story, [...late, ...(entry.early ?? [])].sort((left, right) => left.sequence - right.sequence));
    entry.early = undefined;
  }

  function entryOf(contactId: string): Followed {
    const known = followed.get(contactId);
    if (known !== undefined) return known;
    const entry: Followed = { story: emptyStory(contactId), loading: Promise.resolve(), early: [], listeners: new Set() };
    followed.set(contactId, entry);
    entry.loading = load(contactId, entry);
    return entry;
  }

  function leave(contactId: string, entry: Followed, listener: StoryListener): void {
    entry.listeners.delete(listener);
    if (entry.listeners.size === 0 && followed.get(contactId) === entry) followed.delete(contactId);
  }

  return {
    async follow(contactId, listener) {
      const entry = entryOf(contactId);
      entry.listeners.add(listener);
      try {
        await entry.loading;
      } catch (error) {
        // The next follower reads again.
        if (followed.get(contactId) === entry) followed.delete(contactId);
        throw error;
      }
      return { story: entry.story, stop: () => void leave(contactId, entry, listener) };
    },
    close() {
      closing.abort();
      followed.clear();
    },
  };
}
