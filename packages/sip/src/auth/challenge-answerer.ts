import { decodeText, encodeText, quote } from '../message/cursor.ts';
import { challengesOf, type AuthValue } from '../message/headers.ts';
import type { HeaderField, SipResponse } from '../message/message.ts';
import { randomToken, type RandomSource } from '../random-source.ts';
import type { DigestCredentials } from './credentials.ts';
import { digestResponse, digestSecret, parseAlgorithm, type DigestAlgorithm, type DigestQop } from './digest.ts';

/** The request that credentials are for. */
export interface ProtectedRequest {
  readonly method: string;
  readonly uri: string;
  readonly body: Uint8Array;
}

/** Answers the challenges of a trunk during one call or request (RFC 3261 section 22.2 and 22.3). */
export interface ChallengeAnswerer {
  /**
   * Takes the challenges of a 401 or 407. False when there is nothing new to say: no credentials for the realm, no
   * algorithm in common, or credentials that were just refused (not `stale`).
   */
  take(response: SipResponse): boolean;
  /** Headers for a request, with the next nonce count for each realm challenged so far; none before the first. */
  headersFor(request: ProtectedRequest): HeaderField[];
}

/** A challenge that we can answer. */
interface Challenge {
  readonly header: 'authorization' | 'proxy-authorization';
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the challenge spelt it; undefined when it named none. */
  readonly algorithmName: string | undefined;
  readonly algorithm: DigestAlgorithm;
  readonly session: boolean;
  readonly qop: DigestQop | undefined;
  readonly stale: boolean;
  count: number;
}

/** Realms remembered for one call. */
const maxRealms = 4;

function qopOf(text: string | undefined): DigestQop | undefined | 'unknown' {
  if (text === undefined) return undefined;
  const offered = text.toLowerCase().split(',').map((one) => one.trim());
  if (offered.includes('auth')) return 'auth';
  return offered.includes('auth-int') ? 'auth-int' : 'unknown';
}

function readChallenge(value: AuthValue, header: Challenge['header']): Challenge | undefined {
  const { parameters, scheme } = value;
  const algorithm = parseAlgorithm(parameters.get('algorithm'));
  const [realm, nonce] = [parameters.get('realm'), parameters.get('nonce')];
  const qop = qopOf(parameters.get('qop'));
  if (scheme !== 'digest' || algorithm === undefined || realm === undefined || nonce === undefined || qop === 'unknown') return undefined;
  return {
    header,
    realm,
    nonce,
    opaque: parameters.get('opaque'),
    algorithmName: parameters.get('algorithm'),
    ...algorithm,
    qop,
    stale: parameters.get('stale')?.toLowerCase() === 'true',
    count: 0,
  };
}

/** The first challenge of each realm that we can answer: they come in the order of the server's preference (RFC 8760 section 2.4). */
function firstOfEachRealm(response: SipResponse): Challenge[] {
  const name = response.status === 407 ? 'proxy-authenticate' : 'www-authenticate';
  const found = new Map<string, Challenge>();
  for (const value of challengesOf(response, name)) {
    const challenge = readChallenge(value, response.status === 407 ? 'proxy-authorization' : 'authorization');
    if (challenge !== undefined && !found.has(challenge.realm)) found.set(challenge.realm, challenge);
  }
  return [...found.values()];
}

function keyOf(challenge: Challenge): string {
  return `${challenge.header} ${challenge.realm}`;
}

/** Makes an answerer for one set of credentials. */
export function createChallengeAnswerer(credentials: DigestCredentials, random: RandomSource): ChallengeAnswerer {
  const known = new Map<string, Challenge>();

  function isAnswerable(challenge: Challenge): boolean {
    if (credentials.realm !== undefined && credentials.realm !== decodeText(challenge.realm)) return false;
    const before = known.get(keyOf(challenge));
    // Refused with a count above zero and not stale: the password is wrong, another try would only lock us out. A
    // nonce that had served before may simply have expired at a server that does not say so.
    return before === undefined || challenge.stale || before.count > 1;
  }

  function header(challenge: Challenge, request: ProtectedRequest): HeaderField {
    challenge.count += 1;
    const { algorithm, session, qop, nonce } = challenge;
    const protection = qop === undefined ? undefined : { qop, cnonce: randomToken(random, 8), nc: challenge.count.toString(16).padStart(8, '0') };
    const secret = digestSecret(algorithm, credentials.username, decodeText(challenge.realm), credentials.password);
    const response = digestResponse({ algorithm, session, secret, method: request.method, uri: request.uri, nonce, protection, body: request.body });
    const parts = [
      `username=${quote(encodeText(credentials.username))}`,
      `realm=${quote(challenge.realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(request.uri)}`,
      `response="${response}"`,
      ...(challenge.algorithmName === undefined ? [] : [`algorithm=${challenge.algorithmName}`]),
      ...(protection === undefined ? [] : [`qop=${protection.qop}`, `nc=${protection.nc}`, `cnonce="${protection.cnonce}"`]),
      ...(challenge.opaque === undefined ? [] : [`opaque=${quote(challenge.opaque)}`]),
    ];
    return { name: challenge.header, value: `Digest ${parts.join(', ')}` };
  }

  return {
    take(response) {
      let challenges: Challenge[];
      try {
        challenges = firstOfEachRealm(response).filter(isAnswerable);
      } catch {
        // A challenge that cannot be read cannot be answered; the refusal goes to the owner as it is.
        return false;
      }
      for (const challenge of challenges) {
        const key = keyOf(challenge);
        if (known.size < maxRealms || known.has(key)) known.set(key, challenge);
      }
      return challenges.length > 0;
    },
    headersFor: (request) => [...known.values()].map((challenge) => header(challenge, request)),
  };
}
