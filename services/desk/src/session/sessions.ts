import { createHash } from 'node:crypto';
import { serviceActor, type Actor } from '@patchbay/bus/actor';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import { createLocalJWKSet, decodeJwt, errors as joseErrors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { isDisabledUser } from '../domain/catalogue.ts';
import { pagesOf } from '../domain/access.ts';
import { deskError } from '../errors.ts';
import type { Directory, Services } from '../ports.ts';
import type { SessionView } from '../protocol.ts';
import { readRoles, roleOf } from './roles.ts';

/** Somebody who is signed in, as the token says; the browser's word counts for nothing. */
export interface Session {
  view: SessionView;
  /** For calls on the user's behalf. */
  actor: Actor;
  token: string;
  /** Tells sessions apart without giving the token away. */
  fingerprint: string;
  /** When the token was made. */
  issuedMs: number;
}

/** Checks tokens. */
export interface Sessions {
  /** The session of a token. Throws DESK_SIGNED_OUT when the token is not good or the user may not come in any more. */
  check(token: string): Promise<Session>;
  /** Whether the user of a session may still be in. */
  holds(session: Session): boolean;
}

const keysGoodMs = 300_000;
const keysAgainMs = 5_000;
/** As the directory writes it. */
const tokenIssuer = 'patchbay';
const skewSeconds = 60;

interface CachedKeys {
  fetchedMs: number;
  keys: ReturnType<typeof createLocalJWKSet>;
}

function textClaim(payload: JWTPayload, name: string): string {
  const value = payload[name];
  return typeof value === 'string' ? value : '';
}

/** The session that a token's claims describe. */
export function sessionOf(token: string, payload: JWTPayload): Session {
  const user = (payload.sub ?? '').replace(/^user:/, '');
  const roles = readRoles(payload['roles']);
  const agent = textClaim(payload, 'agent');
  return {
    token,
    fingerprint: createHash('sha256').update(token).digest('base64url'),
    issuedMs: (payload.iat ?? 0) * 1000,
    view: {
      tenant: textClaim(payload, 'tenant'),
      user,
      displayName: textClaim(payload, 'name') || user,
      roles,
      agent,
      language: textClaim(payload, 'lang'),
      expiresMs: (payload.exp ?? 0) * 1000,
      pages: pagesOf({ roles, agent }),
    },
    actor: { subject: `user:${user}`, kind: 'user', roles: roles.map(roleOf), ...(agent === '' ? {} : { agent }) },
  };
}

/**
 * Sessions by the directory's signed tokens: nothing is kept here, so they outlive the process. Keys are fetched from the
 * directory, kept for five minutes, and asked for again when a token names a key that is not among them.
 */
export function createSessions(options: { identity: Pick<Services['identity'], 'getSigningKeys'>; directory: Directory; clock: Clock }): Sessions {
  const { identity, directory, clock } = options;
  const cache = new Map<string, CachedKeys>();

  async function fetchKeys(tenant: string): Promise<CachedKeys> {
    const { jwksJson } = await identity.getSigningKeys({}, { tenant, actor: serviceActor('desk'), timeoutMs: 5_000 });
    const fetched = { fetchedMs: clock.monotonicMs(), keys: createLocalJWKSet(JSON.parse(jwksJson) as JSONWebKeySet) };
    cache.set(tenant, fetched);
    return fetched;
  }

  async function keysOf(tenant: string, youngerThanMs: number): Promise<CachedKeys> {
    const cached = cache.get(tenant);
    if (cached !== undefined && clock.monotonicMs() - cached.fetchedMs < youngerThanMs) return cached;
    try {
      return await fetchKeys(tenant);
    } catch (error) {
      // The directory may be away for a while: the keys it gave last still tell good tokens from bad.
      if (cached !== undefined) return cached;
      throw error;
    }
  }

  async function verify(token: string, tenant: string): Promise<JWTPayload> {
    const check = async (youngerThanMs: number) => {
      const { keys } = await keysOf(tenant, youngerThanMs);
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['EdDSA', 'Ed25519'],
        issuer: tokenIssuer,
        audience: tokenIssuer,
        clockTolerance: skewSeconds,
        currentDate: new Date(clock.nowMs()),
        requiredClaims: ['sub', 'tenant', 'exp', 'iat'],
      });
      return payload;
    };
    try {
      return await check(keysGoodMs);
    } catch (error) {
      if (error instanceof joseErrors.JWKSNoMatchingKey) return await check(keysAgainMs);
      throw error;
    }
  }

  const holds = ({ view }: Session) =>
    view.expiresMs > clock.nowMs() && !isDisabledUser(directory.resource(view.tenant, 'User', view.user));

  return {
    holds,
    async check(token) {
      try {
        const tenant = textClaim(decodeJwt(token), 'tenant');
        // Only tenants that exist are looked up: a made-up token costs the directory nothing.
        if (tenant === '' || directory.resource(tenant, 'Tenant', tenant) === undefined) throw deskError('DESK_SIGNED_OUT');
        const session = sessionOf(token, await verify(token, tenant));
        if (!holds(session)) throw deskError('DESK_SIGNED_OUT');
        return session;
      } catch (error) {
        if (error instanceof AppError) throw error;
        throw deskError('DESK_SIGNED_OUT', { cause: error });
      }
    },
  };
}
