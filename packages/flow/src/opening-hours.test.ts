import { describe, expect, test } from '@jest/globals';
import { Hours } from '@patchbay/contracts/directory/v1/resource';
import { isOpenAt } from './opening-hours.ts';

const office = Hours.fromPartial({
  week: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, spans: [{ from: '09:00', to: '12:00' }, { from: '13:00', to: '24:00' }] })),
  dates: [
    { date: '2026-01-05', spans: [], title: 'holiday' },
    { date: '2026-01-10', spans: [{ from: '10:00', to: '11:00' }], title: 'make-up day' },
  ],
});
const openAt = (time: string, zone = 'Asia/Shanghai') => isOpenAt(office, Date.parse(time), zone);

describe('opening hours', () => {
  test.each([
    ['2026-01-06T09:00:00+08:00', true],
    ['2026-01-06T08:59:59+08:00', false],
    ['2026-01-06T12:00:00+08:00', false],
    ['2026-01-06T13:00:00+08:00', true],
    ['2026-01-06T23:59:59+08:00', true],
    ['2026-01-07T00:00:00+08:00', false],
    ['2026-01-11T10:00:00+08:00', false],
  ])('at %s: open is %s', (time, open) => {
    expect(openAt(time)).toBe(open);
  });

  test('a holiday counts before the week, a make-up day opens a Saturday', () => {
    expect(openAt('2026-01-05T10:00:00+08:00')).toBe(false);
    expect(openAt('2026-01-10T10:30:00+08:00')).toBe(true);
    expect(openAt('2026-01-10T11:30:00+08:00')).toBe(false);
  });

  test('follow the wall clock through a change of daylight saving time', () => {
    const berlin = Hours.fromPartial({ timeZone: 'Europe/Berlin', week: [{ weekday: 5, spans: [{ from: '09:00', to: '17:00' }] }, { weekday: 1, spans: [{ from: '09:00', to: '17:00' }] }] });
    expect(isOpenAt(berlin, Date.parse('2026-03-27T07:30:00Z'), 'UTC')).toBe(false);
    expect(isOpenAt(berlin, Date.parse('2026-03-30T07:30:00Z'), 'UTC')).toBe(true);
  });

  test('own zone counts before the tenant’s', () => {
    expect(isOpenAt({ ...office, timeZone: 'America/New_York' }, Date.parse('2026-01-06T09:30:00-05:00'), 'Asia/Shanghai')).toBe(true);
  });
});
