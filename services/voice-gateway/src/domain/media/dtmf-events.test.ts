import { describe, expect, test } from '@jest/globals';
import { DtmfEvents } from './dtmf-events.ts';
import { emptyPacket } from './rtp.ts';

interface EventPacket {
  event: number;
  timestamp: number;
  duration: number;
  end?: boolean;
  ssrc?: number;
}

/** One press as a telephone sends it: a packet each 20 ms, then the end three times. */
function press(event: number, timestamp: number, packets = 7): EventPacket[] {
  const middle = Array.from({ length: packets }, (_, index) => ({ event, timestamp, duration: (index + 1) * 160 }));
  const end = { event, timestamp, duration: packets * 160, end: true };
  return [...middle, end, end, end];
}

function keysOf(packets: readonly EventPacket[]): string {
  const events = new DtmfEvents();
  return packets
    .map(({ event, timestamp, duration, end, ssrc }) => {
      const bytes = Uint8Array.of(event, (end === true ? 0x80 : 0) | 10, duration >> 8, duration & 0xff);
      return events.take(bytes, { ...emptyPacket(), ssrc: ssrc ?? 1, timestamp, payloadOffset: 0, payloadSize: 4 }) ?? '';
    })
    .join('');
}

describe('keys in telephone-event packets', () => {
  test('a press is one key although its end comes three times', () => {
    expect(keysOf(press(1, 8_000))).toBe('1');
  });

  test('the same key pressed twice is two keys', () => {
    expect(keysOf([...press(5, 8_000), ...press(5, 16_000)])).toBe('55');
  });

  test('every key of the pad is told', () => {
    expect(keysOf(Array.from({ length: 16 }, (_, event) => press(event, 8_000 * (event + 1))).flat())).toBe('0123456789*#ABCD');
  });

  test('no key is lost or doubled when any packet but one is lost', () => {
    const all = press(9, 8_000);
    for (let kept = 0; kept < all.length; kept += 1) expect(keysOf([all[kept] as EventPacket])).toBe('9');
  });

  test('thirty per cent loss leaves each of a hundred keys exactly once', () => {
    let seed = 42;
    const lost = () => (seed = (seed * 48_271) % 0x7fffffff) % 100 < 30;
    const sent = Array.from({ length: 100 }, (_, index) => press(index % 10, 8_000 * (index + 1))).flat();
    expect(keysOf(sent.filter(() => !lost()))).toBe('0123456789'.repeat(10));
  });

  test('late packets of an earlier press change nothing', () => {
    const [first, ...late] = press(3, 8_000);
    expect(keysOf([first as EventPacket, ...press(4, 16_000), ...late])).toBe('34');
  });

  test('a very long press is one key over its segments', () => {
    const segments = [0, 1, 2].flatMap((segment) => [
      { event: 2, timestamp: 1_000 + segment * 0xffff, duration: 0x8000 },
      { event: 2, timestamp: 1_000 + segment * 0xffff, duration: 0xffff },
    ]);
    expect(keysOf(segments)).toBe('2');
  });

  test('a new source begins anew, even with a smaller timestamp', () => {
    expect(keysOf([...press(1, 80_000), ...press(1, 160).map((packet) => ({ ...packet, ssrc: 2 }))])).toBe('11');
  });

  test('a flash is no key, and a cut-off payload is nothing', () => {
    expect(keysOf(press(16, 8_000))).toBe('');
    expect(new DtmfEvents().take(Uint8Array.of(1, 2), { ...emptyPacket(), payloadSize: 2 })).toBeUndefined();
  });
});
