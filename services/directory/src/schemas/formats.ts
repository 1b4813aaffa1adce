const namePattern = /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*){0,2}$/;

/** Whether the text can be the name of a resource: a key of KV and of a fact's subject is made of it. */
export function isResourceName(text: string): boolean {
  return text.length <= 63 && namePattern.test(text);
}

/** Whether the text can be a tenant id: one token of a subject. */
export function isTenantName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,30}$/.test(text);
}

function isTimeZone(text: string): boolean {
  // Offsets such as +08:00 are zones to Intl, but say nothing about daylight saving: names only.
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    // RangeError is how Intl says that it does not know the zone.
    return false;
  }
}

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Formats of the schemas. */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  'resource-name': isResourceName,
  'optional-resource-name': (text) => text === '' || isResourceName(text),
  'language-tag': (text) => /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$/.test(text),
  'time-zone': isTimeZone,
  date: isCalendarDate,
};
