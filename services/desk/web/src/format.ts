const pad = (value: number) => String(value).padStart(2, '0');

/** `3:07`, from an hour on `1:02:03`; never negative. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}:${pad(minutes % 60)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** Whole seconds left, rounded up; 0 when it is over. */
export function secondsLeft(endsMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((endsMs - nowMs) / 1000));
}

/** `part` of `whole` in percent, or null when there is no ground for one. */
export function percentOf(part: number, whole: number): number | null {
  return whole <= 0 ? null : (part / whole) * 100;
}

/** `85.2%`; `–` for nothing. */
export function formatPercent(value: number | null, digits = 1): string {
  if (value === null) return '–';
  return `${value === 100 || value === 0 ? value : value.toFixed(digits)}%`;
}

/** `9,346` */
export function formatCount(count: number, language: string): string {
  return new Intl.NumberFormat(language).format(count);
}

/** `14:03` in the language's own way. */
export function formatClock(ms: number, language: string, withSeconds = false): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(withSeconds ? { second: '2-digit' } : {}) }).format(ms);
}

/** Date and time; the date is left out for today. */
export function formatWhen(ms: number, nowMs: number, language: string): string {
  const sameDay = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  if (sameDay) return formatClock(ms, language);
  return new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
}

/** The title in a language: that very one, one of the same main language, or any. */
export function titleIn(titles: Readonly<Record<string, string>> | undefined, language: string, fallback: string): string {
  if (titles === undefined) return fallback;
  const main = language.split('-')[0] ?? language;
  const near = Object.keys(titles).find((tag) => tag === main || tag.startsWith(`${main}-`));
  return titles[language] ?? (near === undefined ? undefined : titles[near]) ?? Object.values(titles)[0] ?? fallback;
}

/** `12 KB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** An address as lists show it, masked as the server masks: enough to tell two apart. What is masked already stays. */
export function maskAddress(address: string): string {
  if (address.includes('*') || address.length <= 4) return address;
  const at = address.lastIndexOf('@');
  if (at > 0) return `${address.slice(0, 1)}***${address.slice(at)}`;
  return `${address.slice(0, address.length >= 11 ? address.length - 8 : 1)}****${address.slice(-4)}`;
}

/** First letter of a name for its picture; empty for a number or an address without one. */
export function initialOf(name: string): string {
  const [first = ''] = name.trim();
  return /\p{L}/u.test(first) ? first.toUpperCase() : '';
}
