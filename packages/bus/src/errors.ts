import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of packages/bus. */
export const busErrors = {
  BUS_BAD_NAME: {
    status: 'invalid_argument',
    meaning: 'A tenant, key, channel, service or id has signs that a subject or a header cannot hold.',
    remedy: 'Use letters, digits, `-` and `_`, at most 128.',
  },
  BUS_STALE_WRITER: {
    status: 'aborted',
    meaning: 'The aggregate has newer facts than its writer knew.',
    remedy: 'Read the aggregate again and decide again; a writer that lost its lease must stop.',
  },
  BUS_CONFLICT: {
    status: 'aborted',
    meaning: 'The key was changed by somebody else.',
    remedy: 'Read it again and decide again.',
  },
  BUS_FULL: {
    status: 'resource_exhausted',
    meaning: 'The stream is at its size limit and takes no more.',
    remedy: 'Make consumers catch up, or give the stream more space; nothing that was acknowledged is lost.',
  },
  BUS_UNAVAILABLE: {
    status: 'unavailable',
    meaning: 'NATS did not answer in time.',
    remedy: 'See whether the servers are up and reachable; the client reconnects by itself.',
  },
  BUS_LOGIN_REFUSED: {
    status: 'unauthenticated',
    meaning: 'NATS refused the login, or asks for one and the address has none.',
    remedy: 'Put user and password of the server into NATS_URL: nats://user:password@host:port.',
  },
  BUS_NO_RESPONDER: {
    status: 'unavailable',
    meaning: 'No process serves this method.',
    remedy: 'See whether the service is up; ask again.',
  },
  BUS_CALL_BROKEN: {
    status: 'unavailable',
    meaning: 'The process that served the call went away in the middle of it.',
    remedy: 'Ask again; streams can go on from their last token.',
  },
  BUS_BAD_MESSAGE: {
    status: 'invalid_argument',
    meaning: 'A message has no known type or its body does not decode.',
    remedy: 'See the dead letter: the writer is newer than this reader, or is no Patchbay.',
    retryable: false,
  },
  BUS_UNKNOWN_METHOD: {
    status: 'unimplemented',
    meaning: 'The service does not have this method.',
    remedy: 'Bring caller and service to versions that fit.',
  },
  BUS_BAD_RESPONSE: {
    status: 'internal',
    meaning: 'The answer to a call does not decode.',
    remedy: 'Bring caller and service to versions that fit.',
  },
  BUS_OBJECT_UNKNOWN: {
    status: 'not_found',
    meaning: 'The object store has no such object.',
    remedy: 'See whether it was erased under its retention class.',
  },
  BUS_OBJECT_DAMAGED: {
    status: 'data_loss',
    meaning: 'The bytes of an object do not match its checksum.',
    remedy: 'Restore the object from a backup.',
  },
  BUS_LEASE_LOST: {
    status: 'aborted',
    meaning: 'The lease went to somebody else.',
    remedy: 'Stop writing; wait for the lease again.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this package. */
export const busError = errorsOf(busErrors);
