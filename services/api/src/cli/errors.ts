import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

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
  CLI_USAGE: { status: 'invalid_argument', meaning: 'An argument is not right.', remedy: 'See --help.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of the command line. */
export const cliError = errorsOf(cliErrors);

/** How the process ends. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
