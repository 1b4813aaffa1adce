import { describe, expect, test } from '@jest/globals';
import { createIdSource, deterministicId, isUuid, uuidTimeMs } from './ids.ts';

const stillClock = (nowMs: number) => ({ nowMs: () => nowMs, monotonicMs: () => 0, setTimer: () => () => {} });

describe('ids', () => {
  test('ids of the same millisecond are UUIDv7, unique and in order', () => {
    const ids = createIdSource(stillClock(1_800_000_000_123));
    const made = Array.from({ length: 10_000 }, () => ids.next());
    expect(made.every((id) => isUuid(id) && id[14] === '7')).toBe(true);
    expect(new Set(made).size).toBe(made.length);
    expect([...made].sort()).toEqual(made);
  });

  test('a clock that steps back does not take the order away', () => {
    let nowMs = 2_000_000;
    const ids = createIdSource({ ...stillClock(0), nowMs: () => nowMs });
    const before = ids.next();
    nowMs -= 300_000;
    expect(ids.next() > before).toBe(true);
  });

  test('an id made from a seed is the same for the same seed and carries its time', () => {
    const id = deterministicId(1_714_112_445_000, 'wechat', 'wx1', '6054768590064713728');
    expect(id).toBe(deterministicId(1_714_112_445_000, 'wechat', 'wx1', '6054768590064713728'));
    expect(id).not.toBe(deterministicId(1_714_112_445_000, 'wechat', 'wx', '16054768590064713728'));
    expect(uuidTimeMs(id)).toBe(1_714_112_445_000);
  });
});
