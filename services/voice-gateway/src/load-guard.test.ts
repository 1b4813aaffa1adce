import { describe, expect, test } from '@jest/globals';
import { admissionOf } from './load-guard.ts';

const media = { legs: 0, capacity: 600, lateMs: 5 };

describe('admission', () => {
  test.each([
    ['with room and no delay', { loopDelayMs: 10, media }, undefined],
    ['when the loop is late', { loopDelayMs: 300, media }, 5],
    ['when media are late', { loopDelayMs: 10, media: { ...media, lateMs: 300 } }, 5],
    ['when two more legs do not fit', { loopDelayMs: 10, media: { ...media, legs: 599 } }, 5],
    ['when they just fit', { loopDelayMs: 10, media: { ...media, legs: 598 } }, undefined],
    ['when no worker is up', { loopDelayMs: 10, media: { legs: 0, capacity: 0, lateMs: 0 } }, 5],
  ])('%s', (_, sample, retryAfterS) => {
    expect(admissionOf(sample, { maxDelayMs: 250 })).toBe(retryAfterS);
  });
});
