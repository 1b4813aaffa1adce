import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of the desk. */
export const deskErrors = {
  DESK_SIGNED_OUT: { status: 'unauthenticated', meaning: 'There is no session, or it ran out.', remedy: 'Sign in.' },
  DESK_FORBIDDEN: { status: 'permission_denied', meaning: 'The user may not see or do this.', remedy: 'Ask an administrator for the role it needs.' },
  DESK_BAD_ORIGIN: {
    status: 'permission_denied',
    meaning: 'The request came from a page of another site.',
    remedy: 'Open the desk at its own address, or add the address to PATCHBAY_DESK_ORIGINS.',
  },
  DESK_BAD_REQUEST: { status: 'invalid_argument', meaning: 'The request is not as the protocol says.', remedy: 'Reload the page; the details name the field.' },
  DESK_TOO_LARGE: { status: 'invalid_argument', meaning: 'The request is larger than the desk takes.', remedy: 'Send less at once.' },
  DESK_UNKNOWN_METHOD: { status: 'unimplemented', meaning: 'The desk does not know this method.', remedy: 'Reload the page: it is of another version.' },
  DESK_TOO_MANY_REQUESTS: { status: 'resource_exhausted', meaning: 'Too many requests are in hand at once.', remedy: 'Wait for answers before asking more.' },
  DESK_NO_AGENT: { status: 'failed_precondition', meaning: 'The user works as no agent.', remedy: 'Name an agent in the user resource.' },
  DESK_NOT_FOUND: { status: 'not_found', meaning: 'There is no such thing here.', remedy: 'See whether it was erased or belongs to another centre.' },
  DESK_NOT_BUILT: { status: 'unavailable', meaning: 'The web application has not been built.', remedy: 'Run npm run build -w @patchbay/desk.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of the desk. */
export const deskError = errorsOf(deskErrors);
