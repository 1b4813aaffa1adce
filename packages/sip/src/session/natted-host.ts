import { headerOf } from '../message/headers.ts';
import { parseAddress } from '../message/address.ts';
import type { SipMessage } from '../message/message.ts';
import { isSipUri, parseUri } from '../message/uri.ts';
import { bareHost } from '../transport/response-route.ts';
import type { Hop } from '../transport/transport.ts';

/**
 * The host of a caller's Contact when it is what its topmost Via says of itself while its packets come from elsewhere:
 * a phone behind NAT, whose Contact cannot be reached as it stands. Undefined for all others.
 */
export function nattedHost(message: SipMessage, source: Hop): string | undefined {
  const contact = headerOf(message, 'contact');
  if (contact === undefined || contact === '*') return undefined;
  const uri = parseUri(parseAddress(contact, 'contact').uri);
  if (!isSipUri(uri) || bareHost(uri.host) === source.address) return undefined;
  return bareHost(message.core.via.host) === bareHost(uri.host) ? bareHost(uri.host) : undefined;
}
