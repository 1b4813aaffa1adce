import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of deploy/local. */
export const localErrors = {
  LOCAL_SERVER_NOT_FOUND: {
    status: 'failed_precondition',
    meaning: 'A server was neither given, nor on PATH, nor could it be fetched.',
    remedy: 'See the reasons in the details, or run `npm run -s patchbay -- doctor`; each names a way to get it.',
  },
  LOCAL_SERVER_FAILED: {
    status: 'unavailable',
    meaning: 'A server process ended, or did not answer in time, while it was being started.',
    remedy: 'Read the log file named in the details; its last lines are there too.',
  },
  LOCAL_PORT_TAKEN: {
    status: 'failed_precondition',
    meaning: 'A port that is needed is already in use.',
    remedy: 'End the process that holds it, or shift all ports with PATCHBAY_PORT_OFFSET=1000.',
  },
  LOCAL_DOWNLOAD_FAILED: {
    status: 'unavailable',
    meaning: 'A download did not finish.',
    remedy: 'Check the network and the package registry settings (pip, Go, Maven, npm) and start again; what was fetched is kept.',
  },
  LOCAL_CACHE_BUSY: {
    status: 'unavailable',
    meaning: 'Another process has been filling the same place of the cache for too long.',
    remedy: 'Wait for it, or remove the lock file named in the details when no such process runs.',
  },
  LOCAL_ROOT_CANNOT_RUN_POSTGRES: {
    status: 'failed_precondition',
    meaning: 'PostgreSQL refuses to run as root and no other user of this machine can reach its files.',
    remedy: 'Start as an ordinary user, put the project where others may enter (not below /root), or set DATABASE_URL.',
  },
  LOCAL_BAD_DATABASE_NAME: {
    status: 'invalid_argument',
    meaning: 'A database name has other characters than small letters, digits and underscores.',
    remedy: 'Choose another name.',
  },
  LOCAL_BAD_OPTION: {
    status: 'invalid_argument',
    meaning: 'An option of deploy/local has a value that it cannot have.',
    remedy: 'Give a value of the kind that the details name.',
  },
  LOCAL_ALREADY_RUNNING: {
    status: 'failed_precondition',
    meaning: 'Another stack already runs on this home.',
    remedy: 'Stop it (Ctrl-C where it runs, or end the process named in the details), or choose another PATCHBAY_HOME and PATCHBAY_PORT_OFFSET.',
  },
  LOCAL_SERVICE_NOT_READY: {
    status: 'unavailable',
    meaning: 'A service did not become ready.',
    remedy: 'Read its log file named in the details; its last lines are there too.',
  },
  LOCAL_STOPPED: {
    status: 'cancelled',
    meaning: 'The stack was stopped while it was starting.',
    remedy: 'Nothing; start it again when it is wanted.',
  },
  LOCAL_BUILD_FAILED: {
    status: 'failed_precondition',
    meaning: 'The web pages of a service could not be built.',
    remedy: 'Correct the fault in the details; `npx vite build` in the folder of the service shows it whole.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of deploy/local. */
export const localError = errorsOf(localErrors);
