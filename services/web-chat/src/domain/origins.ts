/** Reads the `origins` setting of an entry point: a comma-separated list; `*` allows every origin. */
export function parseOrigins(setting: string): readonly string[] {
  return setting
    .split(',')
    .map((origin) => origin.trim().toLowerCase())
    .filter((origin) => origin !== '');
}

/**
 * Whether a page of this origin may use the widget. Browsers always send an Origin with a WebSocket; programs often do
 * not, and for them it would prove nothing: without one only `*` lets them in.
 */
export function isOriginAllowed(setting: string, origin: string | undefined): boolean {
  const allowed = parseOrigins(setting);
  return allowed.includes('*') || (origin !== undefined && origin !== 'null' && allowed.includes(origin.toLowerCase()));
}
