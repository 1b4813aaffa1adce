import { createLocalJWKSet, errors as joseErrors, type JSONWebKeySet, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '@patchbay/runtime/clock';
import { apiError } from '../errors.ts';

/** What a good token says about its bearer. Roles come from the directory, which may have changed them since. */
export interface TokenBearer {
  tenant: string;
  user: string;
}

export interface TokenVerifier {
  /** API_BAD_CREDENTIAL when signature, issuer, audience or time is wrong. */
  verify(token: string): Promise<TokenBearer>;
}

/** Issuer and audience of the directory's tokens. */
const issuer = 'patchbay';
const skewSeconds = 60;
/** Keys are asked for again after this long, and at most this often for a key that is not known, milliseconds. */
const keysGoodMs = 600_000;
const askAgainMs = 5_000;
const longestToken = 8_192;

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Checks tokens against the directory's published keys, which are kept for a while and fetched again for an unknown key. */
export function createTokenVerifier(parts: { signingKeys: () => Promise<string>; clock: Clock }): TokenVerifier {
  const { clock } = parts;
  let known: { keys: KeySet; askedMs: number } | undefined;
  let asking: Promise<KeySet> | undefined;

  async function ask(): Promise<KeySet> {
    const askedMs = clock.monotonicMs();
    const keys = createLocalJWKSet(JSON.parse(await parts.signingKeys()) as JSONWebKeySet);
    known = { keys, askedMs };
    return keys;
  }

  /** Callers that ask at the same time share one request. */
  function askOnce(): Promise<KeySet> {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  async function findKey(header: JWTHeaderParameters, token: Parameters<KeySet>[1]): Promise<Awaited<ReturnType<KeySet>>> {
    const ageMs = known === undefined ? Infinity : clock.monotonicMs() - known.askedMs;
    const keys = known === undefined || ageMs > keysGoodMs ? await askOnce() : known.keys;
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof joseErrors.JWKSNoMatchingKey) || ageMs < askAgainMs) throw error;
      return (await askOnce())(header, token);
    }
  }

  function readBearer({ sub, tenant }: JWTPayload): TokenBearer {
    if (sub?.startsWith('user:') !== true || typeof tenant !== 'string') throw apiError('API_BAD_CREDENTIAL');
    return { tenant, user: sub.slice('user:'.length) };
  }

  return {
    async verify(token) {
      if (token.length > longestToken) throw apiError('API_BAD_CREDENTIAL');
      try {
        const { payload } = await jwtVerify(token, findKey, {
          algorithms: ['EdDSA'],
          issuer,
          audience: issuer,
          clockTolerance: skewSeconds,
          currentDate: new Date(clock.nowMs()),
          requiredClaims: ['sub', 'exp', 'iat', 'tenant'],
        });
        return readBearer(payload);
      } catch (error) {
        // The directory not answering is no fault of the token.
        if (!(error instanceof joseErrors.JOSEError)) throw error;
        throw apiError('API_BAD_CREDENTIAL', { cause: error });
      }
    },
  };
}
