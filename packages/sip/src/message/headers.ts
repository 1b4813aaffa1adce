import { parseAddress, type NameAddress } from './address.ts';
import { badHeader, parseDecimal, skipSpace, type Cursor } from './cursor.ts';
import type { SipMessage } from './message.ts';
import { readParameters, type Parameters } from './parameters.ts';
import { parseVia, type Via } from './via.ts';

/**
 * The first value of a header, as a byte string; undefined when there is none.
 * @param name long form in lower case
 */
export function headerOf(message: Pick<SipMessage, 'headers'>, name: string): string | undefined {
  for (const field of message.headers) if (field.name === name) return field.value;
  return undefined;
}

/** All values of a header in the order of the wire. Of list headers other than addresses and Via, each may hold several. */
export function headersOf(message: Pick<SipMessage, 'headers'>, name: string): string[] {
  const values: string[] = [];
  for (const field of message.headers) if (field.name === name) values.push(field.value);
  return values;
}

function addressesOf(message: SipMessage, name: string): NameAddress[] {
  return headersOf(message, name).map((value) => parseAddress(value, name));
}

/** Contact: the addresses, or `'*'` (RFC 3261 section 20.10). Throws SIP_BAD_HEADER when `*` stands beside others. */
export function contactsOf(message: SipMessage): NameAddress[] | '*' {
  const values = headersOf(message, 'contact');
  if (!values.includes('*')) return values.map((value) => parseAddress(value, 'contact'));
  if (values.length > 1) throw badHeader('contact');
  return '*';
}

/** Route values, next hop first. */
export function routesOf(message: SipMessage): NameAddress[] {
  return addressesOf(message, 'route');
}

/** Record-Route values as they stand. */
export function recordRoutesOf(message: SipMessage): NameAddress[] {
  return addressesOf(message, 'record-route');
}

/** Every Via value, topmost first. */
export function viasOf(message: SipMessage): Via[] {
  return headersOf(message, 'via').map(parseVia);
}

/** The tokens of a comma-separated header (Supported, Require, Allow …), in lower case except for methods. */
export function tokensOf(message: SipMessage, name: string): string[] {
  return headersOf(message, name)
    .flatMap((value) => value.split(','))
    .map((token) => (name === 'allow' ? token.trim() : token.trim().toLowerCase()))
    .filter((token) => token !== '');
}

/** The extensions that a request cannot do without (RFC 3261 section 8.2.2.3), in lower case. */
export function requiredOf(request: SipMessage): string[] {
  return [...tokensOf(request, 'require'), ...tokensOf(request, 'proxy-require')];
}

/** The tag of From or To; undefined when there is none. */
export function tagOf(address: NameAddress): string | undefined {
  return address.parameters.get('tag');
}

/** Expires in seconds; undefined when there is none. */
export function expiresOf(message: SipMessage): number | undefined {
  const value = headerOf(message, 'expires');
  return value === undefined ? undefined : parseDecimal(value, 2 ** 32 - 1);
}

/** Retry-After in seconds; undefined when there is none. */
export function retryAfterOf(message: SipMessage): number | undefined {
  const digits = /^\d+/.exec(headerOf(message, 'retry-after') ?? '')?.[0];
  return digits === undefined ? undefined : parseDecimal(digits, 2 ** 32 - 1);
}

/** A media type with its parameters. */
export interface ContentType {
  /** `type/subtype` in lower case. */
  readonly type: string;
  readonly parameters: Parameters;
}

/** Reads a media type. Throws SIP_BAD_HEADER. */
export function parseContentType(text: string): ContentType {
  const match = /^([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*\/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)/.exec(text);
  if (match === null) throw badHeader('content-type');
  const cursor: Cursor = { text, at: match[0].length, header: 'content-type' };
  const parameters = readParameters(cursor);
  skipSpace(cursor);
  if (cursor.at !== text.length) throw badHeader('content-type');
  return { type: `${match[1] ?? ''}/${match[2] ?? ''}`.toLowerCase(), parameters };
}

/** Content-Type; undefined when there is none. Throws SIP_BAD_HEADER when it cannot be read. */
export function contentTypeOf(message: SipMessage): ContentType | undefined {
  const value = headerOf(message, 'content-type');
  return value === undefined ? undefined : parseContentType(value);
}

/** A challenge or credentials (RFC 3261 section 20.7): scheme in lower case and its parameters. */
export interface AuthValue {
  readonly scheme: string;
  readonly parameters: Parameters;
}

/** Reads one value of Authorization, Proxy-Authorization, WWW-Authenticate or Proxy-Authenticate. Throws SIP_BAD_HEADER. */
export function parseAuthValue(text: string, header: string): AuthValue {
  const match = /^([A-Za-z0-9\-.!%*_+`'~]+)(?:[ \t]+|$)/.exec(text);
  if (match === null) throw badHeader(header);
  const scheme = (match[1] ?? '').toLowerCase();
  if (scheme !== 'digest') return { scheme, parameters: new Map() };
  // The parameters have commas where others have semicolons; otherwise the grammar is the same (RFC 7616 section 3.3).
  const parameters = readAuthParameters({ text, at: match[0].length, header });
  return { scheme, parameters };
}

const authParameter = /[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9\-.!%*_+`'~:/=]+))[ \t]*(,|$)/sy;

function readAuthParameters(cursor: Cursor): Parameters {
  const parameters = new Map<string, string>();
  while (cursor.at < cursor.text.length) {
    authParameter.lastIndex = cursor.at;
    const match = authParameter.exec(cursor.text);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || parameters.has(name)) throw badHeader(cursor.header);
    parameters.set(name, match[2]?.replaceAll(/\\(.)/gs, '$1') ?? match[3] ?? '');
    cursor.at = authParameter.lastIndex;
    if (match[4] === '') break;
  }
  return parameters;
}

/** The credentials of a request. @param name `authorization` or `proxy-authorization` */
export function credentialsOf(message: SipMessage, name: 'authorization' | 'proxy-authorization'): AuthValue[] {
  return headersOf(message, name).map((value) => parseAuthValue(value, name));
}

/** The challenges of an answer. @param name `www-authenticate` or `proxy-authenticate` */
export function challengesOf(message: SipMessage, name: 'www-authenticate' | 'proxy-authenticate'): AuthValue[] {
  return headersOf(message, name).map((value) => parseAuthValue(value, name));
}
