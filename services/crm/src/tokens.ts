import { crmError } from './errors.ts';
import type { PageMark } from './ports.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(token: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw crmError('CRM_BAD_TOKEN', { cause: error });
  }
  throw crmError('CRM_BAD_TOKEN');
}

/** Page tokens hold the last record of the page and the filter they are good for. */
export function writePageToken(mark: PageMark, filterKey: string): string {
  return encode({ s: mark.startedAtMs, c: mark.contactId, f: filterKey });
}

/** Reads a page token; CRM_BAD_TOKEN when it belongs to another filter. */
export function readPageToken(token: string, filterKey: string): PageMark {
  const { s, c, f } = decode(token);
  if (typeof s !== 'number' || typeof c !== 'string' || f !== filterKey) throw crmError('CRM_BAD_TOKEN');
  return { startedAtMs: s, contactId: c };
}

/** Resume tokens hold the database's time of the last look. */
export function writeResumeToken(seenMs: number): string {
  return encode({ t: seenMs });
}

/** Reads a resume token; milliseconds since the Unix epoch. */
export function readResumeToken(token: string): number {
  const { t } = decode(token);
  if (typeof t !== 'number' || !Number.isFinite(t)) throw crmError('CRM_BAD_TOKEN');
  return t;
}
