import { randomBytes } from 'node:crypto';

/** Where unguessable bytes come from: tags, branches, Call-IDs, nonces (RFC 3261 sections 8.1.1.7 and 19.3). */
export interface RandomSource {
  /** @param sizeBytes how many */
  bytes(sizeBytes: number): Uint8Array;
}

/** The system's cryptographic generator. */
export const systemRandom: RandomSource = { bytes: (sizeBytes) => randomBytes(sizeBytes) };

/** A lower-case hexadecimal token; 8 bytes are well above the 32 bits that RFC 3261 section 19.3 asks of a tag. */
export function randomToken(random: RandomSource, sizeBytes = 8): string {
  return Buffer.from(random.bytes(sizeBytes)).toString('hex');
}
