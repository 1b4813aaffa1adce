import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** RTP on an even port, RTCP on the next (RFC 3550 section 11). */
export interface SocketPair {
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly port: number;
}

const receiveBufferSize = 512 * 1024;
const mostTries = 40;

/** Addresses are literal here; without this, Node asks the resolver for every packet. */
function literalLookup(address: string, _family: unknown, callback: (error: null, address: string, family: number) => void): void {
  callback(null, address, isIPv6(address) ? 6 : 4);
}

function bind(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: literalLookup as never, recvBufferSize: receiveBufferSize });
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

async function bindPair(host: string, port: number): Promise<SocketPair | undefined> {
  const rtp = await bind(host, port);
  if (rtp === undefined) return undefined;
  const bound = rtp.address().port;
  const rtcp = bound % 2 === 0 && bound < 65_535 ? await bind(host, bound + 1) : undefined;
  if (rtcp !== undefined) return { rtp, rtcp, port: bound };
  rtp.close();
  return undefined;
}

/** Opens pairs of ports. */
export interface PortPool {
  /** A bound pair, or undefined when none was free after a number of tries. */
  open(): Promise<SocketPair | undefined>;
}

/**
 * Pairs out of a range, one after another, so that a port rests before it is used again and packets of an ended call
 * do not reach the next one. A range from 0 to 0 lets the system choose.
 */
export function createPortPool(host: string, range: { min: number; max: number }): PortPool {
  const first = range.min + (range.min % 2);
  const pairs = Math.max(0, Math.floor((range.max - first + 1) / 2));
  let next = 0;
  return {
    async open() {
      const anyPort = range.min === 0 && range.max === 0;
      for (let tries = 0; tries < (anyPort ? mostTries : Math.min(pairs, 1_000)); tries += 1) {
        const port = anyPort ? 0 : first + 2 * next;
        next = pairs === 0 ? 0 : (next + 1) % pairs;
        const pair = await bindPair(host, port);
        if (pair !== undefined) return pair;
      }
      return undefined;
    },
  };
}
