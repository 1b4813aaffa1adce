import type { Hours } from '@patchbay/contracts/directory/v1/resource';
import { afterOpenTimeMs, openTimeMs } from './calendar.ts';

/** By what calendar a clock runs. */
export interface SlaCalendar {
  /** Undefined for always. */
  readonly hours: Hours | undefined;
  readonly tenantTimeZone: string;
}

/** One promise to a customer, e.g. a first answer within an hour: counts open time but for pauses. Immutable. */
export interface SlaClock {
  /** Open time promised. */
  readonly limitMs: number;
  /** Open time used up before `runningSinceMs`. */
  readonly usedMs: number;
  /** Undefined while it is paused, which is while the customer is waited for, or met. */
  readonly runningSinceMs: number | undefined;
  /** What was told already: each is told once, whatever is changed afterwards. */
  readonly warned: boolean;
  readonly breached: boolean;
}

/** Share of the limit at which it is warned. */
const warnShare = 0.8;

export function startSlaClock(limitMs: number, nowMs: number): SlaClock {
  return { limitMs, usedMs: 0, runningSinceMs: nowMs, warned: false, breached: false };
}

/** Open time used up to a moment. */
export function usedSlaMs(clock: SlaClock, calendar: SlaCalendar, nowMs: number): number {
  const { usedMs, runningSinceMs } = clock;
  if (runningSinceMs === undefined) return usedMs;
  const { hours, tenantTimeZone } = calendar;
  return usedMs + (hours === undefined ? Math.max(0, nowMs - runningSinceMs) : openTimeMs(hours, tenantTimeZone, runningSinceMs, nowMs));
}

/** Stops counting: the customer is waited for, or the promise is met. Pausing again changes nothing. */
export function pauseSlaClock(clock: SlaClock, calendar: SlaCalendar, nowMs: number): SlaClock {
  return clock.runningSinceMs === undefined ? clock : { ...clock, usedMs: usedSlaMs(clock, calendar, nowMs), runningSinceMs: undefined };
}

/** Counts on: the customer wrote again. */
export function resumeSlaClock(clock: SlaClock, nowMs: number): SlaClock {
  return clock.runningSinceMs === undefined ? { ...clock, runningSinceMs: nowMs } : clock;
}

/** Another limit, because the priority changed; what was used and told stays. */
export function limitSlaClock(clock: SlaClock, limitMs: number): SlaClock {
  return { ...clock, limitMs };
}

/** Another calendar from a moment on: what was used so far counts by the old one. */
export function moveSlaClock(clock: SlaClock, from: SlaCalendar, nowMs: number): SlaClock {
  return clock.runningSinceMs === undefined ? clock : { ...clock, usedMs: usedSlaMs(clock, from, nowMs), runningSinceMs: nowMs };
}

function reachedAtMs(clock: SlaClock, { hours, tenantTimeZone }: SlaCalendar, usedMs: number): number | undefined {
  if (clock.runningSinceMs === undefined) return undefined;
  const leftMs = Math.max(0, usedMs - clock.usedMs);
  return hours === undefined ? clock.runningSinceMs + leftMs : afterOpenTimeMs(hours, tenantTimeZone, clock.runningSinceMs, leftMs);
}

/** When the warning and the breach come if nothing changes; undefined for what was told, or while it is paused. */
export function slaDueTimes(clock: SlaClock, calendar: SlaCalendar): { warnAtMs: number | undefined; breachAtMs: number | undefined } {
  return {
    warnAtMs: clock.warned || clock.breached ? undefined : reachedAtMs(clock, calendar, clock.limitMs * warnShare),
    breachAtMs: clock.breached ? undefined : reachedAtMs(clock, calendar, clock.limitMs),
  };
}

/** Whether so much is used that it is time to warn, or to look at it. */
export function isSlaAtRisk(clock: SlaClock, calendar: SlaCalendar, nowMs: number): boolean {
  return usedSlaMs(clock, calendar, nowMs) >= clock.limitMs * warnShare;
}

/** What is to be told now, at most once each; a clock that is looked at late tells the breach alone. */
export function tickSlaClock(clock: SlaClock, calendar: SlaCalendar, nowMs: number): { clock: SlaClock; told: 'warning' | 'breach' | undefined } {
  if (!clock.breached && usedSlaMs(clock, calendar, nowMs) >= clock.limitMs) return { clock: { ...clock, warned: true, breached: true }, told: 'breach' };
  if (!clock.warned && !clock.breached && isSlaAtRisk(clock, calendar, nowMs)) return { clock: { ...clock, warned: true }, told: 'warning' };
  return { clock, told: undefined };
}
