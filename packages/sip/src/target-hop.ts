import { isIP } from 'node:net';
import { sipError } from './errors.ts';
import { parseSipOnly, type SipUri } from './message/uri.ts';
import { bareHost, defaultPort } from './transport/response-route.ts';
import type { Hop, TransportProtocol } from './transport/transport.ts';

/** Finds the address for a host that is a name. Must end within its own deadline. */
export interface TargetResolver {
  /** @returns addresses in the order of preference; rejects with SIP_UNRESOLVED when there is none */
  resolve(target: { readonly host: string; readonly port: number | undefined; readonly protocol: TransportProtocol }): Promise<readonly Hop[]>;
}

/** The transport that a URI asks for; UDP by default, TCP for sips, whose TLS is the edge proxy's. Throws SIP_UNRESOLVED for others. */
function protocolOf(uri: SipUri): TransportProtocol {
  const wanted = uri.parameters.get('transport')?.toUpperCase() ?? (uri.scheme === 'sips' ? 'TCP' : 'UDP');
  if (wanted !== 'UDP' && wanted !== 'TCP') throw sipError('SIP_UNRESOLVED', { details: { reason: 'transport not supported' } });
  return wanted;
}

/** Host, port and transport of a URI's next hop. Throws SIP_BAD_URI or SIP_UNRESOLVED. */
function targetOf(uri: string): { host: string; port: number | undefined; protocol: TransportProtocol } {
  const parsed = parseSipOnly(uri);
  const host = bareHost(parsed.parameters.get('maddr') ?? parsed.host);
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: parsed.port, protocol: protocolOf(parsed) };
}

/** The hop of a URI whose host is an address; undefined when it is a name. Throws SIP_BAD_URI or SIP_UNRESOLVED. */
export function literalHop(uri: string): Hop | undefined {
  const { host, port, protocol } = targetOf(uri);
  return isIP(host) === 0 ? undefined : { protocol, address: host, port: port ?? defaultPort };
}

/**
 * The hop of any URI: of several addresses the first that a transport of ours goes to. Which of them is up is not found
 * out here: another trunk is the owner's to try. Rejects with SIP_BAD_URI or SIP_UNRESOLVED.
 */
export async function resolveHop(uri: string, resolver: TargetResolver | undefined, isReachable: (hop: Hop) => boolean): Promise<Hop> {
  const literal = literalHop(uri);
  if (literal !== undefined) return literal;
  const first = (await resolver?.resolve(targetOf(uri)))?.find(isReachable);
  if (first === undefined) throw sipError('SIP_UNRESOLVED', { details: { reason: 'a name without an address that can be reached' } });
  return first;
}
