import type { IncomingMessage } from 'node:http';

/** Reads and writes the session cookie. */
export interface SessionCookie {
  read(request: IncomingMessage): string | undefined;
  /** Value of a Set-Cookie header. */
  write(token: string, maxAgeSeconds: number): string;
  clear(): string;
}

/**
 * The session's token, out of reach of scripts and never sent from another site. Over TLS the name carries the `__Host-`
 * prefix, which browsers accept only for this very host (RFC 6265bis section 4.1.3).
 */
export function createSessionCookie(secure: boolean): SessionCookie {
  const name = secure ? '__Host-patchbay-desk' : 'patchbay-desk';
  const attributes = `; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return {
    read(request) {
      for (const pair of (request.headers.cookie ?? '').split(';')) {
        const at = pair.indexOf('=');
        if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
      }
      return undefined;
    },
    write: (token, maxAgeSeconds) => `${name}=${token}${attributes}; Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}`,
    clear: () => `${name}=${attributes}; Max-Age=0`,
  };
}
