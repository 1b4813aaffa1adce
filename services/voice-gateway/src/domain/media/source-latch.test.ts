import { describe, expect, test } from '@jest/globals';
import { latchWindowMs, SourceLatch } from './source-latch.ts';

const phone = { address: '198.51.100.7', port: 4_000 };

function latchOn(signalled = phone, signalling = '203.0.113.9'): SourceLatch {
  const latch = new SourceLatch();
  latch.expect(signalled, signalling, 0);
  return latch;
}

describe('the source of a leg’s media', () => {
  test('is taken as the SDP says, at any time', () => {
    expect(latchOn().accepts(phone, latchWindowMs * 10)).toBe('latched');
  });

  test('may have another port within the window: a NAT changed it', () => {
    const latch = latchOn();
    expect(latch.accepts({ ...phone, port: 5_000 }, 100)).toBe('latched');
    expect(latch.target()).toEqual({ ...phone, port: 5_000 });
  });

  test('may be where the signalling came from', () => {
    expect(latchOn({ address: '192.168.1.4', port: 4_000 }).accepts({ address: '203.0.113.9', port: 61_000 }, 100)).toBe('latched');
  });

  test('is not taken from elsewhere, nor from another port after the window', () => {
    expect(latchOn().accepts({ address: '198.51.100.66', port: 4_000 }, 100)).toBe('no');
    expect(latchOn().accepts({ ...phone, port: 5_000 }, latchWindowMs + 1)).toBe('no');
  });

  test('never changes mid-call, not even to the signalled address', () => {
    const latch = latchOn();
    latch.accepts({ ...phone, port: 5_000 }, 0);
    expect(latch.accepts(phone, 10)).toBe('no');
    expect(latch.accepts({ ...phone, port: 5_000 }, 20)).toBe('yes');
  });

  test('stays when a re-INVITE names the same address, and begins anew when it names another', () => {
    const latch = latchOn();
    latch.accepts({ ...phone, port: 5_000 }, 0);
    latch.expect(phone, '203.0.113.9', 60_000);
    expect(latch.target()?.port).toBe(5_000);
    const moved = { address: '198.51.100.8', port: 6_000 };
    latch.expect(moved, '203.0.113.9', 70_000);
    expect(latch.target()).toEqual(moved);
    expect(latch.accepts({ ...phone, port: 5_000 }, 70_001)).toBe('no');
    expect(latch.accepts({ ...moved, port: 6_002 }, 70_002)).toBe('latched');
  });

  test('is nobody before the first answer', () => {
    expect(new SourceLatch().accepts(phone, 0)).toBe('no');
    expect(new SourceLatch().target()).toBeUndefined();
  });
});
