import { createHash } from 'node:crypto';

/** Hash functions of RFC 7616 and RFC 8760, in the names of the `algorithm` parameter. */
export type DigestAlgorithm = 'MD5' | 'SHA-256' | 'SHA-512-256';

/** Quality of protection: `auth` covers method and URI, `auth-int` the body too. */
export type DigestQop = 'auth' | 'auth-int';

const hashNames: Readonly<Record<DigestAlgorithm, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/** The algorithm of a challenge or of credentials: MD5 when it names none; undefined for one that we do not know. */
export function parseAlgorithm(name: string | undefined): { readonly algorithm: DigestAlgorithm; readonly session: boolean } | undefined {
  const upper = (name ?? 'MD5').toUpperCase();
  const session = upper.endsWith('-SESS');
  const plain = session ? upper.slice(0, -5) : upper;
  return plain === 'MD5' || plain === 'SHA-256' || plain === 'SHA-512-256' ? { algorithm: plain, session } : undefined;
}

/** H(data) in lower-case hex. Strings are hashed as UTF-8. */
function hash(algorithm: DigestAlgorithm, text: string | Uint8Array): string {
  return createHash(hashNames[algorithm]).update(text).digest('hex');
}

/** H(username:realm:password): all that a registrar needs to keep of a password (RFC 7616 section 3.4.2). */
export function digestSecret(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return hash(algorithm, `${username}:${realm}:${password}`);
}

/** What goes into a digest response. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** Whether the algorithm's name ends in `-sess`. */
  readonly session: boolean;
  /** See `digestSecret`. */
  readonly secret: string;
  readonly method: string;
  /** The `uri` parameter as written. */
  readonly uri: string;
  readonly nonce: string;
  /** Undefined for clients of RFC 2069, which know no qop. */
  readonly protection: { readonly qop: DigestQop; readonly cnonce: string; readonly nc: string } | undefined;
  readonly body: Uint8Array;
}

/** The `response` parameter (RFC 7616 section 3.4.1). */
export function digestResponse(input: DigestInput): string {
  const { algorithm, protection, nonce } = input;
  const a1 = input.session ? hash(algorithm, `${input.secret}:${nonce}:${protection?.cnonce ?? ''}`) : input.secret;
  const bodyPart = protection?.qop === 'auth-int' ? `:${hash(algorithm, input.body)}` : '';
  const a2 = hash(algorithm, `${input.method}:${input.uri}${bodyPart}`);
  const middle = protection === undefined ? '' : `${protection.nc}:${protection.cnonce}:${protection.qop}:`;
  return hash(algorithm, `${a1}:${nonce}:${middle}${a2}`);
}
