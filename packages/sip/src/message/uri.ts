import { isIPv4, isIPv6 } from 'node:net';
import { sipError } from '../errors.ts';
import { characterSet, endOfRun, hostCharacters, isRun, parseDecimal } from './cursor.ts';
import { noParameters, type Parameters } from './parameters.ts';

/** A SIP or SIPS URI (RFC 3261 section 19.1). */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** User part as written, escapes included; undefined when there is none. */
  readonly user: string | undefined;
  /** Password as written; its use is discouraged. */
  readonly password: string | undefined;
  /** Host in lower case; an IPv6 address with its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** URI parameters, escapes included. */
  readonly parameters: Parameters;
  /** Headers behind `?`, as written; undefined when there are none. Not allowed in a Request-URI. */
  readonly headers: string | undefined;
}

/** A URI of any other scheme, e.g. `tel` (RFC 3966). */
export interface OtherUri {
  /** Scheme in lower case. */
  readonly scheme: string;
  /** What follows the colon, as written. */
  readonly opaque: string;
}

/** Any URI. */
export type AnyUri = SipUri | OtherUri;

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const unreserved = `${alphanumeric}-_.!~*'()`;
const schemeCharacters = characterSet(`${alphanumeric}+-.`);
const userCharacters = characterSet(`${unreserved}&=+$,;?/%`);
const passwordCharacters = characterSet(`${unreserved}&=+$,%`);
const parameterCharacters = characterSet(`${unreserved}[]/:&+$%`);
const headerCharacters = characterSet(`${unreserved}[]/?:+$%=&`);
const anyUriCharacters = characterSet(`${unreserved};/?:@&=+$,%[]`);

function badUri(part: string): Error {
  return sipError('SIP_BAD_URI', { details: { part } });
}

const escapePattern = /%(?![0-9A-Fa-f]{2})/;

/** Fails unless the text is characters of the set with whole escapes. */
function check(text: string, set: Uint8Array, part: string): string {
  if (!isRun(text, set) || (text.includes('%') && escapePattern.test(text))) throw badUri(part);
  return text;
}

/** Reads host and port; fails on anything else. */
export function parseHostPort(text: string): { host: string; port: number | undefined } {
  let hostEnd: number;
  if (text.startsWith('[')) {
    hostEnd = text.indexOf(']') + 1;
    if (hostEnd === 0 || !isIPv6(text.slice(1, hostEnd - 1)) || text.includes('%')) throw badUri('host');
  } else {
    hostEnd = endOfRun(text, 0, hostCharacters);
    if (hostEnd === 0 || !isHostName(text.slice(0, hostEnd))) throw badUri('host');
  }
  const host = text.slice(0, hostEnd).toLowerCase();
  if (hostEnd === text.length) return { host, port: undefined };
  const port = text[hostEnd] === ':' ? parseDecimal(text.slice(hostEnd + 1), 65_535) : undefined;
  if (port === undefined) throw badUri('port');
  return { host, port };
}

/** Dotted quads must be IPv4 addresses; labels must not be empty, a final dot is allowed. */
function isHostName(host: string): boolean {
  const last = host.charCodeAt(host.length - 1);
  if (last >= 0x30 && last <= 0x39 && /^[0-9.]+$/.test(host)) return isIPv4(host);
  return host.charCodeAt(0) !== 0x2e && !host.includes('..');
}

function parseUriParameters(text: string): Parameters {
  const parameters = new Map<string, string | undefined>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const name = check(equals === -1 ? part : part.slice(0, equals), parameterCharacters, 'parameter').toLowerCase();
    if (parameters.has(name)) throw badUri('parameter');
    parameters.set(name, equals === -1 ? undefined : check(part.slice(equals + 1), parameterCharacters, 'parameter'));
  }
  return parameters;
}

function parseSipUri(scheme: 'sip' | 'sips', text: string): SipUri {
  // An unescaped @ cannot stand behind the user part, so the last one ends it.
  const at = text.lastIndexOf('@');
  let user: string | undefined;
  let password: string | undefined;
  if (at !== -1) {
    const userInfo = text.slice(0, at);
    const colon = userInfo.indexOf(':');
    user = check(colon === -1 ? userInfo : userInfo.slice(0, colon), userCharacters, 'user');
    const secret = colon === -1 ? undefined : userInfo.slice(colon + 1);
    password = secret === undefined || secret === '' ? secret : check(secret, passwordCharacters, 'password');
  }
  let rest = text.slice(at + 1);
  let headers: string | undefined;
  const question = rest.indexOf('?');
  if (question !== -1) {
    headers = check(rest.slice(question + 1), headerCharacters, 'headers');
    rest = rest.slice(0, question);
  }
  const semicolon = rest.indexOf(';');
  const { host, port } = parseHostPort(semicolon === -1 ? rest : rest.slice(0, semicolon));
  const parameters = semicolon === -1 ? noParameters : parseUriParameters(rest.slice(semicolon + 1));
  return { scheme, user, password, host, port, parameters, headers };
}

/** Reads a URI. Throws SIP_BAD_URI, naming the part that is wrong. */
export function parseUri(text: string): AnyUri {
  const colon = endOfRun(text, 0, schemeCharacters);
  if (colon === 0 || text[colon] !== ':' || !/^[a-z]/i.test(text)) throw badUri('scheme');
  const scheme = text.slice(0, colon).toLowerCase();
  const rest = text.slice(colon + 1);
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(scheme, rest);
  return { scheme, opaque: check(rest, anyUriCharacters, 'opaque') };
}

/** Whether it is a SIP or SIPS URI. */
export function isSipUri(uri: AnyUri): uri is SipUri {
  return 'host' in uri;
}

/** Reads a URI that must be sip or sips. Throws SIP_BAD_URI. */
export function parseSipOnly(text: string): SipUri {
  const uri = parseUri(text);
  if (!isSipUri(uri)) throw badUri('scheme');
  return uri;
}

/** Takes %XX escapes off a user part or parameter and reads it as UTF-8; text that is no UTF-8 stays escaped. */
export function unescapeUriText(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Escapes that are no UTF-8 mean nothing to us; as written they at least stay equal to themselves.
    return text;
  }
}

/** The parameters that make two URIs differ even if only one has them (RFC 3261 section 19.1.4). */
const tellingParameters = ['user', 'ttl', 'method', 'maddr', 'transport'];

function sameParameters(left: Parameters, right: Parameters): boolean {
  const fold = (text: string | undefined) => (text === undefined ? undefined : unescapeUriText(text).toLowerCase());
  for (const [name, value] of left) if (right.has(name) && fold(right.get(name)) !== fold(value)) return false;
  return tellingParameters.every((name) => left.has(name) === right.has(name));
}

/** Whether two URIs mean the same (RFC 3261 section 19.1.4; other schemes: as written, scheme aside). */
export function isSameUri(left: AnyUri, right: AnyUri): boolean {
  if (!isSipUri(left) || !isSipUri(right)) {
    return !isSipUri(left) && !isSipUri(right) && left.scheme === right.scheme && left.opaque === right.opaque;
  }
  return (
    left.scheme === right.scheme &&
    unescapeUriText(left.user ?? '') === unescapeUriText(right.user ?? '') &&
    (left.user === undefined) === (right.user === undefined) &&
    left.password === right.password &&
    left.host === right.host &&
    left.port === right.port &&
    left.headers === right.headers &&
    sameParameters(left.parameters, right.parameters)
  );
}
