import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { WebSocket } from 'ws';
import type { DeskConfig } from './config.ts';
import { createContactAccess } from './contact-access.ts';
import { createTenantFeeds } from './feeds/tenant-feeds.ts';
import { requestHandlers } from './handlers.ts';
import { createSessionCookie } from './http/cookies.ts';
import { startDeskServer } from './http/desk-server.ts';
import { fileRoutes } from './http/file-routes.ts';
import { sessionRoutes } from './http/session-routes.ts';
import { loadStaticFiles } from './http/static-files.ts';
import { deskMetrics } from './metrics.ts';
import type { Backend } from './ports.ts';
import { createPresences } from './presence.ts';
import { closeCodes } from './protocol.ts';
import { createSessions, type Session } from './session/sessions.ts';
import { serveSocket, type DeskSocket, type SocketHouse } from './socket/desk-socket.ts';

/** A running desk. */
export interface Desk {
  port: number;
  stop(): Promise<void>;
}

export interface DeskParts {
  config: Omit<DeskConfig, 'natsUrl' | 'replicas'>;
  /** Folder of the built web application. */
  webFolder: string;
  backend: Backend;
  instance: string;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}

const closeLimitMs = 1_000;

/** Builds the desk over a backend and listens. */
export async function startDesk({ config, webFolder, backend, instance, clock, log, metrics }: DeskParts): Promise<Desk> {
  const sessions = createSessions({ identity: backend.services.identity, directory: backend.directory, clock });
  const feeds = createTenantFeeds({ backend, clock, log });
  const presences = createPresences({ agents: backend.services.agents, clock, log });
  const access = createContactAccess(backend);
  const cookie = createSessionCookie(config.secureCookies);
  const sockets = new Set<DeskSocket>();
  const open = metrics.gauge(deskMetrics.desk_sockets);
  const house: SocketHouse = { instance, backend, feeds, presences, sessions, access, handlers: requestHandlers, clock, log, metrics };

  function connected(socket: WebSocket, session: Session): void {
    const served = serveSocket(socket, session, house);
    sockets.add(served);
    open.set(sockets.size);
    socket.once('close', () => {
      sockets.delete(served);
      open.set(sockets.size);
    });
  }

  function closeSockets(code: number, reason: string, chosen: (socket: DeskSocket) => boolean = () => true): void {
    for (const socket of sockets) if (chosen(socket)) socket.close(code, reason);
  }

  /** Browsers answer a close within a moment; one that does not is dropped. */
  async function lastSocketClosed(): Promise<void> {
    await Promise.race([Promise.all([...sockets].map((socket) => socket.closed)), sleep(clock, closeLimitMs)]);
    for (const socket of sockets) socket.drop();
  }

  const server = await startDeskServer({
    ...config,
    cookie,
    sessions,
    files: await loadStaticFiles(webFolder),
    routes: {
      ...sessionRoutes({
        backend,
        sessions,
        cookie,
        tenant: config.tenant,
        clock,
        log,
        endSockets: ({ fingerprint }) => void closeSockets(closeCodes.sessionEnded, 'signed out', (socket) => socket.session.fingerprint === fingerprint),
      }),
      ...fileRoutes({ backend, access }),
    },
    connected,
    closeSockets: () => void closeSockets(closeCodes.draining, 'draining'),
    log,
    metrics,
  });

  return {
    port: server.port,
    async stop() {
      await server.stop();
      await lastSocketClosed();
      presences.close();
      feeds.close();
    },
  };
}
