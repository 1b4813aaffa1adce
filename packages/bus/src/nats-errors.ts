import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { AuthorizationError, NoRespondersError, RequestError, TimeoutError } from '@nats-io/nats-core';
import { AppError } from '@patchbay/runtime/app-error';
import { busError } from './errors.ts';

/** JetStream API error codes that mean something to us (nats-server `server/errors.json`). */
const staleCode = 10071;
/** A write to the same subject is on its way through the cluster, so its last sequence is not known yet: asking again tells. */
export const writeInFlightCode = 10164;
const fullCodes = new Set([10047, 10077]);

/** No peers for a placement: servers of the cluster are not there yet, or not any more. */
const noPeersCode = 10005;

/** Whether the server said no, and would say so again; not when it did not answer, or cannot just now. */
export function isRefusal(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.status !== 503 && error.code !== noPeersCode;
}

/** Converts an error of the NATS client or server once, at the edge of the bus. */
export function toBusError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof JetStreamApiError) return apiError(error.code, error.message, error);
  const fault = error instanceof RequestError && error.cause !== undefined ? error.cause : error;
  if (fault instanceof NoRespondersError) return busError('BUS_NO_RESPONDER', { cause: error });
  if (fault instanceof TimeoutError) return busError('BUS_UNAVAILABLE', { cause: error });
  if (fault instanceof AuthorizationError) return busError('BUS_LOGIN_REFUSED', { cause: error });
  if (fault instanceof JetStreamError) return busError('BUS_UNAVAILABLE', { cause: error });
  const name = fault instanceof Error ? fault.name : '';
  // JetStreamNotEnabled, which the client does not export, is what a publish gets while a stream has no leader.
  if (/Connection|Closed|Draining|Protocol|Timeout|JetStreamNotEnabled/.test(name)) return busError('BUS_UNAVAILABLE', { cause: error });
  return AppError.from(error);
}

/** The error for a JetStream API answer. */
export function apiError(code: number, description: string, cause?: unknown): AppError {
  const details = { apiCode: String(code), description };
  if (code === staleCode) return busError('BUS_STALE_WRITER', { cause, details });
  if (fullCodes.has(code)) return busError('BUS_FULL', { cause, details });
  return busError('BUS_UNAVAILABLE', { cause, details });
}
