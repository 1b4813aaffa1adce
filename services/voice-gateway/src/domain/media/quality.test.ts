import { describe, expect, test } from '@jest/globals';
import { estimateMos } from './quality.ts';

describe('the estimated opinion score', () => {
  test('of a clean call is 4.4', () => {
    expect(estimateMos({ lossRatio: 0, jitterMs: 0, roundTripMs: 0 })).toBeCloseTo(4.4, 1);
  });

  test('falls with loss, jitter and delay, and stays between 1 and 4.5', () => {
    const clean = estimateMos({ lossRatio: 0, jitterMs: 1, roundTripMs: 20 });
    const lossy = estimateMos({ lossRatio: 0.02, jitterMs: 1, roundTripMs: 20 });
    const far = estimateMos({ lossRatio: 0, jitterMs: 1, roundTripMs: 600 });
    expect(lossy).toBeLessThan(clean - 0.8);
    expect(far).toBeLessThan(clean - 0.3);
    expect(estimateMos({ lossRatio: 1, jitterMs: 500, roundTripMs: 3_000 })).toBe(1);
  });
});
