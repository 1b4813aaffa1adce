import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Session } from '../session/sessions.ts';

/** One request as a route sees it. */
export interface RouteRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** Path segments after the route's own, decoded. */
  rest: readonly string[];
  query: URLSearchParams;
  /** The session of the cookie. DESK_SIGNED_OUT when there is none. */
  session(): Promise<Session>;
  /** Aborted when the browser goes away. */
  signal: AbortSignal;
}

export type Route = (request: RouteRequest) => Promise<void>;
