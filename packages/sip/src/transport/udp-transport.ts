import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { AppError } from '@patchbay/runtime/app-error';
import { sipError } from '../errors.ts';
import { maxMessageBytes } from '../limits.ts';
import type { PacketSource, SipTransport, TransportReceiver } from './transport.ts';

/** Where to listen. */
export interface UdpTransportOptions {
  /** IPv4 or IPv6 address of ours. */
  readonly address: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
  /** Kernel buffer for what arrives while the loop is busy; 1 MiB by default, about 1 000 messages. */
  readonly receiveBufferBytes?: number;
}

/** The largest datagram UDP over IPv4 carries. */
const largestDatagram = 65_507;

/** Keep-alives of phones behind NAT: a few CRLFs or NULs, nothing to answer (RFC 5626 leaves UDP to STUN). */
function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === 0x0d || byte === 0x0a || byte === 0);
}

function bind(socket: Socket, options: UdpTransportOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (cause: Error) => {
      reject(sipError('SIP_TRANSPORT_FAILED', { cause, details: { protocol: 'UDP' } }));
    };
    socket.once('error', refused);
    socket.bind({ address: options.address, port: options.port, exclusive: true }, () => {
      socket.off('error', refused);
      resolve();
    });
  });
}

/** A UDP socket as SIP transport (RFC 3261 section 18). */
export function createUdpTransport(options: UdpTransportOptions): SipTransport {
  const family = isIPv6(options.address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    recvBufferSize: options.receiveBufferBytes ?? 1_048_576,
    // Only addresses ever come here; without this each send would go through the resolver's thread pool.
    lookup: (address, _options, callback) => {
      callback(null, address, family);
    },
  });
  let open = false;
  let local = { address: options.address, port: options.port };

  function deliver(receiver: TransportReceiver): void {
    socket.on('message', (bytes, remote) => {
      if (isKeepAlive(bytes)) return;
      const source: PacketSource = { protocol: 'UDP', address: remote.address, port: remote.port, local };
      receiver.received(bytes, source);
    });
    // Late errors of single sends are told to their callers; the socket itself lives on.
    socket.on('error', () => {});
  }

  return {
    protocol: 'UDP',
    reliable: false,
    async listen(receiver) {
      await bind(socket, options);
      open = true;
      const { address, port } = socket.address();
      local = { address, port };
      deliver(receiver);
    },
    local: () => local,
    send(bytes, to, failed) {
      if (!open || bytes.length > Math.min(largestDatagram, maxMessageBytes)) {
        const error = open ? sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'datagram' } }) : sipError('SIP_CLOSED');
        queueMicrotask(() => {
          failed(error);
        });
        return;
      }
      socket.send(bytes, to.port, to.address, (cause) => {
        if (cause !== null) failed(cause instanceof AppError ? cause : sipError('SIP_TRANSPORT_FAILED', { cause, details: { protocol: 'UDP' } }));
      });
    },
    close() {
      if (!open) return Promise.resolve();
      open = false;
      return new Promise((resolve) => {
        socket.close(() => {
          resolve();
        });
      });
    },
  };
}
