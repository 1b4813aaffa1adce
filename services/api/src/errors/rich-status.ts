import { BadRequest, type BadRequest_FieldViolation, ErrorInfo, LocalizedMessage, RetryInfo } from '@patchbay/contracts/google/rpc/error_details';
import { Status } from '@patchbay/contracts/google/rpc/status';
import { ResourceFaults } from '@patchbay/contracts/directory/v1/directory_service';
import type { AppError, ErrorStatus } from '@patchbay/runtime/app-error';
import { chineseByCode, chineseByStatus, type Language } from './messages.ts';

/** Numbers of the gRPC status codes (https://grpc.io/docs/guides/status-codes/). The one place where errors become them. */
export const grpcCodes = {
  cancelled: 1,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  out_of_range: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
} as const satisfies Record<ErrorStatus, number>;

/** Owner of the reasons in ErrorInfo. */
export const errorDomain = 'patchbay';

/**
 * Trailers travel in HTTP/2 headers, which clients take up to 8 KiB of by default, base64 included: what does not fit is
 * left out, and ErrorInfo says how much there is.
 */
const longestDetails = 5_000;

type Detail = Status['details'][number];

interface Codec<Message> {
  $type: string;
  encode(message: Message): { finish(): Uint8Array };
}

function detail<Message>(codec: Codec<Message>, message: Message): Detail {
  return { typeUrl: `type.googleapis.com/${codec.$type}`, value: Buffer.from(codec.encode(message).finish()) };
}

function violation(field: string, description: string): BadRequest_FieldViolation {
  return { field, description, reason: '', localizedMessage: undefined };
}

function violationsOf(error: AppError): BadRequest_FieldViolation[] {
  if (error.attachment?.type === ResourceFaults.$type) {
    const { faults } = ResourceFaults.decode(error.attachment.value);
    return faults.map((fault) => violation(`${fault.file}:${fault.line} ${fault.path}`, `${fault.message}. ${fault.remedy}`));
  }
  if (error.code === 'API_BAD_FIELD') return Object.entries(error.details).map(([field, description]) => violation(field, description));
  const { field } = error.details;
  return field === undefined ? [] : [violation(field, error.message)];
}

/** When to come again: what the error says, or a second. */
function retryMs({ details }: AppError): number {
  const told = Number(details['retryAfterMs'] ?? Number(details['retryAfterSeconds'] ?? Number.NaN) * 1000);
  return Number.isFinite(told) && told >= 0 ? told : 1_000;
}

function retryDetail(error: AppError): Detail {
  const ms = retryMs(error);
  return detail(RetryInfo, { retryDelay: { seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.floor(ms % 1000) * 1_000_000 } });
}

/** As many violations as fit, each whole. */
function badRequestDetail(violations: readonly BadRequest_FieldViolation[], room: number): Detail[] {
  const told: BadRequest_FieldViolation[] = [];
  let left = room;
  for (const one of violations) {
    left -= BadRequest.encode({ fieldViolations: [one] }).finish().length;
    if (left < 0) break;
    told.push(one);
  }
  return told.length === 0 ? [] : [detail(BadRequest, { fieldViolations: told })];
}

/** What the error means, for people. */
export function localMessage(error: AppError, language: Language): string {
  if (language === 'en') return error.message;
  return chineseByCode[error.code] ?? chineseByStatus[error.status];
}

/** What a gRPC caller is told: code, message, and `google.rpc.Status` for the trailer `grpc-status-details-bin`. */
export interface RichStatus {
  code: number;
  message: string;
  details: Uint8Array;
}

/** Turns an error into what goes over the wire. Causes stay behind. */
export function toRichStatus(error: AppError, language: Language): RichStatus {
  const code = grpcCodes[error.status];
  const details: Detail[] = [
    detail(ErrorInfo, { reason: error.code, domain: errorDomain, metadata: { ...error.details } }),
    detail(LocalizedMessage, { locale: language, message: localMessage(error, language) }),
  ];
  if (error.retryable) details.push(retryDetail(error));
  const used = details.reduce((sum, one) => sum + one.value.length, 0);
  details.push(...badRequestDetail(violationsOf(error), longestDetails - used));
  const left = longestDetails - details.reduce((sum, one) => sum + one.value.length, 0);
  if (error.attachment !== undefined && error.attachment.value.length <= left) {
    details.push({ typeUrl: `type.googleapis.com/${error.attachment.type}`, value: Buffer.from(error.attachment.value) });
  }
  return { code, message: error.message, details: Status.encode({ code, message: error.message, details }).finish() };
}
