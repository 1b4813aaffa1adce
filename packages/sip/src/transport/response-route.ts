import { isIPv6 } from 'node:net';
import type { HeaderField, SipRequest } from '../message/message.ts';
import { formatVia, type Via } from '../message/via.ts';
import type { PacketSource } from './transport.ts';

/** The default port of SIP over UDP and TCP (RFC 3261 section 19.1.2). */
export const defaultPort = 5060;

/** Address without the brackets that a URI or Via puts around IPv6. */
export function bareHost(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

/** Address as a URI or Via writes it. */
export function bracketedHost(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/**
 * The request as if it had arrived with `received` and `rport` filled in (RFC 3261 section 18.2.1, RFC 3581
 * section 4). What the sender wrote into either is overwritten, so neither can be forged.
 */
export function stampVia(request: SipRequest, source: PacketSource): SipRequest {
  const { via } = request.core;
  const wantsPort = via.parameters.has('rport');
  const forged = via.parameters.has('received');
  if (!wantsPort && !forged && bareHost(via.host) === source.address) return request;
  const parameters = new Map(via.parameters);
  parameters.delete('received');
  if (wantsPort || bareHost(via.host) !== source.address) parameters.set('received', source.address);
  if (wantsPort) parameters.set('rport', String(source.port));
  const stamped: Via = { ...via, parameters };
  const headers: HeaderField[] = [...request.headers];
  headers[headers.findIndex((field) => field.name === 'via')] = { name: 'via', value: formatVia(stamped) };
  return { ...request, headers, core: { ...request.core, via: stamped } };
}

/**
 * Where the answer to a request goes: always to the address the packet came from, whatever Via, `maddr` included,
 * claims, and over the connection it came by. The port is that of the packet when the sender asked for it (RFC 3581)
 * or when its Via could not be read, else that of sent-by (RFC 3261 section 18.2.2).
 */
export function responseRoute(via: Via | undefined, source: PacketSource): PacketSource {
  if (via === undefined || (source.protocol === 'UDP' && via.parameters.has('rport'))) return source;
  return { ...source, port: via.port ?? defaultPort };
}
