import { errorsOf, type ErrorDefinition } from './app-error.ts';

/** Errors of packages/runtime. */
export const runtimeErrors = {
  RUNTIME_BAD_CONFIG: {
    status: 'invalid_argument',
    meaning: 'The configuration of a process is wrong; every fault is listed.',
    remedy: 'Correct the named environment variables; start with --help for the list.',
  },
  RUNTIME_CANCELLED: { status: 'cancelled', meaning: 'The caller went away.', remedy: 'Nothing; the work was dropped.' },
  RUNTIME_DEADLINE: {
    status: 'deadline_exceeded',
    meaning: 'The deadline passed.',
    remedy: 'Try again; look at the load when it goes on.',
  },
  RUNTIME_UNEXPECTED: {
    status: 'internal',
    meaning: 'Something unexpected went wrong.',
    remedy: 'See the log entry with the same trace id.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this package. */
export const runtimeError = errorsOf(runtimeErrors);
