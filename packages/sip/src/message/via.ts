import type { Parameters } from './address.ts';

/** One Via value (RFC 3261 section 20.42). */
export interface Via {
  /** Transport in upper case: `UDP`, `TCP`, `TLS`, `SCTP`, `WS`, or an extension. */
  readonly transport: string;
  /** Host of sent-by as written; IPv6 with brackets. Never resolved. */
  readonly host: string;
  /** Port of sent-by; undefined when left out. */
  readonly port: number | undefined;
  /** Branch, the transaction's id when it begins with `z9hG4bK`; undefined from RFC 2543 elements. */
  readonly branch: string | undefined;
  readonly parameters: Parameters;
}
