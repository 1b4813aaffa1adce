/** Compact forms (RFC 3261 section 7.3.3 and the IANA registry), to long names in lower case. */
const compactNames: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

/** Names that are not simply capitalised at each hyphen. */
const oddNames: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'mime-version': 'MIME-Version',
  rack: 'RAck',
  rseq: 'RSeq',
  'sip-etag': 'SIP-ETag',
  'sip-if-match': 'SIP-If-Match',
  'www-authenticate': 'WWW-Authenticate',
};

/** Names as peers mostly write them, so that the common case costs one look-up and no folding. */
const usualNames = [
  'Via', 'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Contact', 'Content-Type', 'Content-Length', 'Route', 'Record-Route', 'Allow', 'Supported',
  'Require', 'User-Agent', 'Server', 'Expires', 'Authorization', 'Proxy-Authorization', 'WWW-Authenticate', 'Proxy-Authenticate', 'Accept', 'Subject',
  'Date', 'Session-Expires', 'Min-SE', 'Retry-After', 'Reason', 'P-Asserted-Identity', 'Event', 'Allow-Events',
];
const known = new Map<string, string>([
  ...usualNames.map((name) => [name, name.toLowerCase()] as const),
  ...Object.entries(compactNames).flatMap(([short, long]) => [[short, long] as const, [short.toUpperCase(), long] as const]),
]);

/** The long form of a header name in lower case: `v` and `VIA` are `via`. */
export function longName(name: string): string {
  return known.get(name) ?? name.toLowerCase();
}

const written = new Map<string, string>([...usualNames.map((name) => [name.toLowerCase(), name] as const), ...Object.entries(oddNames)]);

/** A header name as it is written on the wire: `call-id` is `Call-ID`. */
export function wireName(name: string): string {
  return written.get(name) ?? name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}
