import { describe, expect, test } from '@jest/globals';
import { Hours } from '@patchbay/contracts/directory/v1/resource';
import { isOpen, localMidnightMs, toLocalTime } from './hours.ts';

const at = (text: string) => Date.parse(text);

describe('hours', () => {
  const workday = [{ from: '09:00', to: '12:00' }, { from: '13:30', to: '18:00' }];
  const hours = Hours.fromPartial({
    timeZone: 'Asia/Shanghai',
    week: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, spans: workday })),
    dates: [
      { date: '2026-02-17', spans: [], title: '春节' },
      { date: '2026-02-14', spans: workday, title: '春节调休上班' },
    ],
  });

  test('several spans a day, the end itself closed', () => {
    expect(isOpen(hours, 'UTC', at('2026-03-02T09:00:00+08:00'))).toBe(true);
    expect(isOpen(hours, 'UTC', at('2026-03-02T11:59:59+08:00'))).toBe(true);
    expect(isOpen(hours, 'UTC', at('2026-03-02T12:00:00+08:00'))).toBe(false);
    expect(isOpen(hours, 'UTC', at('2026-03-02T13:30:00+08:00'))).toBe(true);
    expect(isOpen(hours, 'UTC', at('2026-03-02T18:00:00+08:00'))).toBe(false);
  });

  test('closed at the week-end, open on a make-up working Saturday, closed on a holiday Tuesday', () => {
    expect(isOpen(hours, 'UTC', at('2026-03-07T10:00:00+08:00'))).toBe(false);
    expect(isOpen(hours, 'UTC', at('2026-02-14T10:00:00+08:00'))).toBe(true);
    expect(isOpen(hours, 'UTC', at('2026-02-17T10:00:00+08:00'))).toBe(false);
  });

  test('hours without a zone are in the zone of the tenant, to the end of the day', () => {
    const night = Hours.fromPartial({ week: [{ weekday: 7, spans: [{ from: '20:00', to: '24:00' }] }] });
    expect(isOpen(night, 'America/New_York', at('2026-03-01T23:59:59-05:00'))).toBe(true);
    expect(isOpen(night, 'America/New_York', at('2026-03-02T00:00:00-05:00'))).toBe(false);
  });

  test('a day begins at local midnight, also when the clocks change', () => {
    expect(localMidnightMs('Asia/Shanghai', at('2026-03-02T10:00:00+08:00'))).toBe(at('2026-03-02T00:00:00+08:00'));
    expect(localMidnightMs('Europe/Berlin', at('2026-03-29T10:00:00+02:00'))).toBe(at('2026-03-29T00:00:00+01:00'));
    expect(localMidnightMs('Europe/Berlin', at('2026-10-25T10:00:00+01:00'))).toBe(at('2026-10-25T00:00:00+02:00'));
    expect(localMidnightMs('Africa/Cairo', at('2026-04-24T10:00:00+03:00'))).toBe(at('2026-04-24T01:00:00+03:00'));
  });

  test('a moment is told as the wall clock shows it', () => {
    expect(toLocalTime('Asia/Kolkata', at('2026-03-01T18:30:00.250Z'))).toEqual({ date: '2026-03-02', weekday: 1, msOfDay: 250 });
  });
});
