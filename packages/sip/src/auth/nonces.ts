import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@patchbay/runtime/clock';
import type { RandomSource } from '../random-source.ts';

/**
 * Nonces that need no memory until they are used: base64url of
 *
 *   | issued, ms since the epoch (8 bytes) | random (8 bytes) | HMAC-SHA-256 of both, cut (16 bytes) |
 *
 * A nonce used with success is remembered with its highest nonce count, so that nothing is accepted twice.
 */
export interface Nonces {
  issue(): string;
  /** Whether it is ours and young enough. */
  isFresh(nonce: string): boolean;
  /** Takes a nonce count; false when it, or a higher one, was used before. `undefined`: the nonce's only use. */
  use(nonce: string, count: number | undefined): boolean;
}

/** What nonces are made of. */
export interface NonceOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly lifeMs: number;
  /** Used nonces remembered; beyond, the oldest are forgotten and with them all that are as old become stale. */
  readonly maxUsed: number;
}

const onlyUse = Number.MAX_SAFE_INTEGER;

/** Makes nonces under a key that lives as long as the process. */
export function createNonces(options: NonceOptions): Nonces {
  const key = options.random.bytes(32);
  const used = new Map<string, number>();
  /** Nonces issued up to here are stale: what was used of them is forgotten. */
  let floorMs = 0;

  function seal(head: Uint8Array): Buffer {
    return createHmac('sha256', key).update(head).digest().subarray(0, 16);
  }

  function issuedMs(nonce: string): number | undefined {
    const bytes = Buffer.from(nonce, 'base64url');
    // The text must be the one that we wrote, not another spelling of the same bytes: it is the key of `used`.
    if (bytes.length !== 32 || bytes.toString('base64url') !== nonce) return undefined;
    return timingSafeEqual(seal(bytes.subarray(0, 16)), bytes.subarray(16)) ? Number(bytes.readBigUInt64BE(0)) : undefined;
  }

  function isFresh(nonce: string): boolean {
    const issued = issuedMs(nonce);
    return issued !== undefined && issued > floorMs && options.clock.nowMs() - issued <= options.lifeMs;
  }

  function forgetOldest(): void {
    for (const nonce of used.keys()) {
      if (used.size <= options.maxUsed && isFresh(nonce)) return;
      used.delete(nonce);
      floorMs = Math.max(floorMs, issuedMs(nonce) ?? 0);
    }
  }

  return {
    issue() {
      const head = Buffer.alloc(16);
      head.writeBigUInt64BE(BigInt(options.clock.nowMs()));
      head.set(options.random.bytes(8), 8);
      return Buffer.concat([head, seal(head)]).toString('base64url');
    },
    isFresh,
    use(nonce, count) {
      const last = used.get(nonce) ?? 0;
      if ((count ?? onlyUse) <= last) return false;
      used.set(nonce, count ?? onlyUse);
      forgetOldest();
      return true;
    },
  };
}
