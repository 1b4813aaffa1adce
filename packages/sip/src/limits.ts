/** The bounds of the stack's tables. Beyond each, new work is refused; work in hand goes on. */
export interface SipLimits {
  /** Server transactions; a new request beyond gets 503 with Retry-After, sent without allocating one. */
  readonly maxServerTransactions: number;
  /** Client transactions; beyond, sending fails with SIP_TOO_MANY_TRANSACTIONS. */
  readonly maxClientTransactions: number;
  /** Calls in any state before their end; beyond, 503 or SIP_TOO_MANY_DIALOGS. */
  readonly maxSessions: number;
  /** Retry-After in seconds when a table is full or the endpoint drains. */
  readonly retryAfterS: number;
  /** How long a call may stay unanswered by us before it is refused with 480, milliseconds. */
  readonly maxUnansweredMs: number;
}

/**
 * Room for about 100 call set-ups a second: each takes up to three server transactions that linger for 32 s over UDP.
 */
export const defaultLimits: SipLimits = {
  maxServerTransactions: 20_000,
  maxClientTransactions: 20_000,
  maxSessions: 4_000,
  retryAfterS: 10,
  maxUnansweredMs: 600_000,
};

/** Largest message in bytes, start line to end of body (UDP cannot carry more either). */
export const maxMessageBytes = 65_535;

/** Most header values in one message, list values counted one by one. */
export const maxHeaderFields = 256;

/** Longest start line or header field in bytes, folding included. */
export const maxLineBytes = 8_192;
