import type { IncomingMessage } from 'node:http';
import { deskError } from '../errors.ts';

/**
 * Whether a request comes from a page of the desk itself or of a listed origin. Browsers send Origin with every request
 * that changes something and with every WebSocket; a request without one did not come from a page.
 */
export function isOwnOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  if (allowed.includes(origin)) return true;
  try {
    return host !== undefined && new URL(origin).host === host;
  } catch {
    // An origin that is no address, such as `null`, is nobody's.
    return false;
  }
}

/** Throws DESK_BAD_ORIGIN for a request of another site's page. */
export function requireOwnOrigin(request: IncomingMessage, allowed: readonly string[]): void {
  if (!isOwnOrigin(request, allowed)) throw deskError('DESK_BAD_ORIGIN');
}
