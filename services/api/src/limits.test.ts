import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createPlaces, createRateLimit } from './limits.ts';

describe('places', () => {
  test('are refused when all are taken, and free again once, however often they are left', () => {
    const places = createPlaces(2, 250);
    const leave = places.take();
    places.take();
    expect(() => places.take()).toThrow(expect.objectContaining({ code: 'API_BUSY', retryable: true, details: { retryAfterMs: '250' } }));
    leave();
    leave();
    places.take();
    expect(places.taken()).toBe(2);
  });
});

describe('tries from one address', () => {
  test('are let through at once up to the burst, then at the pace', () => {
    const clock = createFakeClock();
    const rate = createRateLimit({ perMinute: 6, burst: 3, clock });
    for (let count = 0; count < 3; count++) rate.count('1.2.3.4');
    expect(() => { rate.count('1.2.3.4'); }).toThrow(expect.objectContaining({ code: 'API_RATE_LIMITED', details: { retryAfterMs: '10000' } }));
    rate.count('5.6.7.8');
    clock.advance(10_000);
    rate.count('1.2.3.4');
    expect(() => { rate.count('1.2.3.4'); }).toThrow();
  });

  test('are remembered for so many addresses only', () => {
    const clock = createFakeClock();
    const rate = createRateLimit({ perMinute: 1, burst: 1, clock, mostAddresses: 2 });
    for (const address of ['a', 'b', 'c']) rate.count(address);
    rate.count('a');
    expect(() => { rate.count('c'); }).toThrow();
  });
});
