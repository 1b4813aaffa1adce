import { describe, expect, test } from '@jest/globals';
import { createVisitorTokens, newVisitorId } from './visitor-token.ts';

const dayMs = 86_400_000;
const secret = new Uint8Array(32).fill(7);
const visitor = { tenant: 'demo', account: 'W1', visitorId: 'v-1' };

describe('visitor token', () => {
  test('names its visitor on every replica with the same secret', () => {
    const token = createVisitorTokens(secret, () => 0).issue(visitor);
    expect(createVisitorTokens(secret, () => 0).check(token)).toEqual({ visitor, isOld: false });
    expect(createVisitorTokens(new Uint8Array(32), () => 0).check(token)).toBeUndefined();
  });

  test('is renewed after half its life and worth nothing after all of it', () => {
    const token = createVisitorTokens(secret, () => 0).issue(visitor);
    expect(createVisitorTokens(secret, () => 91 * dayMs).check(token)).toEqual({ visitor, isOld: true });
    expect(createVisitorTokens(secret, () => 180 * dayMs).check(token)).toBeUndefined();
  });

  test('with any one sign changed, or spelled in another way, is worth nothing', () => {
    const tokens = createVisitorTokens(secret, () => 0);
    const token = tokens.issue(visitor);
    const changed = [...token].map((sign, at) => token.slice(0, at) + (sign === 'A' ? 'B' : 'A') + token.slice(at + 1));
    for (const other of [...changed, `${token}=`, `${token}.x`, token.replace('v1', 'v2'), '', 'v1..']) expect(tokens.check(other)).toBeUndefined();
  });

  test('no two visitors are alike', () => {
    expect(new Set(Array.from({ length: 100 }, newVisitorId)).size).toBe(100);
    expect(newVisitorId()).toMatch(/^[\w-]{22}$/);
  });
});
