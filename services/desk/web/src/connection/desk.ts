import { createContext, useContext } from 'react';
import type { MethodName, Methods, SessionView } from '../../../src/protocol.ts';
import { fetchSession } from '../api.ts';
import { applyFrame, emptyDeskState, forgetContacts, putOpened, type DeskState } from './desk-state.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { createLink, RequestError, type Link, type LinkSocket } from './link.ts';
import { createOutbox, type Outbox, type Sending } from './outbox.ts';
import { createServerClock, type ServerClock } from './server-clock.ts';
import { createStore, useStore, type Store } from './store.ts';
import { createWallFeed, type WallFeed } from './wall-state.ts';

/** One user's connected desk. */
export interface Desk {
  session: SessionView;
  link: Link;
  state: Store<DeskState>;
  wall: WallFeed;
  outbox: Outbox;
  drafts: Keeper<string>;
  /** Messages of the customer that were seen, by contact. */
  seen: Store<Readonly<Record<string, number>>>;
  markSeen(contactId: string, count: number): void;
  clock: ServerClock;
  request<Name extends MethodName>(method: Name, params: Methods[Name]['params']): Promise<Methods[Name]['result']>;
  /** Opens a contact and follows it until the returned function is called. */
  open(contactId: string): Promise<() => void>;
  /** Signs the agent in, here and now. */
  takeAgent(): Promise<void>;
  close(): void;
}

const dayMs = 86_400_000;

/** Browser-made ids of commands: UUIDv7, so that they sort by time (RFC 9562 section 5.7). */
export function newCommandId(nowMs = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const time = new DataView(new ArrayBuffer(8));
  time.setBigUint64(0, BigInt(nowMs) << 16n);
  bytes.set(new Uint8Array(time.buffer, 0, 6), 0);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function setTimer(delayMs: number, callback: () => void): () => void {
  const handle = setTimeout(callback, delayMs);
  return () => {
    clearTimeout(handle);
  };
}

function openSocket(): LinkSocket {
  const address = new URL('/ws', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address) as unknown as LinkSocket;
}

/** @param fresh whether the user has just given the password: the agent is signed in, whatever other desk has it */
export function createDesk(session: SessionView, fresh: boolean): Desk {
  const owner = `${session.tenant}.${session.user}`;
  const keeperOptions = { storage: localStorage, owner, nowMs: () => Date.now() };
  const presence = createKeeper<string>({ ...keeperOptions, kind: 'presence', keepMs: dayMs });
  const drafts = createKeeper<string>({ ...keeperOptions, kind: 'draft', keepMs: 7 * dayMs });
  const seenKept = createKeeper<number>({ ...keeperOptions, kind: 'seen', keepMs: 7 * dayMs });
  const clock = createServerClock(() => Date.now());
  const state = createStore<DeskState>({ ...emptyDeskState, session });
  const wall = createWallFeed((draw) => void requestAnimationFrame(draw));
  const seen = createStore<Readonly<Record<string, number>>>(Object.fromEntries(seenKept.all()));
  const opened = new Set<string>();
  let wantsAgent = fresh && session.agent !== '';

  const link = createLink(
    { open: openSocket, nowMs: () => Date.now(), setTimer, random: Math.random, sessionHolds: async () => (await fetchSession()).session !== null },
    (frame) => {
      if (frame.type === 'hello' || frame.type === 'beat') clock.heard(frame.serverMs);
      if (frame.type === 'timeline') outbox.settle(frame.items);
      if (frame.type === 'agent') rememberPresence(frame.sessionId, frame.presence);
      wall.take(frame);
      state.update((now) => applyFrame(now, frame));
      if (frame.type === 'agent') tidy();
    },
  );

  const outbox = createOutbox({
    keeper: createKeeper<Sending>({ ...keeperOptions, kind: 'outbox', keepMs: dayMs }),
    newId: newCommandId,
    nowMs: () => clock.nowMs(),
    setTimer,
    deliver: async ({ contactId, commandId, text }) => {
      await link.request('contact.send', { contactId, commandId, text });
    },
    errorOf: (thrown) => (thrown instanceof RequestError ? thrown.error : { code: '', status: 'internal', message: '', retryable: true, details: {} }),
  });

  function rememberPresence(sessionId: string, word: string): void {
    if (word === 'kept' && sessionId !== '') presence.put(session.agent, sessionId);
    else if (word === 'taken_over') presence.remove(session.agent);
  }

  /** Contacts that left the agent's hands and are not open are of no more use. */
  function tidy(): void {
    state.update((now) => forgetContacts(now, new Set([...opened, ...[...(now.agent?.slots ?? []), ...(now.agent?.parked ?? [])].map(({ contactId }) => contactId)])));
  }

  async function resume(): Promise<void> {
    const remembered = presence.get(session.agent);
    if (session.agent === '' || (remembered === undefined && !wantsAgent)) return;
    const params = wantsAgent || remembered === undefined ? {} : { sessionId: remembered };
    wantsAgent = false;
    await link.request('agent.signIn', params);
  }

  const stopLive = link.state.subscribe(() => {
    if (link.state.get().phase !== 'live') return;
    outbox.flush();
    // A failure shows in the state itself: the agent stays signed out, and the bar offers to sign in.
    resume().catch(() => undefined);
  });

  // The session is renewed over HTTP while the page stays open.
  const renew = setInterval(() => void fetchSession().catch(() => undefined), 15 * 60_000);

  return {
    session,
    link,
    state,
    wall,
    outbox,
    drafts,
    seen,
    clock,
    markSeen(contactId, count) {
      if ((seen.get()[contactId] ?? 0) >= count) return;
      seenKept.put(contactId, count);
      seen.update((now) => ({ ...now, [contactId]: count }));
    },
    request: (method, params) => link.request(method, params),
    async open(contactId) {
      opened.add(contactId);
      const result = await link.request('contact.open', { contactId });
      state.update((now) => putOpened(now, result));
      outbox.settle(result.items);
      return () => {
        opened.delete(contactId);
        // A lost connection has closed it already.
        link.request('contact.close', { contactId }).catch(() => undefined);
        tidy();
      };
    },
    async takeAgent() {
      await link.request('agent.signIn', {});
    },
    close() {
      clearInterval(renew);
      stopLive();
      link.close();
    },
  };
}

export const DeskContext = createContext<Desk | null>(null);

/** The connected desk. */
export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error('no desk is connected here');
  return desk;
}

/** Part of what the desk knows. */
export function useDeskState<Part>(select: (state: DeskState) => Part): Part {
  return useStore(useDesk().state, select);
}
