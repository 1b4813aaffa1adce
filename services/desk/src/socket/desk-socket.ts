import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { WebSocket } from 'ws';
import type { ContactAccess } from '../contact-access.ts';
import { personView } from '../domain/catalogue.ts';
import type { TenantFeeds } from '../feeds/tenant-feeds.ts';
import type { Backend } from '../ports.ts';
import type { Presences } from '../presence.ts';
import { protocolVersion } from '../protocol.ts';
import type { RequestHandlers, RequestScope } from '../requests/scope.ts';
import type { Session, Sessions } from '../session/sessions.ts';
import { createContactPush } from './contact-push.ts';
import { createOutgoing } from './outgoing.ts';
import { createOwnQueuesPush } from './own-queues-push.ts';
import { pushCatalogue } from './push-catalogue.ts';
import { serveRequests } from './serve-requests.ts';
import { startPulse } from './pulse.ts';
import { createWallPush } from './wall-push.ts';

/** What all sockets share. */
export interface SocketHouse {
  /** Tells this process from its successor. */
  instance: string;
  backend: Backend;
  feeds: TenantFeeds;
  presences: Presences;
  sessions: Sessions;
  access: ContactAccess;
  handlers: RequestHandlers;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}

/** One connected browser. */
export interface DeskSocket {
  readonly session: Session;
  /** Resolves when the socket is closed and everything of it is let go. */
  readonly closed: Promise<void>;
  close(code: number, reason: string): void;
  /** Ends the socket without a word. */
  drop(): void;
}

const callLimitMs = 6_000;

/** Serves one browser until its socket closes. */
export function serveSocket(socket: WebSocket, session: Session, house: SocketHouse): DeskSocket {
  const { backend, clock } = house;
  const { tenant, agent: agentId } = session.view;
  const log = house.log.with({ tenantId: tenant, ...(agentId === '' ? {} : { agentId }) });
  const { feed, release } = house.feeds.acquire(tenant);
  const outgoing = createOutgoing(socket);
  const closing = new AbortController();
  const agent = () => (agentId === '' ? undefined : feed.agents.get(agentId));
  const contacts = createContactPush({ session, contacts: feed.contacts, access: house.access, directory: backend.directory, outgoing, clock, log, agent });
  const wall = createWallPush({ feed, outgoing, clock });
  const presence = agentId === '' ? undefined : house.presences.join(session, { agentNow: agent, onChange: () => void sendAgent() });
  const sendAgent = () => {
    outgoing.send({ type: 'agent', agent: agent() ?? null, ...(presence?.state() ?? { presence: 'none', sessionId: '' }) });
  };
  const scope: RequestScope = {
    session,
    services: backend.services,
    presence,
    agent,
    call: (timeoutMs = callLimitMs) => ({ tenant, actor: session.actor, timeoutMs, signal: closing.signal }),
    story: contacts.story,
    open: contacts.open,
    close: contacts.close,
    openWall: wall.open,
    closeWall: wall.close,
    personName: (id) => personView(backend.directory.resource(tenant, 'Agent', id))?.name ?? id,
  };
  serveRequests({ socket, scope, outgoing, handlers: house.handlers, log, metrics: house.metrics });

  outgoing.send({ type: 'hello', protocol: protocolVersion, serverMs: clock.nowMs(), session: session.view, instance: house.instance });
  sendAgent();
  contacts.inHandChanged();
  const ownQueues = createOwnQueuesPush({ queues: feed.queues, agent, outgoing, clock });
  const stops = [
    pushCatalogue({ tenant, directory: backend.directory, outgoing, clock }),
    startPulse({ socket, outgoing, clock, holds: () => house.sessions.holds(session), ages: () => feed.ages() }),
    feed.agents.subscribe((changed, full) => {
      if (agentId === '' || !(full || changed.some((row) => row.agentId === agentId))) return;
      sendAgent();
      contacts.inHandChanged();
      ownQueues.agentChanged();
    }),
    ownQueues.stop,
    wall.close,
    contacts.stop,
    () => presence?.leave(),
    release,
  ];
  socket.on('error', (error) => {
    log.debug('socket error', { error });
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closing.abort();
      for (const stop of stops) stop();
      resolve();
    });
  });
  return { session, closed, drop: () => void socket.terminate(), close: (code, reason) => void socket.close(code, reason) };
}
