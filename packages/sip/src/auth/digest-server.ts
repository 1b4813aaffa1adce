import type { HeaderField, SipRequest } from '../message/message.ts';

/** Hash functions of RFC 8760, in the names of the `algorithm` parameter. */
export type DigestAlgorithm = 'MD5' | 'SHA-256';

/**
 * What is kept of a password: H(username:realm:password) in lower-case hex, per algorithm (RFC 7616 section 3.4.2).
 * `digestSecret` makes it. One that is absent is not offered to that user.
 */
export type DigestSecret = Readonly<Partial<Record<DigestAlgorithm, string>>>;

/** What came of a request's credentials. Challenge and refusal are ready to be sent. */
export type DigestVerdict =
  | { readonly kind: 'accepted'; readonly username: string }
  | { readonly kind: 'challenge'; readonly status: 401 | 407; readonly headers: readonly HeaderField[]; readonly stale: boolean }
  /** Wrong password or unknown user: 403. Count these per source and username. */
  | { readonly kind: 'refused'; readonly status: 403; readonly username: string }
  /** Not to be understood: 400. */
  | { readonly kind: 'malformed'; readonly status: 400 };

/** Checks digest credentials (RFC 3261 section 22, RFC 7616, RFC 8760). */
export interface DigestServer {
  /**
   * @param find the secret of a username in our realm; undefined when there is no such user
   * @returns a verdict; rejects only when `find` does
   */
  check(request: SipRequest, find: (username: string) => Promise<DigestSecret | undefined>): Promise<DigestVerdict>;
}
