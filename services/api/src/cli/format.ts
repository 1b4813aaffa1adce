/** Columns that a text takes in a terminal: Chinese, Japanese and Korean signs take two (Unicode UAX #11, simplified). */
export function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    const isWide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) || (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3fffd);
    width += isWide ? 2 : 1;
  }
  return width;
}

/** The text filled up with spaces to so many columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Signs that would move the cursor or colour the terminal; what comes from customers may hold them. */
export function clean(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

/** Rows under their heads, columns apart by two spaces; "nothing" for no rows. */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'nothing\n';
  const cells = [heads, ...rows.map((row) => row.map(clean))];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))));
  return cells.map((row) => `${row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join('  ')}\n`).join('');
}

/** Local date and time to the second; empty for none. */
export function formatTime(time: Date | undefined): string {
  if (time === undefined || Number.isNaN(time.getTime())) return '';
  const two = (number: number) => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** `3 s`, `2:05`, `1:02:05`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (number: number) => String(number).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** A figure with one decimal, or a dash where it has no ground. */
export function formatFigure(value: number | undefined, unit = ''): string {
  return value === undefined ? '–' : `${Number.isInteger(value) ? value : value.toFixed(1)}${unit}`;
}

/** The word of an enum value as people write it: `CONTACT_STATUS_WRAP_UP` becomes `wrap-up`. */
export function formatWord(long: string, prefix: string): string {
  return long === `${prefix}UNSPECIFIED` ? '' : long.replace(prefix, '').toLowerCase().replaceAll('_', '-');
}

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** One sign a value from the lowest to the highest; a dot where there is none. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  return values.map((value) => (value === undefined ? '·' : (bars[span === 0 ? 3 : Math.round(((value - low) / span) * 7)] ?? ''))).join('');
}
