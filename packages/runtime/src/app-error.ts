/**
 * The kinds of failure that a caller can tell apart, named as the gRPC status codes
 * (https://grpc.io/docs/guides/status-codes/). Everything else about an error is its code.
 */
export type ErrorStatus =
  | 'cancelled'
  | 'invalid_argument'
  | 'deadline_exceeded'
  | 'not_found'
  | 'already_exists'
  | 'permission_denied'
  | 'resource_exhausted'
  | 'failed_precondition'
  | 'aborted'
  | 'out_of_range'
  | 'unimplemented'
  | 'internal'
  | 'unavailable'
  | 'data_loss'
  | 'unauthenticated';

/** One row of a package's error table. */
export interface ErrorDefinition {
  /** Kind of failure. */
  status: ErrorStatus;
  /** What it means, in one sentence. Safe to show: no customer data. */
  meaning: string;
  /** What to do about it. */
  remedy: string;
  /** Whether the same request may succeed later. Default: status is unavailable, deadline_exceeded, aborted or resource_exhausted. */
  retryable?: boolean;
}

/** What goes with an error besides its code. */
export interface ErrorOptions {
  /** The fault that led to it; kept for the log, never sent to a caller. */
  cause?: unknown;
  /** Safe facts for the caller: names, limits, ids. Never customer text, addresses or secrets. */
  details?: Record<string, string>;
  /** Protobuf message for the caller, by full type name, e.g. the list of resource faults. */
  attachment?: { type: string; value: Uint8Array };
}

const retryableByStatus: ReadonlySet<ErrorStatus> = new Set(['unavailable', 'deadline_exceeded', 'aborted', 'resource_exhausted']);

/**
 * The one error type of the house. Callers read `code`, `status` and `retryable`; the message is for people.
 */
export class AppError extends Error {
  /** Stable code, upper snake case, prefixed by its owner: `ROUTING_OFFER_GONE`. */
  readonly code: string;
  /** Kind of failure. */
  readonly status: ErrorStatus;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Safe facts for the caller. */
  readonly details: Readonly<Record<string, string>>;
  /** Protobuf message for the caller. */
  readonly attachment: { type: string; value: Uint8Array } | undefined;

  constructor(code: string, definition: ErrorDefinition, options: ErrorOptions = {}) {
    super(definition.meaning, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = definition.status;
    this.retryable = definition.retryable ?? retryableByStatus.has(definition.status);
    this.details = options.details ?? {};
    this.attachment = options.attachment;
  }

  /** Converts whatever was thrown, once, at the edge. A stranger becomes `RUNTIME_UNEXPECTED` with the original as cause. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    // By name, since a DOMException need not be an Error of this realm.
    const name = (thrown as { name?: unknown } | null | undefined)?.name;
    if (name === 'AbortError') {
      return new AppError('RUNTIME_CANCELLED', { status: 'cancelled', meaning: 'The caller went away.', remedy: 'Nothing; the work was dropped.' }, { cause: thrown });
    }
    if (name === 'TimeoutError') {
      return new AppError('RUNTIME_DEADLINE', { status: 'deadline_exceeded', meaning: 'The deadline passed.', remedy: 'Try again; look at the load when it goes on.' }, { cause: thrown });
    }
    return new AppError('RUNTIME_UNEXPECTED', { status: 'internal', meaning: 'Something unexpected went wrong.', remedy: 'See the log entry with the same trace id.' }, { cause: thrown });
  }
}

/** Makes errors of one table: `const fail = errorsOf(table); throw fail('ROUTING_OFFER_GONE', {details})`. */
export function errorsOf<Table extends Record<string, ErrorDefinition>>(table: Table): (code: keyof Table & string, options?: ErrorOptions) => AppError {
  return (code, options) => new AppError(code, table[code] as ErrorDefinition, options);
}
