import { describe, expect, test } from '@jest/globals';
import { Hours } from '@patchbay/contracts/directory/v1/resource';
import { openTimeMs } from './calendar.ts';
import { limitSlaClock, moveSlaClock, pauseSlaClock, resumeSlaClock, slaDueTimes, startSlaClock, tickSlaClock, usedSlaMs, type SlaCalendar } from './sla-clock.ts';

const hour = 3_600_000;
const at = (text: string, zone = '+08:00') => Date.parse(`${text}:00${zone}`);
const week = (...spans: { from: string; to: string }[]) => [1, 2, 3, 4, 5].map((weekday) => ({ weekday, spans }));
const calendarOf = (hours: object): SlaCalendar => ({ hours: Hours.fromPartial(hours), tenantTimeZone: 'Asia/Shanghai' });
const office = calendarOf({ week: week({ from: '09:00', to: '17:00' }) });
const withLunch = calendarOf({
  week: week({ from: '09:00', to: '12:00' }, { from: '13:00', to: '18:00' }),
  dates: [{ date: '2026-03-07', spans: [{ from: '10:00', to: '11:00' }] }, { date: '2026-03-09', spans: [] }],
});

describe('a promise on a calendar', () => {
  test('Friday 16:30 and an hour, with 9 to 17 from Monday to Friday, is Monday 09:30', () => {
    expect(slaDueTimes(startSlaClock(hour, at('2026-03-06T16:30')), office).breachAtMs).toBe(at('2026-03-09T09:30'));
  });

  test('counts neither lunch nor a holiday, but a make-up working day', () => {
    expect(slaDueTimes(startSlaClock(2 * hour, at('2026-03-06T11:30')), withLunch).breachAtMs).toBe(at('2026-03-06T14:30'));
    expect(slaDueTimes(startSlaClock(3 * hour, at('2026-03-06T17:00')), withLunch).breachAtMs).toBe(at('2026-03-10T10:00'));
  });

  test('asked for at night begins in the morning, and at all times counts every hour', () => {
    expect(slaDueTimes(startSlaClock(hour, at('2026-03-04T02:00')), office).breachAtMs).toBe(at('2026-03-04T10:00'));
    expect(slaDueTimes(startSlaClock(hour, at('2026-03-04T02:00')), { hours: undefined, tenantTimeZone: 'UTC' }).breachAtMs).toBe(at('2026-03-04T03:00'));
  });

  test('counts the hours that a night of changing clocks really has', () => {
    const berlin = calendarOf({ timeZone: 'Europe/Berlin', week: [{ weekday: 7, spans: [{ from: '00:00', to: '24:00' }] }] });
    const day = (date: string) => openTimeMs(berlin.hours as Hours, 'UTC', Date.parse(`${date}T00:00:00Z`) - 2 * hour, Date.parse(`${date}T00:00:00Z`) + 30 * hour);
    expect([day('2026-03-29'), day('2026-10-25'), day('2026-06-07')]).toEqual([23 * hour, 25 * hour, 24 * hour]);
  });

  test('counts a stretch that two spans share once, in whatever order they are written', () => {
    const shared = calendarOf({ week: week({ from: '12:00', to: '17:00' }, { from: '09:00', to: '13:00' }) });
    expect(openTimeMs(shared.hours as Hours, 'Asia/Shanghai', at('2026-03-04T00:00'), at('2026-03-05T00:00'))).toBe(8 * hour);
  });

  test('is worked out from the days it spans, not from the year ahead, on hours that never close', () => {
    let asked = 0;
    const week = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, spans: [{ from: '00:00', to: '24:00' }] }));
    const hours = new Proxy(Hours.fromPartial({ week }), { get: (target, name) => ((asked += name === 'week' ? 1 : 0), Reflect.get(target, name)) });
    const always = { hours, tenantTimeZone: 'Asia/Shanghai' };
    const clock = startSlaClock(30 * hour, at('2026-03-04T09:00'));
    for (let again = 0; again < 10; again += 1) expect(slaDueTimes(clock, always).breachAtMs).toBe(at('2026-03-05T15:00'));
    expect(asked).toBe(2);
  });

  test('never comes due on a calendar that never opens', () => {
    expect(slaDueTimes(startSlaClock(hour, at('2026-03-04T02:00')), calendarOf({ week: [] }))).toEqual({ warnAtMs: undefined, breachAtMs: undefined });
  });
});

describe('a clock', () => {
  const start = at('2026-03-04T09:00');

  test('pauses while the customer is waited for', () => {
    const paused = pauseSlaClock(startSlaClock(hour, start), office, start + 40 * 60_000);
    expect(slaDueTimes(paused, office)).toEqual({ warnAtMs: undefined, breachAtMs: undefined });
    const again = resumeSlaClock(pauseSlaClock(paused, office, start + 2 * hour), start + 3 * hour);
    expect(slaDueTimes(again, office)).toEqual({ warnAtMs: start + 3 * hour + 8 * 60_000, breachAtMs: start + 3 * hour + 20 * 60_000 });
  });

  test('warns at 80 % and tells the breach, each once', () => {
    let clock = startSlaClock(hour, start);
    const told: (string | undefined)[] = [];
    for (const minute of [47, 48, 50, 59, 60, 90]) {
      const step = tickSlaClock(clock, office, start + minute * 60_000);
      clock = step.clock;
      told.push(step.told);
    }
    expect(told).toEqual([undefined, 'warning', undefined, undefined, 'breach', undefined]);
    expect(slaDueTimes(clock, office)).toEqual({ warnAtMs: undefined, breachAtMs: undefined });
    expect(tickSlaClock(limitSlaClock(clock, 4 * hour), office, start + 5 * hour).told).toBeUndefined();
  });

  test('looked at late tells the breach alone', () => {
    expect(tickSlaClock(startSlaClock(hour, start), office, start + 9 * hour).told).toBe('breach');
  });

  test('is worked out again when limit or calendar change, with what was used already', () => {
    const clock = limitSlaClock(startSlaClock(4 * hour, start), hour);
    expect(slaDueTimes(clock, office).breachAtMs).toBe(start + hour);
    const moved = moveSlaClock(startSlaClock(2 * hour, at('2026-03-04T16:00')), office, at('2026-03-04T20:00'));
    expect(usedSlaMs(moved, withLunch, at('2026-03-04T20:00'))).toBe(hour);
    expect(slaDueTimes(moved, withLunch).breachAtMs).toBe(at('2026-03-05T10:00'));
  });
});
