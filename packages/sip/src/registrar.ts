import type { Parameters } from './message/parameters.ts';
import type { HeaderField } from './message/message.ts';

/** One contact of an address of record (RFC 3261 section 10). */
export interface Binding {
  /** Contact URI as registered; the Request-URI of calls to it. */
  readonly uri: string;
  readonly callId: string;
  readonly cseq: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
  /** Preference, 0 to 1. */
  readonly q: number;
  /** Parameters of the Contact besides expires and q, e.g. `+sip.instance`. */
  readonly parameters: Parameters;
}

/** Bounds of the registrar. */
export interface RegistrarLimits {
  /** Shortest registration in seconds; shorter ones get 423 with Min-Expires. */
  readonly minExpiresS: number;
  /** Longest; longer ones are cut to it. */
  readonly maxExpiresS: number;
  /** When the request names none. */
  readonly defaultExpiresS: number;
  readonly maxBindings: number;
}

/** What a REGISTER does: the bindings afterwards and the answer to send. Unchanged bindings when refused. */
export interface RegisterOutcome {
  readonly bindings: readonly Binding[];
  readonly status: 200 | 400 | 403 | 423 | 500;
  readonly headers: readonly HeaderField[];
}
