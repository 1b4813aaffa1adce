import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of services/api. */
export const apiErrors = {
  API_NO_CREDENTIAL: {
    status: 'unauthenticated',
    meaning: 'The call carries no credential.',
    remedy: 'Send `authorization: Bearer <token>` or `x-api-key: <key>`.',
  },
  API_BAD_CREDENTIAL: {
    status: 'unauthenticated',
    meaning: 'The token or key is not good, or no more.',
    remedy: 'Sign in again, or make a new key.',
  },
  API_FORBIDDEN: {
    status: 'permission_denied',
    meaning: 'The credential has no role that allows this.',
    remedy: 'See docs/reference/api.md for the roles of each method; ask an administrator.',
  },
  API_NOT_FOUND: {
    status: 'not_found',
    meaning: 'There is nothing of this id that the caller may see.',
    remedy: 'See whether the id is right and whether it is yours.',
  },
  API_MALFORMED_REQUEST: {
    status: 'invalid_argument',
    meaning: 'The bytes of the request are no message of this method.',
    remedy: 'Bring the client to the version of the protocol that the server has; see reflection.',
  },
  API_BAD_FIELD: {
    status: 'invalid_argument',
    meaning: 'A field of the request is not well formed.',
    remedy: 'Correct the fields named in the details.',
  },
  API_REQUEST_TOO_LARGE: {
    status: 'resource_exhausted',
    meaning: 'The request is larger than the limit.',
    remedy: 'Split it; larger bodies go through the object store.',
    retryable: false,
  },
  API_BUSY: {
    status: 'resource_exhausted',
    meaning: 'The server has as many calls in hand as it takes.',
    remedy: 'Try again after the delay in the details, or run more replicas.',
  },
  API_RATE_LIMITED: {
    status: 'resource_exhausted',
    meaning: 'Too many tries from this address.',
    remedy: 'Try again after the delay in the details.',
  },
  API_DRAINING: {
    status: 'unavailable',
    meaning: 'This server is about to stop.',
    remedy: 'Connect again; streams go on from their last token.',
  },
  API_BAD_RESUME_TOKEN: {
    status: 'invalid_argument',
    meaning: 'The resume token was not given out by this centre for this tenant.',
    remedy: 'Send the token of the last response unchanged, or none to begin now.',
  },
  RESUME_TOKEN_EXPIRED: {
    status: 'out_of_range',
    meaning: 'The resume token is older than what the stream keeps.',
    remedy: 'Read the present state, then watch again without a token.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this service. */
export const apiError = errorsOf(apiErrors);

/** Errors of the command line itself. */
export const cliErrors = {
  CLI_NO_ADDRESS: {
    status: 'failed_precondition',
    meaning: 'No address of a server is known.',
    remedy: 'Start one with npm start, or set PATCHBAY_API=host:port.',
  },
  CLI_NO_CREDENTIAL: {
    status: 'unauthenticated',
    meaning: 'Nobody is signed in.',
    remedy: 'Run patchbay sign-in, or set PATCHBAY_TOKEN or PATCHBAY_API_KEY.',
  },
  CLI_NO_FILE: { status: 'not_found', meaning: 'A file cannot be read.', remedy: 'See whether the path is right.' },
  CLI_NO_VARIABLE: {
    status: 'failed_precondition',
    meaning: 'A file names variables of the environment that are not set.',
    remedy: 'Set them, or write ${NAME:-default} in the file.',
  },
  CLI_FAULTS: { status: 'invalid_argument', meaning: 'Something in the files is wrong; nothing was applied.', remedy: 'Correct each fault and apply again.' },
  CLI_NOTHING: { status: 'not_found', meaning: 'There is nothing to give.', remedy: 'See whether the id is right, and whether it is there yet.' },
  CLI_DIFFERENT: { status: 'data_loss', meaning: 'A replay of the facts gives another state than the one it is held against.', remedy: 'Keep the stream and the logs of routing, and report it: state and record must be the same.' },
  CLI_USAGE: { status: 'invalid_argument', meaning: 'An argument is not right.', remedy: 'See --help.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of the command line. */
export const cliError = errorsOf(cliErrors);
