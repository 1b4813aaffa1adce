import type { DaySpan, Hours } from '@patchbay/contracts/directory/v1/resource';

/** A moment as a clock on the wall of a zone shows it. */
export interface LocalTime {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** 1 Monday to 7 Sunday (ISO 8601). */
  readonly weekday: number;
  /** Since local midnight, by the wall clock. */
  readonly msOfDay: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

/** 1 Monday to 7 Sunday of a date `YYYY-MM-DD`. */
function weekdayOf(date: string): number {
  const sunday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return sunday === 0 ? 7 : sunday;
}

/** @param timeZone IANA name; a RangeError when the platform does not know it */
export function toLocalTime(timeZone: string, timeMs: number): LocalTime {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatterOf(timeZone).formatToParts(timeMs)) parts[type] = value;
  const date = `${parts['year'] ?? ''}-${parts['month'] ?? ''}-${parts['day'] ?? ''}`;
  const seconds = (Number(parts['hour']) * 60 + Number(parts['minute'])) * 60 + Number(parts['second']);
  return { date, weekday: weekdayOf(date), msOfDay: seconds * 1_000 + (((timeMs % 1_000) + 1_000) % 1_000) };
}

/** When the local day of this moment began. A day that skips midnight begins at its first moment. */
export function localMidnightMs(timeZone: string, timeMs: number): number {
  const { date, msOfDay } = toLocalTime(timeZone, timeMs);
  const guessMs = timeMs - msOfDay;
  const guess = toLocalTime(timeZone, guessMs);
  // The clock was put forward or back since midnight: the guess is off by just that.
  if (guess.date === date) return guessMs - guess.msOfDay;
  return guessMs + (86_400_000 - guess.msOfDay);
}

const days = new Map<string, { startMs: number; endMs: number }>();

/** `localMidnightMs`, remembered for the day it was last asked for: it is needed with every decision. */
export function dayStartMs(timeZone: string, timeMs: number): number {
  let day = days.get(timeZone);
  if (day === undefined || timeMs < day.startMs || timeMs >= day.endMs) {
    const startMs = localMidnightMs(timeZone, timeMs);
    // No day is shorter than 23 hours; the rest of a longer one is looked up again.
    day = { startMs, endMs: Math.max(timeMs + 1_000, startMs + 23 * 3_600_000) };
    days.set(timeZone, day);
  }
  return day.startMs;
}

/** Minutes since midnight of `HH:MM`. */
export function minuteOf(clock: string): number {
  const [hour = '0', minute = '0'] = clock.split(':');
  return Number(hour) * 60 + Number(minute);
}

/** Zone in which hours are read. @param tenantTimeZone zone of hours that name none */
export function zoneOf(hours: Hours, tenantTimeZone: string): string {
  return hours.timeZone === '' ? tenantTimeZone : hours.timeZone;
}

/** Opening times of one date, `YYYY-MM-DD`: a date that differs (a holiday, a make-up working day 调休) goes before the weekday. */
export function spansOf(hours: Hours, date: string): readonly DaySpan[] {
  const dated = hours.dates.find((one) => one.date === date);
  return dated?.spans ?? hours.week.filter((day) => day.weekday === weekdayOf(date)).flatMap((day) => day.spans);
}

/** Whether opening hours hold at a moment; `to` itself is closed. @param tenantTimeZone zone of hours that name none */
export function isOpen(hours: Hours, tenantTimeZone: string, timeMs: number): boolean {
  const local = toLocalTime(zoneOf(hours, tenantTimeZone), timeMs);
  const minute = Math.floor(local.msOfDay / 60_000);
  return spansOf(hours, local.date).some((span) => minuteOf(span.from) <= minute && minute < minuteOf(span.to));
}
