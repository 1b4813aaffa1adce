import { AppError, type ErrorStatus } from '@patchbay/runtime/app-error';
import type { MsgHdrs } from '@nats-io/nats-core';
import { busError } from './errors.ts';
import { headerNames } from './topology.ts';

interface WireError {
  code: string;
  status: ErrorStatus;
  message: string;
  retryable: boolean;
  details: Record<string, string>;
  attachmentType?: string;
}

/** Writes an error into the headers of a frame; its attachment goes into the body. Causes stay behind. */
export function writeError(headers: MsgHdrs, error: AppError): Uint8Array {
  const wire: WireError = {
    code: error.code,
    status: error.status,
    message: error.message,
    retryable: error.retryable,
    details: { ...error.details },
    ...(error.attachment === undefined ? {} : { attachmentType: error.attachment.type }),
  };
  headers.set(headerNames.rpcError, Buffer.from(JSON.stringify(wire)).toString('base64'));
  return error.attachment?.value ?? new Uint8Array();
}

/** Reads the error of a frame. */
export function readError(headers: MsgHdrs, body: Uint8Array): AppError {
  try {
    const wire = JSON.parse(Buffer.from(headers.get(headerNames.rpcError), 'base64').toString()) as WireError;
    return new AppError(
      wire.code,
      { status: wire.status, meaning: wire.message, remedy: '', retryable: wire.retryable },
      { details: wire.details, ...(wire.attachmentType === undefined ? {} : { attachment: { type: wire.attachmentType, value: body } }) },
    );
  } catch (error) {
    return busError('BUS_BAD_RESPONSE', { cause: error });
  }
}
