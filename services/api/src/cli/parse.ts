import { cliError } from '../errors.ts';

/** A local time: ISO 8601, `YYYY-MM-DD`, `today`, `now`, so long ago: `90m`, `8h`, `7d`, or in so long: `+90m`. */
export function parseTime(text: string, nowMs: number): Date {
  const span = /^([+-]?)(\d{1,6})(m|h|d)$/.exec(text);
  if (span !== null) return new Date(nowMs + (span[1] === '+' ? 1 : -1) * Number(span[2]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[span[3] as 'm' | 'h' | 'd']);
  if (text === 'now') return new Date(nowMs);
  const midnight = new Date(nowMs);
  midnight.setHours(0, 0, 0, 0);
  if (text === 'today') return midnight;
  const time = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(time.getTime())) throw cliError('CLI_USAGE', { details: { time: `"${text}" is none of 2026-01-31, 2026-01-31T08:00, today, now, 90m, 8h, 7d, +2h` } });
  return time;
}

/** Whole number within the range. */
export function parseInteger(name: string, text: string, range: { min: number; max: number }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < range.min || value > range.max) throw cliError('CLI_USAGE', { details: { [name]: `must be a whole number from ${range.min} to ${range.max}` } });
  return value;
}

/** A word of an enum: `wrap-up` for `CONTACT_STATUS_WRAP_UP`. */
export function parseWord<Value extends number>(name: string, text: string, words: Readonly<Record<string, Value>>): Value {
  const key = text.toUpperCase().replaceAll('-', '_');
  const value = Object.hasOwn(words, key) ? words[key] : undefined;
  if (value === undefined || value <= 0) {
    const known = Object.entries(words).filter(([, number]) => number > 0).map(([word]) => word.toLowerCase().replaceAll('_', '-'));
    throw cliError('CLI_USAGE', { details: { [name]: `must be one of ${known.join(', ')}` } });
  }
  return value;
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
