/**
 * Parameters behind a header value or a URI: names in lower case, values as written (quoted strings with their
 * quotes taken off); an absent value is `undefined` under a present key.
 */
export type Parameters = ReadonlyMap<string, string | undefined>;

/** A name-addr or addr-spec with its header parameters: From, To, Contact, Route, Record-Route (RFC 3261 section 20). */
export interface NameAddress {
  /** Display name as UTF-8 text without quotes; undefined when there is none. */
  readonly displayName: string | undefined;
  /** The URI as written, without angle brackets. */
  readonly uri: string;
  /** Header parameters, e.g. `tag`, `expires`, `q`. */
  readonly parameters: Parameters;
}
