import { silentLogger } from '@patchbay/runtime/logger';
import { createFakeClock, type FakeClock } from '@patchbay/testkit/fake-clock';
import { createSipEndpoint } from '../create-sip-endpoint.ts';
import type { SipEndpoint, SipEndpointHandlers, SipEndpointOptions } from '../endpoint.ts';
import type { RandomSource } from '../random-source.ts';
import type { InviteServerSession, SessionEnd } from '../session/session.ts';
import { createVirtualNetwork, type VirtualNetwork } from './virtual-network.ts';

/** Bytes that are the same in every run. */
export function seededRandom(seed: number): RandomSource {
  let state = seed >>> 0 || 1;
  return {
    bytes(sizeBytes) {
      return Uint8Array.from({ length: sizeBytes }, () => {
        // xorshift32
        state ^= state << 13;
        state >>>= 0;
        state ^= state >>> 17;
        state ^= state << 5;
        state >>>= 0;
        return state & 0xff;
      });
    },
  };
}

/** SDP that only has to be told apart. */
export function sdp(port: number, direction = 'sendrecv'): string {
  return `v=0\r\no=- ${port} 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=${direction}\r\n`;
}

/** Addresses of the two sides. */
export const alice = { address: '192.0.2.1', port: 5060 };
export const bob = { address: '192.0.2.2', port: 5060 };

/** A virtual world with one clock and one network. */
export interface World {
  readonly clock: FakeClock;
  readonly network: VirtualNetwork;
  /** Starts an endpoint on UDP and TCP port 5060 of an address. */
  endpoint(address: string, handlers: SipEndpointHandlers, options?: Partial<SipEndpointOptions>): Promise<SipEndpoint>;
}

/** Makes a world at a fixed time. */
export function createWorld(): World {
  const clock = createFakeClock();
  const network = createVirtualNetwork(clock);
  let seed = 7;
  return {
    clock,
    network,
    async endpoint(address, handlers, options = {}) {
      seed += 1;
      const endpoint = createSipEndpoint({
        clock,
        log: silentLogger,
        random: seededRandom(seed),
        transports: [network.transport('UDP', address, 5060), network.transport('TCP', address, 5060)],
        handlers,
        ...options,
      });
      await endpoint.start();
      return endpoint;
    },
  };
}

/** A called side that keeps its calls and their ends, and does nothing by itself. */
export function calledSide(): { readonly calls: InviteServerSession[]; readonly ends: SessionEnd[]; readonly handlers: SipEndpointHandlers } {
  const calls: InviteServerSession[] = [];
  const ends: SessionEnd[] = [];
  return {
    calls,
    ends,
    handlers: {
      onInvite(call) {
        calls.push(call);
        call.setHandlers({ onEnd: (end) => ends.push(end) });
      },
    },
  };
}

/** Handlers that expect no call. */
export const noCalls: SipEndpointHandlers = {
  onInvite: (call) => {
    call.reject(404);
  },
};
