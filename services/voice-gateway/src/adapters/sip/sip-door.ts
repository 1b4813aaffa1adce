import { BlockList, isIPv6 } from 'node:net';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { createSipEndpoint } from '@patchbay/sip/create-sip-endpoint';
import type { SipEndpoint } from '@patchbay/sip/endpoint';
import type { IncomingRequest } from '@patchbay/sip/session/incoming-request';
import { createTcpTransport } from '@patchbay/sip/transport/tcp-transport';
import { createUdpTransport } from '@patchbay/sip/transport/udp-transport';
import type { CustomerLine } from '../../ports.ts';
import { nameResolver } from './name-resolver.ts';
import { createSipCustomerLine } from './sip-customer-line.ts';
import { voiceMetrics } from '../../metrics.ts';

/** How the gateway is reached. */
export interface SipDoorOptions {
  readonly host: string;
  /** The same for UDP and TCP; 0 asks the system for one each. */
  readonly port: number;
  readonly advertisedHost: string | undefined;
  /** Networks whose INVITEs are taken, as `address/prefix`. */
  readonly trunkNetworks: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Seconds for Retry-After while nothing new is taken, else undefined. */
  overload(): number | undefined;
  take(line: CustomerLine): Promise<void>;
  register(request: IncomingRequest): Promise<void>;
}

/** The networks of a list of CIDRs; one that cannot be read is a fault of the configuration. */
export function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

/** The SIP side of the gateway: trunks call in, phones register. Nothing is bound before `start`. */
export function createSipDoor(options: SipDoorOptions): SipEndpoint {
  const trunks = parseNetworks(options.trunkNetworks);
  const refused = options.metrics.counter(voiceMetrics.voice_invites_refused_total);
  return createSipEndpoint({
    clock: options.clock,
    log: options.log,
    metrics: options.metrics,
    transports: [createUdpTransport({ address: options.host, port: options.port }), createTcpTransport({ address: options.host, port: options.port })],
    ...(options.advertisedHost === undefined ? {} : { advertisedHost: options.advertisedHost }),
    overload: options.overload,
    resolver: nameResolver,
    handlers: {
      onInvite: async (session) => {
        if (trunks.check(session.source.address, isIPv6(session.source.address) ? 'ipv6' : 'ipv4')) {
          await options.take(createSipCustomerLine(session));
          return;
        }
        refused.inc();
        session.reject(403);
      },
      onRegister: (request) => options.register(request),
    },
  });
}
