import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '@patchbay/runtime/clock';
import { decodeText, quote, encodeText } from '../message/cursor.ts';
import { credentialsOf, type AuthValue } from '../message/headers.ts';
import type { HeaderField, SipRequest } from '../message/message.ts';
import { systemRandom, type RandomSource } from '../random-source.ts';
import { digestResponse, parseAlgorithm, type DigestAlgorithm } from './digest.ts';
import type { DigestServer, DigestVerdict } from './digest-server.ts';
import { createNonces } from './nonces.ts';

/** How to challenge. */
export interface DigestServerOptions {
  readonly clock: Clock;
  /** The protection domain, part of every stored secret. */
  readonly realm: string;
  readonly random?: RandomSource;
  /**
   * Offered, one challenge each, best first (RFC 8760 section 2.3). MD5 alone by default: phones built on libre
   * (baresip 1.0) give up when any challenge names an algorithm that they lack, older PJSIP and SIPp look at the first
   * challenge only. Where all phones are known to cope, give SHA-256 and MD5, or SHA-256 alone.
   */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** `user-agent` challenges with 401 (default), `proxy` with 407. */
  readonly role?: 'user-agent' | 'proxy';
  /** How long a nonce is good for; 300 000 ms by default. */
  readonly nonceLifeMs?: number;
  /** Used nonces remembered against replay; 10 000 by default. */
  readonly maxUsedNonces?: number;
}

/** Credentials that have all they need. */
interface Credentials {
  readonly username: string;
  readonly rawUri: string;
  readonly nonce: string;
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  readonly session: boolean;
  readonly protection: { readonly qop: 'auth'; readonly cnonce: string; readonly nc: string } | undefined;
}

/** nc and cnonce; undefined with no qop at all, `malformed` for anything in between (RFC 7616 section 3.4). */
function protectionOf(parameters: AuthValue['parameters']): Credentials['protection'] | 'malformed' {
  const qop = parameters.get('qop')?.toLowerCase();
  const cnonce = parameters.get('cnonce');
  const nc = parameters.get('nc');
  if (qop === undefined) return undefined;
  if (qop !== 'auth' || cnonce === undefined || nc === undefined || !/^[0-9a-f]{8}$/i.test(nc)) return 'malformed';
  return { qop, cnonce, nc };
}

function readCredentials(value: AuthValue): Credentials | 'malformed' | 'other-algorithm' {
  const { parameters } = value;
  const [username, rawUri, nonce, response] = ['username', 'uri', 'nonce', 'response'].map((name) => parameters.get(name));
  const protection = protectionOf(parameters);
  if (username === undefined || rawUri === undefined || nonce === undefined || response === undefined || protection === 'malformed') return 'malformed';
  const algorithm = parseAlgorithm(parameters.get('algorithm'));
  return algorithm === undefined ? 'other-algorithm' : { username: decodeText(username), rawUri, nonce, response, ...algorithm, protection };
}

function isEqual(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left.toLowerCase()), Buffer.from(right.toLowerCase())];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Makes a checker. The `uri` parameter is hashed as the client wrote it and not held against the Request-URI, which
 * proxies may change on the way (RFC 3261 section 22.4); what it would protect from, replay, the nonce count prevents.
 */
export function createDigestServer(options: DigestServerOptions): DigestServer {
  const algorithms = options.algorithms ?? ['MD5'];
  const isProxy = options.role === 'proxy';
  const [credentialsName, challengeName] = isProxy ? (['proxy-authorization', 'proxy-authenticate'] as const) : (['authorization', 'www-authenticate'] as const);
  const nonces = createNonces({
    clock: options.clock,
    random: options.random ?? systemRandom,
    lifeMs: options.nonceLifeMs ?? 300_000,
    maxUsed: options.maxUsedNonces ?? 10_000,
  });

  function challenge(stale: boolean): DigestVerdict {
    const nonce = nonces.issue();
    const headers = algorithms.map(
      (algorithm): HeaderField => ({
        name: challengeName,
        value: `Digest realm=${quote(encodeText(options.realm))}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`,
      }),
    );
    return { kind: 'challenge', status: isProxy ? 407 : 401, headers, stale };
  }

  function find(request: SipRequest): Credentials | 'malformed' | 'none' {
    let values: AuthValue[];
    try {
      values = credentialsOf(request, credentialsName);
    } catch {
      // The verdict says it; whoever asked answers 400.
      return 'malformed';
    }
    const ours = values.find((value) => value.scheme === 'digest' && decodeText(value.parameters.get('realm') ?? '') === options.realm);
    const credentials = ours === undefined ? 'none' : readCredentials(ours);
    if (typeof credentials === 'string') return credentials === 'malformed' ? 'malformed' : 'none';
    return algorithms.includes(credentials.algorithm) ? credentials : 'none';
  }

  return {
    async check(request, findSecret) {
      const credentials = find(request);
      if (credentials === 'malformed') return { kind: 'malformed', status: 400 };
      if (credentials === 'none') return challenge(false);
      if (!nonces.isFresh(credentials.nonce)) return challenge(true);
      const secret = (await findSecret(credentials.username))?.[credentials.algorithm];
      // An unknown user costs the same time as a wrong password.
      const expected = digestResponse({ ...credentials, secret: secret ?? '', method: request.method, uri: credentials.rawUri, body: request.body });
      if (!isEqual(expected, credentials.response) || secret === undefined) return { kind: 'refused', status: 403, username: credentials.username };
      const count = credentials.protection === undefined ? undefined : Number.parseInt(credentials.protection.nc, 16);
      return nonces.use(credentials.nonce, count) ? { kind: 'accepted', username: credentials.username } : challenge(true);
    },
  };
}
