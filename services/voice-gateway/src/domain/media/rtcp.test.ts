import { describe, expect, test } from '@jest/globals';
import { ntpTime, readRtcp, writeRtcp } from './rtcp.ts';

const reception = { ssrc: 77, fractionLost: 64, cumulativeLost: 5, highestSequence: 65_540, jitter: 12 };
const sender = { ssrc: 1, epochNs: 1_500_000_000n, rtpTimestamp: 160, packets: 10, octets: 1_600 };

describe('RTCP', () => {
  test('a sender report with SDES and BYE reads back', () => {
    const bytes = writeRtcp({ sender, ssrc: 1, reception, cname: 'leg@centre', bye: true });
    expect(bytes.length % 4).toBe(0);
    expect(readRtcp(bytes, 77)).toEqual({
      middleNtp: (((1 + 2_208_988_800) & 0xffff) * 65_536 + 0x8000) >>> 0,
      onUs: { fractionLost: 64, cumulativeLost: 5, highestSequence: 65_540, jitter: 12, lastSr: 0, delaySinceLastSr: 0 },
      bye: true,
    });
  });

  test('is a receiver report when nothing was sent', () => {
    const bytes = writeRtcp({ sender: undefined, ssrc: 1, reception, lastSender: { middleNtp: 9, delay65536: 8 }, cname: 'x' });
    expect(bytes[1]).toBe(201);
    expect(readRtcp(bytes, 77)).toMatchObject({ middleNtp: undefined, bye: false, onUs: { lastSr: 9, delaySinceLastSr: 8 } });
  });

  test('reports on other sources are passed over', () => {
    expect(readRtcp(writeRtcp({ sender, ssrc: 1, reception, cname: 'x' }), 78)?.onUs).toBeUndefined();
  });

  test('a negative loss (duplicates) keeps its sign', () => {
    expect(readRtcp(writeRtcp({ sender, ssrc: 1, reception: { ...reception, cumulativeLost: -3 }, cname: 'x' }), 77)?.onUs?.cumulativeLost).toBe(-3);
  });

  test('NTP time counts from 1900', () => {
    expect(ntpTime(250_000_000n)).toEqual({ seconds: 2_208_988_800, fraction: 0x40000000 });
  });

  test('garbage is refused without a throw', () => {
    expect(readRtcp(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1)).toBeUndefined();
    expect(readRtcp(Uint8Array.of(0x80, 200, 0xff, 0xff, 0, 0, 0, 1), 1)).toBeUndefined();
    expect(readRtcp(new Uint8Array(0), 1)).toBeUndefined();
    let seed = 7;
    for (let round = 0; round < 5_000; round += 1) {
      const bytes = Uint8Array.from({ length: round % 80 }, () => (seed = (seed * 48_271) % 0x7fffffff) & 0xff);
      if (bytes.length > 1) bytes.set([0x80 | ((bytes[0] as number) & 0x3f), 200 + (round % 4)]);
      readRtcp(bytes, 1);
    }
  });
});
