import type { Principal, SignInRequest, SignInResponse } from '@patchbay/contracts/directory/v1/identity_service';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Metrics } from '@patchbay/runtime/metrics';
import { afterFailure, type LockOut, lockedSeconds, type LockOutPolicy } from '../domain/lock-out.ts';
import { directoryError } from '../errors.ts';
import type { PasswordHasher, ResourceMirror, Vault } from '../ports.ts';
import { isResourceName, isTenantName } from '../schemas/formats.ts';
import { vaultKeys } from '../vault-keys.ts';
import { findUser } from './principals.ts';
import type { Token, Tokens } from './tokens.ts';
import { directoryMetrics } from '../metrics.ts';

/** A password as it is kept. */
export interface KeptPassword {
  /** PHC string. */
  hash: string;
  /** When it was set by hand, milliseconds since the Unix epoch; tokens made before are not renewed. */
  setMs?: number;
}

export interface SignInParts {
  vault: Vault;
  mirror: ResourceMirror;
  hasher: PasswordHasher;
  tokens: Tokens;
  clock: Clock;
  metrics: Metrics;
  policy: LockOutPolicy;
  /** Hash of a password that nobody has: checked for unknown users, so that they take as long as known ones. */
  decoyHash: string;
}

/** Tokens are renewed for this long after the password was given, seconds. */
const longestSessionSeconds = 7 * 86_400;

async function recordFailure(parts: SignInParts, key: string): Promise<void> {
  const { vault, policy, clock } = parts;
  for (let attempt = 1; ; attempt++) {
    const entry = await vault.read(key);
    const next = afterFailure(entry?.value as LockOut | undefined, policy, clock.nowMs());
    try {
      await vault.write(key, next, { expected: entry?.revision ?? 0, ttlMs: policy.forgetMs });
      return;
    } catch (error) {
      // Another replica counted at the same time: count on top of it.
      if (AppError.from(error).code !== 'DIRECTORY_CONFLICT' || attempt === 5) throw error;
    }
  }
}

async function readPassword(parts: SignInParts, tenant: string, user: string): Promise<KeptPassword | undefined> {
  if (!isTenantName(tenant) || !isResourceName(user)) return undefined;
  return (await parts.vault.read(vaultKeys.password(tenant, user)))?.value as KeptPassword | undefined;
}

/**
 * Signs a user in. Unknown users, disabled users and wrong passwords get the same answer after the same work; all of them
 * count towards the lock-out of the name that was given.
 */
export async function signIn(parts: SignInParts, request: SignInRequest): Promise<SignInResponse> {
  const { tenant, user, password } = request;
  const outcomes = parts.metrics.counter(directoryMetrics.directory_sign_ins_total);
  const failuresKey = vaultKeys.failures(tenant, user);
  const failures = (await parts.vault.read(failuresKey))?.value as LockOut | undefined;
  const seconds = lockedSeconds(failures, parts.clock.nowMs());
  if (seconds > 0) {
    outcomes.inc({ outcome: 'locked_out' });
    throw directoryError('DIRECTORY_LOCKED_OUT', { details: { retryAfterSeconds: String(seconds) } });
  }
  const principal = findUser(parts.mirror, tenant, user);
  const kept = await readPassword(parts, tenant, user);
  const isRight = await parts.hasher.verify(kept?.hash ?? parts.decoyHash, password);
  if (!isRight || kept === undefined || principal === undefined) {
    await recordFailure(parts, failuresKey);
    outcomes.inc({ outcome: 'refused' });
    throw directoryError('DIRECTORY_BAD_CREDENTIALS');
  }
  if (failures !== undefined) await parts.vault.remove(failuresKey);
  outcomes.inc({ outcome: 'ok' });
  return { ...(await parts.tokens.issue(principal)), principal };
}

/** A new token for a user who is still allowed in. */
export async function refreshToken(parts: SignInParts, token: string): Promise<Token> {
  const claims = await parts.tokens.check(token);
  const principal: Principal | undefined = findUser(parts.mirror, claims.tenant, claims.user);
  const kept = await readPassword(parts, claims.tenant, claims.user);
  const isOver = parts.clock.nowMs() / 1000 - claims.authTime > longestSessionSeconds;
  // The claim has whole seconds, so a password set in the same second does not end the token.
  const isOutdated = kept === undefined || Math.floor((kept.setMs ?? 0) / 1000) > claims.issuedAt;
  if (principal === undefined || isOver || isOutdated) throw directoryError('DIRECTORY_BAD_CREDENTIALS');
  return parts.tokens.issue(principal, claims.authTime);
}
