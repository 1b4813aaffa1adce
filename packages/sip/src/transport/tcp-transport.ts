import { connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock, type Clock } from '@patchbay/runtime/clock';
import { sipError } from '../errors.ts';
import { runTcpConnection, type ConnectionTimes, type TcpConnection } from './tcp-connection.ts';
import type { Hop, SipTransport, TransportReceiver } from './transport.ts';

/** Where to listen, and the bounds. */
export interface TcpTransportOptions {
  /** IPv4 or IPv6 address of ours. */
  readonly address: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
  readonly clock?: Clock;
  /** Connections of both directions; 1 000 by default. */
  readonly maxConnections?: number;
  /** Connections from one address; 100 by default, so that one source cannot take them all. */
  readonly maxConnectionsPerAddress?: number;
  /** Times in milliseconds; 10 s for a partial message, 15 min of silence, 5 s to connect by default. */
  readonly times?: Partial<ConnectionTimes>;
}

const defaultTimes: ConnectionTimes = { partialMs: 10_000, idleMs: 900_000, connectMs: 5_000 };

function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

function bind(server: Server, options: TcpTransportOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (cause: Error) => {
      reject(sipError('SIP_TRANSPORT_FAILED', { cause, details: { protocol: 'TCP' } }));
    };
    server.once('error', refused);
    server.listen({ host: options.address, port: options.port, exclusive: true }, () => {
      server.off('error', refused);
      // Errors of accepting (out of descriptors) pass; the server goes on listening.
      server.on('error', () => {});
      resolve();
    });
  });
}

/** A TCP listener and the connections it takes and opens, as SIP transport (RFC 3261 section 18). */
export function createTcpTransport(options: TcpTransportOptions): SipTransport {
  const clock = options.clock ?? systemClock;
  const times = { ...defaultTimes, ...options.times };
  const maxConnections = options.maxConnections ?? 1_000;
  const maxPerAddress = options.maxConnectionsPerAddress ?? 100;
  const byId = new Map<string, TcpConnection>();
  const byTarget = new Map<string, TcpConnection>();
  const perAddress = new Map<string, number>();
  const server = createServer();
  let local = { address: options.address, port: options.port };
  let receiver: TransportReceiver | undefined;
  let counter = 0;

  function keep(socket: Socket, remote: { address: string; port: number }, target: string | undefined, into: TransportReceiver): TcpConnection {
    counter += 1;
    perAddress.set(remote.address, (perAddress.get(remote.address) ?? 0) + 1);
    const connection = runTcpConnection({
      id: `tcp-${counter}`,
      socket,
      clock,
      times,
      receiver: into,
      remote,
      local: () => local,
      closed: () => {
        byId.delete(connection.id);
        if (target !== undefined && byTarget.get(target) === connection) byTarget.delete(target);
        const left = (perAddress.get(remote.address) ?? 1) - 1;
        if (left === 0) perAddress.delete(remote.address);
        else perAddress.set(remote.address, left);
      },
    });
    byId.set(connection.id, connection);
    if (target !== undefined) byTarget.set(target, connection);
    return connection;
  }

  function accept(socket: Socket, into: TransportReceiver): void {
    const address = plainAddress(socket.remoteAddress);
    if (byId.size >= maxConnections || (perAddress.get(address) ?? 0) >= maxPerAddress || address === '') {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    keep(socket, { address, port: socket.remotePort ?? 0 }, undefined, into);
  }

  function connectionTo(hop: Hop): TcpConnection | undefined {
    const preferred = hop.connection === undefined ? undefined : byId.get(hop.connection);
    const target = `${hop.address} ${hop.port}`;
    const known = preferred ?? byTarget.get(target);
    if (known !== undefined) return known;
    if (byId.size >= maxConnections || receiver === undefined) return undefined;
    return keep(connect({ host: hop.address, port: hop.port }), { address: hop.address, port: hop.port }, target, receiver);
  }

  return {
    protocol: 'TCP',
    reliable: true,
    async listen(into) {
      server.on('connection', (socket) => {
        accept(socket, into);
      });
      await bind(server, options);
      receiver = into;
      const bound = server.address();
      if (bound !== null && typeof bound === 'object') local = { address: bound.address, port: bound.port };
    },
    local: () => local,
    send(bytes, to, failed) {
      const connection = connectionTo(to);
      if (connection !== undefined) {
        connection.send(bytes, failed);
        return;
      }
      const error = receiver === undefined ? sipError('SIP_CLOSED') : sipError('SIP_CONNECTIONS_EXHAUSTED');
      queueMicrotask(() => {
        failed(error);
      });
    },
    async close() {
      if (receiver === undefined) return;
      receiver = undefined;
      const stopped = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      for (const connection of byId.values()) connection.close();
      await stopped;
    },
  };
}
