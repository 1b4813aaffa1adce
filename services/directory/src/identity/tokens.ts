import { type CryptoKey, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Principal } from '@patchbay/contracts/directory/v1/identity_service';
import { roleToJSON } from '@patchbay/contracts/directory/v1/resource';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import { directoryError } from '../errors.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Issuer and audience of every token. */
export const tokenIssuer = 'patchbay';

/** A token and when it runs out. */
export interface Token {
  token: string;
  expiresAt: Date;
}

/** What a token says that is needed for a new one. */
export interface TokenClaims {
  tenant: string;
  user: string;
  /** When the password was given, seconds since the Unix epoch; a refreshed token keeps it. */
  authTime: number;
  /** When the token was made, seconds since the Unix epoch. */
  issuedAt: number;
}

export interface Tokens {
  /** A token of the principal, good for 12 hours. */
  issue(principal: Principal, authTime?: number): Promise<Token>;
  /** Checks signature, issuer and time. DIRECTORY_BAD_CREDENTIALS when any is wrong. */
  check(token: string): Promise<TokenClaims>;
}

/** `agent`, `team_lead`, …: roles as tokens spell them. */
export function roleWord(role: Principal['roles'][number]): string {
  return roleToJSON(role).replace('ROLE_', '').toLowerCase();
}

const lifeSeconds = 12 * 3600;
const skewSeconds = 60;

export function createTokens(parts: { keys: SigningKeys; clock: Clock; ids: IdSource }): Tokens {
  const { keys, clock, ids } = parts;

  function readClaims(payload: JWTPayload): TokenClaims {
    const { sub, iat, tenant, auth_time: authTime } = payload;
    if (sub?.startsWith('user:') !== true || iat === undefined || typeof tenant !== 'string' || typeof authTime !== 'number') throw directoryError('DIRECTORY_BAD_CREDENTIALS');
    return { tenant, user: sub.slice('user:'.length), authTime, issuedAt: iat };
  }

  return {
    async issue(principal, authTime) {
      const nowSeconds = Math.floor(clock.nowMs() / 1000);
      const expires = nowSeconds + lifeSeconds;
      const { keyId, key } = await keys.current();
      const claims = {
        tenant: principal.tenant,
        roles: principal.roles.map(roleWord),
        ...(principal.agent === '' ? {} : { agent: principal.agent }),
        name: principal.displayName,
        lang: principal.language,
        auth_time: authTime ?? nowSeconds,
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA', kid: keyId, typ: 'JWT' })
        .setIssuer(tokenIssuer)
        .setAudience(tokenIssuer)
        .setSubject(principal.subject)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(expires)
        .setJti(ids.next())
        .sign(key);
      return { token, expiresAt: new Date(expires * 1000) };
    },
    async check(token) {
      const find = async ({ kid }: { kid?: string }): Promise<CryptoKey> => {
        const key = kid === undefined ? undefined : await keys.publicKey(kid);
        if (key === undefined) throw directoryError('DIRECTORY_BAD_CREDENTIALS');
        return key;
      };
      try {
        const { payload } = await jwtVerify(token, find, {
          algorithms: ['EdDSA'],
          issuer: tokenIssuer,
          audience: tokenIssuer,
          clockTolerance: skewSeconds,
          currentDate: new Date(clock.nowMs()),
          requiredClaims: ['exp', 'iat', 'sub'],
        });
        return readClaims(payload);
      } catch (error) {
        throw directoryError('DIRECTORY_BAD_CREDENTIALS', { cause: error });
      }
    },
  };
}
