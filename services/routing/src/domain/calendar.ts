import type { Hours } from '@patchbay/contracts/directory/v1/resource';
import { minuteOf, spansOf, toLocalTime, zoneOf } from './hours.ts';

/** A stretch of opening time; half-open. */
export interface OpenSpan {
  readonly startMs: number;
  readonly endMs: number;
}

const dayMs = 86_400_000;

/**
 * When a wall clock of the zone shows a minute of a day. A time that is skipped when clocks go forward gives the moment
 * as if they had not; one that comes twice gives one of the two.
 * @param dateMs the date's midnight as if it were UTC
 */
function wallClockMs(timeZone: string, dateMs: number, minute: number): number {
  const wantedMs = dateMs + minute * 60_000;
  let guessMs = wantedMs;
  for (let round = 0; round < 3; round += 1) {
    const shown = toLocalTime(timeZone, guessMs);
    const offMs = Date.parse(`${shown.date}T00:00:00Z`) + shown.msOfDay - wantedMs;
    if (offMs === 0) break;
    guessMs -= offMs;
  }
  return guessMs;
}

/** Days as they were worked out, by zone and date: promises ask for the same few again and again. */
const remembered = new WeakMap<Hours, Map<string, readonly OpenSpan[]>>();
const mostRemembered = 1_000;

/** Opening time of one local day, in order. */
function spansOfDay(hours: Hours, timeZone: string, dateMs: number): readonly OpenSpan[] {
  let days = remembered.get(hours);
  if (days === undefined || days.size >= mostRemembered) remembered.set(hours, (days = new Map()));
  const key = `${timeZone} ${String(dateMs)}`;
  let spans = days.get(key);
  if (spans === undefined) {
    spans = spansOf(hours, new Date(dateMs).toISOString().slice(0, 10))
      .map(({ from, to }) => ({ startMs: wallClockMs(timeZone, dateMs, minuteOf(from)), endMs: wallClockMs(timeZone, dateMs, minuteOf(to)) }))
      .filter(({ startMs, endMs }) => startMs < endMs)
      .sort((left, right) => left.startMs - right.startMs);
    days.set(key, spans);
  }
  return spans;
}

/**
 * Opening time from a moment on, in order, no stretch twice; the first one is cut at the moment, and one that ends as the next
 * begins stays a stretch of its own: hours that never close are told day by day.
 * @param days how far to look, local days
 */
export function* openSpans(hours: Hours, tenantTimeZone: string, fromMs: number, days: number): Generator<OpenSpan> {
  const timeZone = zoneOf(hours, tenantTimeZone);
  const firstDateMs = Date.parse(`${toLocalTime(timeZone, fromMs).date}T00:00:00Z`);
  let toldMs = fromMs;
  for (let day = 0; day < days; day += 1) {
    for (const { startMs, endMs } of spansOfDay(hours, timeZone, firstDateMs + day * dayMs)) {
      if (endMs <= toldMs) continue;
      yield { startMs: Math.max(startMs, toldMs), endMs };
      toldMs = endMs;
    }
  }
}

/** How far ahead the end of the hours is looked for. */
const closingDays = 8;

/** When the hours that hold at a moment, or the next ones, end; undefined when that is not within a week. */
export function closesAtMs(hours: Hours, tenantTimeZone: string, timeMs: number): number | undefined {
  let endsMs: number | undefined;
  for (const { startMs, endMs } of openSpans(hours, tenantTimeZone, timeMs, closingDays)) {
    if (endsMs !== undefined && startMs > endsMs) break;
    endsMs = endMs;
  }
  return endsMs === undefined || endsMs >= timeMs + (closingDays - 1) * dayMs ? undefined : endsMs;
}

/** The first moment from this one on at which hours hold; undefined when there is none within a year. */
export function nextOpenMs(hours: Hours, tenantTimeZone: string, timeMs: number): number | undefined {
  for (const { startMs } of openSpans(hours, tenantTimeZone, timeMs, longestDays)) return startMs;
  return undefined;
}

/** Local days that are looked through for open time, at most: a calendar that opens so rarely has no due time. */
const longestDays = 400;

/** When so much open time has passed since a moment; undefined when it never does. */
export function afterOpenTimeMs(hours: Hours, tenantTimeZone: string, fromMs: number, openMs: number): number | undefined {
  let leftMs = openMs;
  for (const { startMs, endMs } of openSpans(hours, tenantTimeZone, fromMs, longestDays)) {
    if (endMs - startMs >= leftMs) return startMs + leftMs;
    leftMs -= endMs - startMs;
  }
  return undefined;
}

/** Open time between two moments. */
export function openTimeMs(hours: Hours, tenantTimeZone: string, fromMs: number, untilMs: number): number {
  let openMs = 0;
  const days = Math.ceil(Math.max(0, untilMs - fromMs) / dayMs) + 2;
  for (const { startMs, endMs } of openSpans(hours, tenantTimeZone, fromMs, days)) openMs += Math.max(0, Math.min(endMs, untilMs) - startMs);
  return openMs;
}
