import { describe, expect, test } from '@jest/globals';
import { Reception } from './reception.ts';
import { emptyPacket } from './rtp.ts';

const packetOf = (sequence: number, ssrc = 1) => ({ ...emptyPacket(), ssrc, sequence: sequence & 0xffff, timestamp: (sequence * 160) >>> 0 });

describe('reception', () => {
  test('counts losses over the end of the sequence numbers', () => {
    const reception = new Reception();
    for (let sequence = 65_000; sequence < 66_000; sequence += 1) if (sequence % 10 !== 5) reception.take(packetOf(sequence), sequence * 160, true);
    expect(reception.figures()).toMatchObject({ expected: 1_000, received: 900, lost: 100, jitterMs: 0 });
  });

  test('counts a late packet as received', () => {
    const reception = new Reception();
    for (const sequence of [1, 2, 4, 3, 5]) reception.take(packetOf(sequence), sequence * 160, true);
    expect(reception.figures()).toMatchObject({ expected: 5, lost: 0 });
  });

  test('finds the jitter of packets that come 5 ms early and late in turn', () => {
    const reception = new Reception();
    for (let sequence = 0; sequence < 500; sequence += 1) reception.take(packetOf(sequence), sequence * 160 + (sequence % 2 === 0 ? 40 : 0), true);
    expect(reception.figures().jitterMs).toBeCloseTo(5, 1);
  });

  test('does not take events of one timestamp for jitter', () => {
    const reception = new Reception();
    for (let count = 0; count < 100; count += 1) reception.take({ ...packetOf(count), timestamp: 0 }, count * 160, false);
    expect(reception.figures().jitterMs).toBe(0);
  });

  test('adds up the sources of a leg', () => {
    const reception = new Reception();
    for (const sequence of [1, 2, 4]) reception.take(packetOf(sequence, 1), 0, true);
    for (const sequence of [50_000, 50_001]) reception.take(packetOf(sequence, 2), 0, true);
    expect(reception.figures()).toMatchObject({ expected: 6, received: 5, lost: 1 });
  });

  test('takes a great jump for a new beginning, not for a loss', () => {
    const reception = new Reception();
    for (const sequence of [1, 2, 20_000, 20_001]) reception.take(packetOf(sequence), 0, true);
    expect(reception.figures().lost).toBe(0);
  });

  test('reports the losses since the last report', () => {
    const reception = new Reception();
    expect(reception.report()).toBeUndefined();
    for (const sequence of [0, 1, 2, 3]) reception.take(packetOf(sequence), 0, true);
    expect(reception.report()).toMatchObject({ ssrc: 1, fractionLost: 0, cumulativeLost: 0, highestSequence: 3 });
    for (const sequence of [5, 7]) reception.take(packetOf(sequence), 0, true);
    expect(reception.report()).toMatchObject({ fractionLost: 128, cumulativeLost: 2, highestSequence: 7 });
  });
});
