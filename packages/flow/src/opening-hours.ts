import type { DaySpan, Hours } from '@patchbay/contracts/directory/v1/resource';

const formats = new Map<string, Intl.DateTimeFormat>();

/** Formatters are dear to make; the zones in use are few, and the table is emptied when they are not. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  if (formats.size >= 500) formats.clear();
  const made = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  formats.set(timeZone, made);
  return made;
}

/** Date, ISO weekday (1 Monday) and minute of the day on the wall clock of the zone. */
function localTime(timeZone: string, atMs: number): { date: string; weekday: number; minute: number } {
  const parts = new Map(formatFor(timeZone).formatToParts(atMs).map((part) => [part.type, part.value]));
  const date = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return { date, weekday: weekday === 0 ? 7 : weekday, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

const covers = (spans: readonly DaySpan[], minute: number) => spans.some((span) => minute >= minuteOf(span.from) && minute < minuteOf(span.to));

/**
 * Whether it is open at that moment, on the wall clock of the hours' zone (daylight saving included). A date that is named
 * counts before the week; a weekday that is not named is closed.
 * @param tenantTimeZone IANA zone for hours that name none; throws RangeError when the zone is not known
 */
export function isOpenAt(hours: Hours, atMs: number, tenantTimeZone: string): boolean {
  const { date, weekday, minute } = localTime(hours.timeZone === '' ? tenantTimeZone : hours.timeZone, atMs);
  const special = hours.dates.find((one) => one.date === date);
  if (special !== undefined) return covers(special.spans, minute);
  return hours.week.some((one) => one.weekday === weekday && covers(one.spans, minute));
}
