import { BadRequest, ErrorInfo, LocalizedMessage } from '@patchbay/contracts/google/rpc/error_details';
import { Status } from '@patchbay/contracts/google/rpc/status';
import { AppError, type ErrorStatus } from '@patchbay/runtime/app-error';
import { type CallOptions, type ClientMiddlewareCall, ClientError, type Metadata } from 'nice-grpc';
import { grpcCodes } from '../errors/rich-status.ts';

const statusByCode = new Map<number, ErrorStatus>(Object.entries(grpcCodes).map(([status, code]) => [code, status as ErrorStatus]));

/** Reads what the server says about a fault; without details, what gRPC itself says. */
export function readFault(error: ClientError, trailer: Metadata | undefined): AppError {
  const bytes = trailer?.get('grpc-status-details-bin');
  const details = bytes instanceof Uint8Array ? Status.decode(bytes).details : [];
  const find = <Message>(codec: { $type: string; decode(bytes: Uint8Array): Message }): Message | undefined => {
    const found = details.find((one) => one.typeUrl.endsWith(`/${codec.$type}`));
    return found === undefined ? undefined : codec.decode(found.value);
  };
  const info = find(ErrorInfo);
  const fields = Object.fromEntries((find(BadRequest)?.fieldViolations ?? []).map(({ field, description }) => [field, description]));
  const definition = { status: statusByCode.get(error.code) ?? ('internal' as const), meaning: find(LocalizedMessage)?.message ?? error.details, remedy: '' };
  return new AppError(info?.reason ?? 'CLI_GRPC', definition, { cause: error, details: { ...info?.metadata, ...fields } });
}

/** Turns what calls throw into the one error type. */
export async function* errorMiddleware<Request, Response>(call: ClientMiddlewareCall<Request, Response>, options: CallOptions): AsyncGenerator<Awaited<Response>, Awaited<Response> | void> {
  let trailer: Metadata | undefined;
  const told: CallOptions = {
    ...options,
    onTrailer(metadata) {
      trailer = metadata;
      options.onTrailer?.(metadata);
    },
  };
  try {
    return yield* call.next(call.request, told);
  } catch (error) {
    throw error instanceof ClientError ? readFault(error, trailer) : error;
  }
}
