import { hash, verify } from '@node-rs/argon2';
import { directoryError } from '../errors.ts';
import type { PasswordHasher } from '../ports.ts';

/** Memory in KiB, passes and lanes: the second choice of the OWASP Password Storage Cheat Sheet for argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** argon2id off the main thread, `atOnce` at a time; up to `waiting` more wait. */
export function createArgon2Hasher(options: { atOnce?: number; waiting?: number } = {}): PasswordHasher {
  const atOnce = options.atOnce ?? 2;
  const mostWaiting = options.waiting ?? 64;
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    if (running >= atOnce) {
      if (waiting.length >= mostWaiting) throw directoryError('DIRECTORY_BUSY');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place goes straight to the next in line, so nobody can push in between.
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    hash: (password) => inTurn(() => hash(password, cost)),
    verify: (kept, password) => inTurn(() => verify(kept, password)),
  };
}
