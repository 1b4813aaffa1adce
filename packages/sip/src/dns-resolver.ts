import { lookup, resolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '@patchbay/runtime/clock';
import { sipError } from './errors.ts';
import type { TargetResolver } from './target-hop.ts';
import { defaultPort } from './transport/response-route.ts';
import type { Hop, TransportProtocol } from './transport/transport.ts';

/** The questions to the name service; the system's by default. */
export interface NameService {
  /** SRV records (RFC 2782); rejects when there are none. */
  services(name: string): Promise<readonly { readonly name: string; readonly port: number; readonly priority: number; readonly weight: number }[]>;
  /** Addresses of a host in the order of preference; rejects when there are none. */
  addresses(host: string): Promise<readonly string[]>;
}

const systemNames: NameService = {
  services: resolveSrv,
  addresses: async (host) => (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address),
};

/** How to ask. */
export interface DnsResolverOptions {
  readonly clock: Clock;
  /** All questions for one target together; 5 000 ms by default. */
  readonly deadlineMs?: number;
  readonly names?: NameService;
}

/** Rejects with SIP_UNRESOLVED when the work takes longer. */
function within<Value>(clock: Clock, deadlineMs: number, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(deadlineMs, () => {
      reject(sipError('SIP_UNRESOLVED', { details: { reason: 'the name service is too slow' } }));
    });
    work.then(resolve, reject).finally(cancel).catch(() => {});
  });
}

/**
 * A resolver over DNS: the part of RFC 3263 section 4.2 that a known transport leaves, that is SRV when no port is given,
 * else addresses. NAPTR is not asked, because the transport is in the URI or UDP; weights are not drawn: among records
 * of one priority the heavier comes first.
 */
export function createDnsResolver(options: DnsResolverOptions): TargetResolver {
  const names = options.names ?? systemNames;

  async function addressHops(host: string, port: number, protocol: TransportProtocol): Promise<Hop[]> {
    const addresses = isIP(host) === 0 ? await names.addresses(host) : [host];
    return addresses.map((address) => ({ protocol, address, port }));
  }

  async function serviceHops(host: string, protocol: TransportProtocol): Promise<Hop[]> {
    // Most hosts have none, which is an answer, not a fault.
    const found = await names.services(`_sip._${protocol.toLowerCase()}.${host}`).catch(() => []);
    const ordered = found.toSorted((left, right) => left.priority - right.priority || right.weight - left.weight);
    // A target that does not resolve leaves the next one.
    const hops = await Promise.all(ordered.map((service) => addressHops(service.name, service.port, protocol).catch(() => [])));
    return hops.flat();
  }

  async function resolve(host: string, port: number | undefined, protocol: TransportProtocol): Promise<Hop[]> {
    const services = port === undefined ? await serviceHops(host, protocol) : [];
    return services.length > 0 ? services : addressHops(host, port ?? defaultPort, protocol);
  }

  return {
    async resolve({ host, port, protocol }) {
      try {
        return await within(options.clock, options.deadlineMs ?? 5_000, resolve(host, port, protocol));
      } catch (cause) {
        throw sipError('SIP_UNRESOLVED', { cause, details: { reason: 'the name service knows no address' } });
      }
    },
  };
}
