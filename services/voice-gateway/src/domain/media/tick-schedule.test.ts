import { describe, expect, test } from '@jest/globals';
import { TickSchedule } from './tick-schedule.ts';

describe('the tick of a media worker', () => {
  test('comes every 20 ms however late each wake-up is, without drift', () => {
    const schedule = new TickSchedule(0);
    let now = 0;
    let ticks = 0;
    for (let round = 0; round < 1_000; round += 1) {
      now += schedule.waitMs(now) + (round % 5) * 3;
      ticks += schedule.due(now).run;
    }
    expect(Math.abs(ticks - now / 20)).toBeLessThanOrEqual(1);
  });

  test('makes up for a short stall', () => {
    expect(new TickSchedule(0).due(105)).toEqual({ run: 5, skipped: 0, lateMs: 85 });
  });

  test('leaves out what a long stall cost', () => {
    const schedule = new TickSchedule(0);
    expect(schedule.due(2_000)).toEqual({ run: 10, skipped: 90, lateMs: 1_980 });
    expect(schedule.waitMs(2_000)).toBe(20);
  });

  test('does nothing early', () => {
    expect(new TickSchedule(0).due(19)).toEqual({ run: 0, skipped: 0, lateMs: 0 });
  });
});
