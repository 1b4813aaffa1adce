import { createHash } from 'node:crypto';

/** Realm of the digests of phones. */
export const phoneRealm = 'patchbay';

/** Digests of a phone's password. The user name is part of them: another name needs the password again. */
export interface PhoneCredential {
  sipUsername: string;
  /** MD5 of `username:realm:password`, lower-case hex (RFC 3261 section 22.4). */
  ha1Md5: string;
  /** SHA-256 of the same (RFC 8760). */
  ha1Sha256: string;
}

/** Computes the digests; the password itself is not kept. */
export function phoneCredential(sipUsername: string, password: string): PhoneCredential {
  const text = `${sipUsername}:${phoneRealm}:${password}`;
  return {
    sipUsername,
    ha1Md5: createHash('md5').update(text).digest('hex'),
    ha1Sha256: createHash('sha256').update(text).digest('hex'),
  };
}
