import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { inSpan } from '@patchbay/runtime/spans';
import { WebSocketServer, type WebSocket } from 'ws';
import { deskError } from '../errors.ts';
import { deskMetrics } from '../metrics.ts';
import { limits } from '../protocol.ts';
import type { Session, Sessions } from '../session/sessions.ts';
import type { SessionCookie } from './cookies.ts';
import { isOwnOrigin, requireOwnOrigin } from './origins.ts';
import { sendError } from './respond.ts';
import type { Route } from './route.ts';
import { securityHeaders } from './security-headers.ts';
import type { StaticFiles } from './static-files.ts';

/** The listening desk. */
export interface DeskServer {
  port: number;
  /** Takes no more, ends sockets with the code, waits for answers in hand. */
  stop(): Promise<void>;
}

export interface DeskServerOptions {
  host: string;
  port: number;
  origins: readonly string[];
  cookie: SessionCookie;
  sessions: Sessions;
  files: StaticFiles;
  routes: Record<string, Route>;
  /** A browser connected with a session that holds. */
  connected(socket: WebSocket, session: Session): void;
  /** Says good-bye to the open sockets. */
  closeSockets(): void;
  log: Logger;
  metrics: Metrics;
}

const idleMs = 30_000;

/** Address of a request. DESK_BAD_REQUEST when it is none, as `//` is. */
function addressOf(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? '/', 'http://desk');
  if (url === null) throw deskError('DESK_BAD_REQUEST', { details: { field: 'path' } });
  return url;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw deskError('DESK_BAD_REQUEST', { cause: error, details: { field: 'path' } });
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Serves the application, the small HTTP interface and the WebSocket on one port. */
export async function startDeskServer(options: DeskServerOptions): Promise<DeskServer> {
  const { cookie, sessions, files, routes, origins, log, metrics } = options;
  const counted = metrics.counter(deskMetrics.desk_http_total);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false });

  async function sessionOf(request: IncomingMessage): Promise<Session> {
    const token = cookie.read(request);
    if (token === undefined || token === '') throw deskError('DESK_SIGNED_OUT');
    return sessions.check(token);
  }

  async function runRoute(request: IncomingMessage, response: ServerResponse, url: URL): Promise<string> {
    const [, api = '', name = '', ...rest] = url.pathname.split('/');
    const key = `${request.method ?? ''} /${api}/${name}`;
    const route = routes[key];
    if (route === undefined) throw deskError('DESK_NOT_FOUND');
    if (request.method !== 'GET') requireOwnOrigin(request, origins);
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort(new DOMException('The browser went away.', 'AbortError'));
    });
    const attributes = { 'http.request.method': request.method ?? '', 'http.route': `/${api}/${name}` };
    const run = () => route({ request, response, rest: rest.map(decodeSegment), query: url.searchParams, session: () => sessionOf(request), signal: gone.signal });
    await inSpan(key, { kind: SpanKind.SERVER, attributes, parent: ROOT_CONTEXT }, async () => run());
    return key;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    let label = 'page';
    try {
      const url = addressOf(request);
      if (url.pathname.startsWith('/api/')) {
        label = 'api';
        label = await runRoute(request, response, url);
      } else if (request.method === 'GET' || request.method === 'HEAD') await files.serve(request, response, url.pathname);
      else throw deskError('DESK_NOT_FOUND');
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.status === 'internal') log.error('request failed', { error: thrown });
      sendError(response, error);
    }
    counted.inc({ route: label, status: String(response.statusCode) });
  }

  const server = createServer({ requestTimeout: idleMs, headersTimeout: 10_000, maxHeaderSize: 16_384 }, (request, response) => void serve(request, response));

  async function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    if (URL.parse(request.url ?? '/', 'http://desk')?.pathname !== '/ws') {
      refuse(stream, '404 Not Found');
      return;
    }
    if (!isOwnOrigin(request, origins)) {
      refuse(stream, '403 Forbidden');
      return;
    }
    let session: Session;
    try {
      session = await sessionOf(request);
    } catch (error) {
      refuse(stream, AppError.from(error).status === 'unauthenticated' ? '401 Unauthorized' : '503 Service Unavailable');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      options.connected(socket, session);
    });
  }

  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    upgrade(request, stream, head).catch((error: unknown) => {
      log.error('upgrade failed', { error });
      stream.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => void resolve()));
      options.closeSockets();
      server.closeIdleConnections();
      await closed;
    },
  };
}
