import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '@patchbay/runtime/logger';
import { WebSocketServer, type WebSocket } from 'ws';
import { limits } from '../domain/frames.ts';
import type { VisitorSocket } from '../ports.ts';
import type { Session } from '../session.ts';
import type { Listening, Visitors } from '../web-chat-channel.ts';
import { urlOf, type Pages } from './pages.ts';

/** How the server listens. */
export interface WebServerOptions {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Whether the last address of X-Forwarded-For names the visitor. */
  readonly trustProxy: boolean;
  readonly pages: Pages;
  readonly log: Logger;
  /** Told where it listens. */
  readonly onListening?: (port: number) => void;
}

/** Connections that were told to go come back spread over this long. */
const comeBackMs = 3_000;
const closeTimeoutMs = 2_000;

function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? String(request.headers['x-forwarded-for'] ?? '').split(',').at(-1)?.trim() : undefined;
  return forwarded === undefined || forwarded === '' ? (request.socket.remoteAddress ?? '') : forwarded;
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function asVisitorSocket(socket: WebSocket, origin: string | undefined): VisitorSocket {
  return {
    origin,
    send: (text) => {
      // A failed send means that the connection is going: `close` tells of it.
      socket.send(text, () => {});
    },
    bufferedBytes: () => socket.bufferedAmount,
    close(code, reason) {
      socket.close(code, reason);
      setTimeout(() => {
        socket.terminate();
      }, closeTimeoutMs).unref();
    },
  };
}

/** Counts connections by address. */
function createDoor(options: WebServerOptions) {
  const byAddress = new Map<string, number>();
  let total = 0;
  return {
    isFull: (address: string) => total >= options.maxConnections || (byAddress.get(address) ?? 0) >= options.maxConnectionsPerAddress,
    enter(address: string): () => void {
      total += 1;
      byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
      return () => {
        total -= 1;
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      };
    },
  };
}

function serveSocket(socket: WebSocket, session: Session, log: Logger): void {
  socket.on('message', (bytes: Buffer, isBinary) => {
    if (isBinary) session.onBinary();
    else session.onText(bytes.toString('utf8'));
  });
  socket.on('close', () => {
    session.onClose();
  });
  // Protocol faults (size, UTF-8, masks, reserved bits) are answered by the library with the close code of RFC 6455.
  socket.on('error', (error) => {
    log.debug('connection failed', { error });
  });
}

/** Serves widget, demo page and `/socket` on one port. */
export async function startWebServer(options: WebServerOptions, visitors: Visitors): Promise<Listening> {
  const { pages, log } = options;
  const door = createDoor(options);
  const sessions = new Set<Session>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false, clientTracking: false });
  let isClosing = false;
  const server: Server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 }, (request, response) => {
    pages.serve(request, response, visitors.widgets());
  });
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => {
      stream.destroy();
    });
    const address = addressOf(request, options.trustProxy);
    const { origin } = request.headers;
    if (urlOf(request)?.pathname !== '/socket') refuse(stream, '404 Not Found');
    else if (isClosing) refuse(stream, '503 Service Unavailable');
    else if (!visitors.isOriginKnown(origin)) refuse(stream, '403 Forbidden');
    else if (door.isFull(address)) refuse(stream, '429 Too Many Requests');
    else {
      sockets.handleUpgrade(request, stream, head, (socket) => {
        const leave = door.enter(address);
        const session = visitors.accept(asVisitorSocket(socket, origin));
        sessions.add(session);
        socket.once('close', () => {
          leave();
          sessions.delete(session);
        });
        serveSocket(socket, session, log);
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.info('listening', { host: options.host, port });
  options.onListening?.(port);
  return {
    async close() {
      isClosing = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      await Promise.all([...sessions].map((session) => session.drain(Math.round(Math.random() * comeBackMs))));
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        server.closeAllConnections();
      }, closeTimeoutMs);
      // Upgraded sockets are not the HTTP server's any more; those that do not answer the close are cut by their timer.
      await closed;
      clearTimeout(timer);
    },
  };
}
