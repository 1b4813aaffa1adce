import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of services/directory. */
export const directoryErrors = {
  DIRECTORY_INVALID_RESOURCES: {
    status: 'invalid_argument',
    meaning: 'The files were not applied: something in them is wrong; every fault is attached.',
    remedy: 'Correct each fault at its file and line, then apply again; nothing was changed.',
  },
  DIRECTORY_PARSE_TIMEOUT: {
    status: 'invalid_argument',
    meaning: 'Reading the files took longer than the limit.',
    remedy: 'Apply them in several goes; take deep nesting and aliases out.',
  },
  DIRECTORY_UNKNOWN_RESOURCE: {
    status: 'not_found',
    meaning: 'The tenant has no resource of this kind and name.',
    remedy: 'List the resources of the kind; see whether the name is spelt right.',
  },
  DIRECTORY_BAD_REQUEST: {
    status: 'invalid_argument',
    meaning: 'A field of the request is missing or not well formed.',
    remedy: 'Correct the field named in the details.',
  },
  DIRECTORY_IN_USE: {
    status: 'failed_precondition',
    meaning: 'The resource cannot be removed: others name it.',
    remedy: 'Change or remove the resources listed in the details first.',
  },
  DIRECTORY_LAST_ADMIN: {
    status: 'failed_precondition',
    meaning: 'Without this user nobody could administer the tenant.',
    remedy: 'Give another user the role admin first.',
  },
  DIRECTORY_TENANT_STAYS: {
    status: 'failed_precondition',
    meaning: 'A tenant cannot be removed through itself.',
    remedy: 'Remove its resources; the empty tenant does no harm.',
  },
  DIRECTORY_LIST_TOO_LONG: {
    status: 'out_of_range',
    meaning: 'The resources do not fit into one answer.',
    remedy: 'List one kind at a time, or watch, which sends them one by one.',
  },
  DIRECTORY_FORBIDDEN: {
    status: 'permission_denied',
    meaning: 'The caller has no role that allows this.',
    remedy: 'Ask an administrator; the README of the service lists who may do what.',
  },
  DIRECTORY_BAD_CREDENTIALS: {
    status: 'unauthenticated',
    meaning: 'User, password, token or key is not right.',
    remedy: 'Sign in again with the right credentials; an administrator can set a new password.',
  },
  DIRECTORY_LOCKED_OUT: {
    status: 'resource_exhausted',
    meaning: 'Too many failed tries for this user.',
    remedy: 'Wait for the time in the details, then try again.',
  },
  DIRECTORY_BUSY: {
    status: 'resource_exhausted',
    meaning: 'Too many passwords are being checked at once.',
    remedy: 'Try again in a moment.',
  },
  DIRECTORY_WEAK_PASSWORD: {
    status: 'invalid_argument',
    meaning: 'The password is too short, too long or too simple.',
    remedy: 'Use 10 to 256 signs, not the user name and not one sign repeated.',
  },
  DIRECTORY_NO_PHONE: {
    status: 'failed_precondition',
    meaning: 'The agent has no SIP phone.',
    remedy: 'Give the Agent resource a sipUsername first.',
  },
  DIRECTORY_UNKNOWN_PHONE: {
    status: 'not_found',
    meaning: 'No agent has a phone with this user name and a password.',
    remedy: 'See the sipUsername of the agent; set a phone password after the name was changed.',
  },
  DIRECTORY_UNKNOWN_KEY: {
    status: 'not_found',
    meaning: 'The tenant has no API key of this id.',
    remedy: 'List the keys.',
  },
  DIRECTORY_TOO_MANY_KEYS: {
    status: 'failed_precondition',
    meaning: 'The tenant has as many API keys as it may.',
    remedy: 'Keys that were revoked or ran out a month ago make room; revoke what is not used.',
  },
  DIRECTORY_CONFLICT: {
    status: 'aborted',
    meaning: 'Somebody else changed the same at the same time.',
    remedy: 'Read it again and try again.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this service. */
export const directoryError = errorsOf(directoryErrors);
