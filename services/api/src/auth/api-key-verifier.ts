import { createHash } from 'node:crypto';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Principal } from '@patchbay/contracts/directory/v1/identity_service';
import { apiError } from '../errors.ts';

export interface ApiKeyVerifier {
  /** API_BAD_CREDENTIAL when the key is nobody's. */
  verify(apiKey: string): Promise<Principal>;
}

/** How long an answer of the directory is good: a revoked key works no longer than this, milliseconds. */
const goodMs = 10_000;
const badMs = 5_000;
const mostKept = 10_000;

/** Asks the directory about keys, and remembers the answers for a few seconds under the key's hash. */
export function createApiKeyVerifier(parts: { verifyApiKey: (apiKey: string) => Promise<Principal>; clock: Clock }): ApiKeyVerifier {
  const { clock } = parts;
  const kept = new Map<string, { principal: Principal | undefined; untilMs: number }>();

  function keep(hash: string, principal: Principal | undefined): void {
    // Oldest first out: a flood of made-up keys cannot fill the memory.
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '');
    kept.delete(hash);
    kept.set(hash, { principal, untilMs: clock.monotonicMs() + (principal === undefined ? badMs : goodMs) });
  }

  return {
    async verify(apiKey) {
      if (!/^pb_[a-z0-9]{12}_[A-Za-z0-9]{43}$/.test(apiKey)) throw apiError('API_BAD_CREDENTIAL');
      const hash = createHash('sha256').update(apiKey).digest('base64');
      const known = kept.get(hash);
      if (known !== undefined && known.untilMs > clock.monotonicMs()) {
        if (known.principal === undefined) throw apiError('API_BAD_CREDENTIAL');
        return known.principal;
      }
      try {
        const principal = await parts.verifyApiKey(apiKey);
        keep(hash, principal);
        return principal;
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (error.status !== 'unauthenticated') throw error;
        keep(hash, undefined);
        throw apiError('API_BAD_CREDENTIAL', { cause: error });
      }
    },
  };
}
