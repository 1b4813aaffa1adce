import { describe, expect, test } from '@jest/globals';
import { afterFailure, defaultLockOutPolicy, lockedSeconds, type LockOut } from './lock-out.ts';

function failTimes(count: number, nowMs = 0): LockOut | undefined {
  let state: LockOut | undefined;
  for (let index = 0; index < count; index++) state = afterFailure(state, defaultLockOutPolicy, nowMs);
  return state;
}

describe('lock-out', () => {
  test('four wrong passwords lock nobody out, the fifth does', () => {
    expect(lockedSeconds(failTimes(4), 0)).toBe(0);
    expect(lockedSeconds(failTimes(5), 0)).toBe(30);
  });

  test('each further failure doubles the lock up to fifteen minutes', () => {
    expect([6, 7, 8, 9, 10, 11, 50].map((count) => lockedSeconds(failTimes(count), 0))).toEqual([60, 120, 240, 480, 900, 900, 900]);
  });

  test('the lock ends by itself', () => {
    expect(lockedSeconds(failTimes(5, 1_000), 31_000)).toBe(0);
    expect(lockedSeconds(failTimes(5, 1_000), 30_500)).toBe(1);
  });

  test('nobody is locked without failures', () => {
    expect(lockedSeconds(undefined, 0)).toBe(0);
  });
});
