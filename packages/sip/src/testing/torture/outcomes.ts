/**
 * The messages of RFC 4475 (`*.dat` beside this file, byte for byte from the archive in its appendix A; the final empty
 * line of `baddn` is restored) and what becomes of each here.
 */
export interface TortureOutcome {
  readonly file: string;
  /** Section of RFC 4475. */
  readonly section: string;
  /** `accepted` by the parser, or the code of its error. */
  readonly parsed: string;
  /** Status with which a user agent with default handlers answers; undefined when it must be silent. */
  readonly answer: number | undefined;
}

const row = (section: string, file: string, parsed: string, answer: number | undefined): TortureOutcome => ({ section, file, parsed, answer });

/** Section 3.1.1: must be accepted. An INVITE that reaches the handler is answered 404 by it. */
export const validMessages: readonly TortureOutcome[] = [
  // Has a To tag, so it is for a call that we do not have.
  row('3.1.1.1', 'wsinv', 'accepted', 481),
  row('3.1.1.2', 'intmeth', 'accepted', 501),
  row('3.1.1.3', 'esc01', 'accepted', 404),
  row('3.1.1.4', 'escnull', 'accepted', 405),
  row('3.1.1.5', 'esc02', 'accepted', 501),
  row('3.1.1.6', 'lwsdisp', 'accepted', 200),
  row('3.1.1.7', 'longreq', 'accepted', 404),
  row('3.1.1.8', 'dblreq', 'accepted', 405),
  row('3.1.1.9', 'semiuri', 'accepted', 200),
  row('3.1.1.10', 'transports', 'accepted', 200),
  row('3.1.1.11', 'mpart01', 'accepted', 405),
  row('3.1.1.12', 'unreason', 'accepted', undefined),
  row('3.1.1.13', 'noreason', 'accepted', undefined),
];

/** Section 3.1.2: must be refused; bad responses are dropped without a word. */
export const invalidMessages: readonly TortureOutcome[] = [
  row('3.1.2.1', 'badinv01', 'SIP_BAD_HEADER', 400),
  row('3.1.2.2', 'clerr', 'SIP_BAD_LENGTH', 400),
  row('3.1.2.3', 'ncl', 'SIP_BAD_LENGTH', 400),
  row('3.1.2.4', 'scalar02', 'SIP_BAD_HEADER', 400),
  row('3.1.2.5', 'scalarlg', 'SIP_BAD_HEADER', undefined),
  row('3.1.2.6', 'quotbal', 'SIP_BAD_HEADER', 400),
  row('3.1.2.7', 'ltgtruri', 'SIP_BAD_START_LINE', 400),
  row('3.1.2.8', 'lwsruri', 'SIP_BAD_START_LINE', 400),
  row('3.1.2.9', 'lwsstart', 'SIP_BAD_START_LINE', 400),
  row('3.1.2.10', 'trws', 'SIP_BAD_START_LINE', 400),
  row('3.1.2.11', 'escruri', 'SIP_BAD_START_LINE', 400),
  row('3.1.2.12', 'baddate', 'SIP_BAD_HEADER', 400),
  row('3.1.2.13', 'regbadct', 'SIP_BAD_HEADER', 400),
  row('3.1.2.14', 'badaspec', 'SIP_BAD_HEADER', 400),
  row('3.1.2.15', 'baddn', 'SIP_BAD_HEADER', 400),
  row('3.1.2.16', 'badvers', 'SIP_BAD_VERSION', 505),
  row('3.1.2.17', 'mismatch01', 'SIP_METHOD_MISMATCH', 400),
  row('3.1.2.18', 'mismatch02', 'SIP_METHOD_MISMATCH', 400),
  row('3.1.2.19', 'bigcode', 'SIP_BAD_START_LINE', undefined),
];

/** Sections 3.2 to 3.4: well-formed or not, what counts is what the user agent makes of them. */
export const applicationMessages: readonly TortureOutcome[] = [
  // The branch is only the cookie: matched like one of RFC 2543.
  row('3.2.1', 'badbranch', 'accepted', 200),
  row('3.3.1', 'insuf', 'SIP_MISSING_HEADER', 400),
  row('3.3.2', 'unkscm', 'accepted', 416),
  row('3.3.3', 'novelsc', 'accepted', 416),
  // Schemes in To and Contact are for the registrar; without one it is 405.
  row('3.3.4', 'unksm2', 'accepted', 405),
  row('3.3.5', 'bext01', 'accepted', 420),
  row('3.3.6', 'invut', 'accepted', 415),
  row('3.3.7', 'regaut01', 'accepted', 405),
  row('3.3.8', 'multi01', 'SIP_DUPLICATE_HEADER', 400),
  row('3.3.9', 'mcl01', 'SIP_DUPLICATE_HEADER', 400),
  // A response with a second Via below ours is dropped.
  row('3.3.10', 'bcast', 'accepted', undefined),
  // Only a proxy counts Max-Forwards down; the request is for us.
  row('3.3.11', 'zeromf', 'accepted', 200),
  row('3.3.12', 'cparam01', 'accepted', 405),
  row('3.3.13', 'cparam02', 'accepted', 405),
  row('3.3.14', 'regescrt', 'accepted', 405),
  row('3.3.15', 'sdp01', 'accepted', 406),
  row('3.4.1', 'inv2543', 'accepted', 404),
];
