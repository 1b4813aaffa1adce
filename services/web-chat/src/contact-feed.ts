import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import { limits, type StoryFrame, type VisitorState } from './domain/frames.ts';
import type { ContactFacts } from './ports.ts';
import { noContact, tellVisitor, type AgentNumbers } from './visitor-story.ts';

/** What a connection gets of a contact's story. Calls come in order and never while another one runs. */
export interface FeedReader {
  /** The frames known so far, oldest first; `isCut` = older ones are not kept. */
  onReplay(frames: readonly StoryFrame[], state: VisitorState, isCut: boolean): void;
  /** A frame as it happens, with the state after it. */
  onFrame(frame: StoryFrame, state: VisitorState): void;
}

/** Stories of contacts, read once for all connections that want the same one. */
export interface ContactFeeds {
  /** Replays the story to the reader, then follows it; gives the function that stops. Throws when the bus does not answer. */
  open(tenant: string, contactId: string, reader: FeedReader): Promise<() => void>;
  /** Contacts followed now. */
  size(): number;
  close(): void;
}

interface Feed {
  readonly readers: Set<FeedReader>;
  readonly ready: Promise<void>;
  readonly ended: AbortController;
  readonly frames: StoryFrame[];
  state: VisitorState;
  isCut: boolean;
}

const keptFrames = 2 * limits.gapFrames;

/** Creates the feeds. Each follows its contact from the first fact on, so that frames are the same on every replica. */
export function createContactFeeds(dependencies: { facts: ContactFacts; agentNumbers: AgentNumbers; log: Logger }): ContactFeeds {
  const { facts, agentNumbers, log } = dependencies;
  const feeds = new Map<string, Feed>();

  /** Follows the contact; `caughtUp` is called when everything stored at `target` has been told. */
  async function follow(tenant: string, contactId: string, feed: Feed, target: number, caughtUp: () => void): Promise<void> {
    for await (const fact of facts.follow(tenant, contactId, feed.ended.signal)) {
      const { state, frame } = tellVisitor(feed.state, fact, agentNumbers);
      feed.state = state;
      if (frame !== undefined) {
        feed.frames.push(frame);
        if (feed.frames.length > keptFrames) {
          feed.frames.shift();
          feed.isCut = true;
        }
        for (const reader of feed.readers) reader.onFrame(frame, state);
      }
      if (fact.sequence >= target) caughtUp();
    }
  }

  function start(tenant: string, contactId: string): Feed {
    const ended = new AbortController();
    let caughtUp = () => {};
    let failed: (error: unknown) => void = () => {};
    const ready = new Promise<void>((resolve, reject) => {
      caughtUp = resolve;
      failed = reject;
    });
    // The first reader awaits it; the handler here only keeps a failure without readers from ending the process.
    ready.catch((error: unknown) => {
      log.warn('story of a contact could not be read', { error: AppError.from(error), contactId });
    });
    const feed: Feed = { readers: new Set(), ready, ended, frames: [], state: noContact, isCut: false };
    void (async () => {
      try {
        const target = (await facts.read(tenant, contactId)).at(-1)?.sequence ?? 0;
        if (target === 0) caughtUp();
        await follow(tenant, contactId, feed, target, caughtUp);
      } catch (error) {
        failed(error);
        feeds.delete(contactId);
      }
    })();
    return feed;
  }

  return {
    async open(tenant, contactId, reader) {
      const feed = feeds.get(contactId) ?? start(tenant, contactId);
      feeds.set(contactId, feed);
      // Held while it catches up, so that another reader's leaving does not stop it.
      const placeholder: FeedReader = { onReplay: () => {}, onFrame: () => {} };
      feed.readers.add(placeholder);
      try {
        await feed.ready;
        feed.readers.add(reader);
        reader.onReplay(feed.frames, feed.state, feed.isCut);
      } finally {
        feed.readers.delete(placeholder);
      }
      return () => {
        feed.readers.delete(reader);
        if (feed.readers.size > 0) return;
        feed.ended.abort();
        if (feeds.get(contactId) === feed) feeds.delete(contactId);
      };
    },
    size: () => feeds.size,
    close() {
      for (const feed of feeds.values()) feed.ended.abort();
      feeds.clear();
    },
  };
}
