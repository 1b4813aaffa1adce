import { createHash } from 'node:crypto';
import { eventTypes } from '@patchbay/contracts/event-types';
import type { RoutingFact } from '../domain/facts.ts';

interface Codec {
  encode(event: unknown): { finish(): Uint8Array };
}

/** A log of facts that is not kept, only summed up. */
export interface FactLog {
  take(facts: readonly RoutingFact[]): void;
  /** How many facts, and the SHA-256 over type, key, time and bytes of each, hexadecimal. */
  sum(): { count: number; sha256: string };
}

export function createFactLog(): FactLog {
  const hash = createHash('sha256');
  let count = 0;
  return {
    take(facts) {
      count += facts.length;
      for (const { type, key, timeMs, event } of facts) {
        const body = (eventTypes[type].codec as unknown as Codec).encode(event).finish();
        hash.update(`${type} ${key} ${String(timeMs)} ${String(body.length)}\n`).update(body);
      }
    },
    sum: () => ({ count, sha256: hash.copy().digest('hex') }),
  };
}
