import type { HeaderField, SipRequest } from '../message/message.ts';
import type { DigestAlgorithm } from './digest.ts';

/**
 * What is kept of a password, per algorithm; `digestSecret` makes each. One that is absent is not accepted for that
 * user.
 */
export type DigestSecret = Readonly<Partial<Record<DigestAlgorithm, string>>>;

/** What came of a request's credentials. Challenge and refusal are ready to be sent. */
export type DigestVerdict =
  | { readonly kind: 'accepted'; readonly username: string }
  /** No credentials for our realm, or for a nonce that is too old or used (then `stale`). */
  | { readonly kind: 'challenge'; readonly status: 401 | 407; readonly headers: readonly HeaderField[]; readonly stale: boolean }
  /** Wrong password or unknown user: 403. Count these per source and username. */
  | { readonly kind: 'refused'; readonly status: 403; readonly username: string }
  /** Not to be understood: 400. */
  | { readonly kind: 'malformed'; readonly status: 400 };

/** Checks digest credentials (RFC 3261 section 22, RFC 7616, RFC 8760). */
export interface DigestServer {
  /**
   * @param find the secret of a username (UTF-8 text) in our realm; undefined when there is no such user
   * @returns a verdict; rejects only when `find` does
   */
  check(request: SipRequest, find: (username: string) => Promise<DigestSecret | undefined>): Promise<DigestVerdict>;
}
