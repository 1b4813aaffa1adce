import { randomBytes } from 'node:crypto';

/** Where unguessable bytes come from: tags, branches, Call-IDs, nonces (RFC 3261 sections 8.1.1.7 and 19.3). */
export interface RandomSource {
  /** @param sizeBytes how many */
  bytes(sizeBytes: number): Uint8Array;
}

const poolBytes = 4_096;

/** The system's cryptographic generator, asked for a few kilobytes at a time; no byte is given out twice. */
function createSystemRandom(): RandomSource {
  let pool = new Uint8Array(0);
  let used = 0;
  return {
    bytes(sizeBytes) {
      if (sizeBytes > poolBytes / 2) return randomBytes(sizeBytes);
      if (used + sizeBytes > pool.length) {
        pool = randomBytes(poolBytes);
        used = 0;
      }
      used += sizeBytes;
      return pool.subarray(used - sizeBytes, used);
    },
  };
}

/** The system's cryptographic generator. */
export const systemRandom: RandomSource = createSystemRandom();

/** A lower-case hexadecimal token; 8 bytes are well above the 32 bits that RFC 3261 section 19.3 asks of a tag. */
export function randomToken(random: RandomSource, sizeBytes = 8): string {
  return Buffer.from(random.bytes(sizeBytes)).toString('hex');
}
