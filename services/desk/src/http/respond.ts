import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, type ErrorStatus } from '@patchbay/runtime/app-error';
import { deskError } from '../errors.ts';
import { errorView } from '../socket/serve-requests.ts';

/** HTTP status of each kind of failure, as the gRPC project maps them. */
const httpStatuses: Record<ErrorStatus, number> = {
  cancelled: 499,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 416,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
};

/** Answers with JSON that is not to be kept anywhere. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Answers with a coded error; one that comes after the head was sent can only cut the answer short. */
export function sendError(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = AppError.from(thrown);
  sendJson(response, error.code === 'DESK_TOO_LARGE' ? 413 : httpStatuses[error.status], { error: errorView(error) });
}

/** Reads a small JSON body. DESK_BAD_REQUEST for another type or broken JSON, DESK_TOO_LARGE over the limit. */
export async function readJson(request: IncomingMessage, limitBytes = 16_384): Promise<unknown> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) throw deskError('DESK_BAD_REQUEST', { details: { field: 'content-type' } });
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw deskError('DESK_TOO_LARGE');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw deskError('DESK_BAD_REQUEST', { cause: error, details: { field: 'body' } });
  }
}
