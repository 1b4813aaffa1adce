/** The last local midnight of a time zone, milliseconds since the Unix epoch. Days that skip midnight begin at their first moment. */
export function midnightMs(nowMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const today = format.format(nowMs);
  // The day began at most 25 hours ago; the first moment whose date is today's is found by halving.
  let before = nowMs - 26 * 3_600_000;
  let after = nowMs;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (format.format(middle) === today) after = middle;
    else before = middle;
  }
  return after;
}
