import type { Actor } from '@patchbay/bus/actor';
import { serviceActor } from '@patchbay/bus/actor';
import type { RpcDefinition, RpcMethod } from '@patchbay/bus/rpc-definition';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Authenticate, ReadMetadata } from './auth/authenticate.ts';
import { decideAccess, type MethodRule } from './domain/access.ts';
import { checkFields } from './domain/check-fields.ts';
import { isWellFormed } from './domain/wire.ts';
import { apiError } from './errors.ts';
import type { Places, RateLimit } from './limits.ts';
import { maskResponse } from './mask-response.ts';
import type { ForwardedCall, Forwarder } from './ports.ts';

/** A method as it is served. */
export interface ServedMethod {
  definition: RpcDefinition;
  method: RpcMethod;
  rule: MethodRule;
}

/** A call as the transport gives it. */
export interface IncomingCall {
  request: Uint8Array;
  metadata: ReadMetadata;
  /** Address of the caller, without its port. */
  address: string;
  /** When the caller gives up, milliseconds since the Unix epoch; undefined when it does not say. */
  deadlineMs: number | undefined;
  /** Aborted when the caller cancels or its deadline passes. */
  signal: AbortSignal;
  /** Told as soon as the caller is known: what errors are told in. */
  onLanguage: (language: string) => void;
}

export interface CallParts {
  authenticate: Authenticate;
  forwarder: Forwarder;
  /** Places for unary calls and for streams. */
  unaryPlaces: Places;
  streamPlaces: Places;
  openRate: RateLimit;
  clock: Clock;
  /** Tenant of calls without a credential that name none. */
  defaultTenant: string;
  defaultTimeoutMs: number;
  longestTimeoutMs: number;
  /** Aborted when the server stops: streams end with API_DRAINING. */
  draining: AbortSignal;
}

/** Bytes of a request that the bus passes on; its largest message is 4 MiB with headers. */
const longestRequest = 4 * 1024 * 1024 - 32 * 1024;
/** Calls without a tenant go under this name, which no tenant has. */
const noTenant = '_';

type Fields = Readonly<Record<string, unknown>>;

function decodeRequest({ method, definition }: ServedMethod, bytes: Uint8Array): Fields {
  if (bytes.length > longestRequest) throw apiError('API_REQUEST_TOO_LARGE', { details: { bytes: String(bytes.length), limit: String(longestRequest) } });
  let request: Fields;
  try {
    if (!isWellFormed(bytes)) throw new RangeError('no protobuf message');
    request = method.requestType.decode(bytes) as Fields;
  } catch (error) {
    throw apiError('API_MALFORMED_REQUEST', { cause: error, details: { method: `${definition.fullName}/${method.name}` } });
  }
  const faults = checkFields(request);
  if (faults.length > 0) throw apiError('API_BAD_FIELD', { details: Object.fromEntries(faults.slice(0, 20).map(({ field, description }) => [field, description])) });
  return request;
}

const encodeRequest = ({ method }: ServedMethod, request: Fields) => (method.requestType.encode as (message: unknown) => { finish(): Uint8Array })(request).finish();

interface Admitted {
  call: ForwardedCall;
  bytes: Uint8Array;
  /** What the caller gets of a response. */
  present: (response: unknown) => unknown;
}

async function admitOpen(parts: CallParts, served: ServedMethod, incoming: IncomingCall): Promise<{ tenant: string; actor: Actor; request: Fields }> {
  parts.openRate.count(incoming.address);
  const request = decodeRequest(served, incoming.request);
  const named = request['tenant'];
  const tenant = typeof named === 'string' && named !== '' ? named : 'tenant' in request ? parts.defaultTenant : noTenant;
  return { tenant, actor: serviceActor('api'), request: 'tenant' in request ? { ...request, tenant } : request };
}

const tooLate = () => AppError.from(new DOMException('The deadline passed.', 'TimeoutError'));

/** A little less than the caller has, so that a coded answer is there before the caller gives up. */
function timeLeftMs(parts: CallParts, rule: MethodRule, deadlineMs: number | undefined): number {
  if (deadlineMs === undefined) return (rule.access === 'roles' ? rule.usualTimeoutMs : undefined) ?? parts.defaultTimeoutMs;
  const leftMs = deadlineMs - parts.clock.nowMs();
  return Math.min(leftMs - Math.min(200, leftMs / 5), parts.longestTimeoutMs);
}

async function admit(parts: CallParts, served: ServedMethod, incoming: IncomingCall): Promise<Admitted> {
  if (parts.draining.aborted) throw apiError('API_DRAINING');
  const { rule, method } = served;
  const timeoutMs = timeLeftMs(parts, rule, incoming.deadlineMs);
  // Nobody waits for it any more: what it asks for must not happen.
  if (timeoutMs <= 0) throw tooLate();
  // Calls in hand are finished when the server stops; streams have no end of their own.
  const signal = method.responseStream ? AbortSignal.any([incoming.signal, parts.draining]) : incoming.signal;
  const forward = (tenant: string, actor: Actor): ForwardedCall => ({ tenant, actor, timeoutMs, signal });
  if (rule.access === 'open') {
    const { tenant, actor, request } = await admitOpen(parts, served, incoming);
    return { call: forward(tenant, actor), bytes: encodeRequest(served, request), present: (response) => response };
  }
  const { tenant, actor, language } = await parts.authenticate(incoming.metadata);
  incoming.onLanguage(language);
  const request = decodeRequest(served, incoming.request);
  const decision = decideAccess(rule, actor, request);
  if (!decision.allowed) throw apiError('API_FORBIDDEN', { details: { method: `${served.definition.fullName}/${method.name}` } });
  const shown = rule.access === 'roles' ? rule.shown : undefined;
  const responseType = (method.responseType as unknown as { $type: string }).$type;
  return {
    call: forward(tenant, actor),
    bytes: decision.request === request ? incoming.request : encodeRequest(served, decision.request),
    present(response) {
      // Somebody else's is told as nothing at all, so that ids cannot be tried out.
      if (decision.mustBeOwn !== undefined && decision.mustBeOwn(response) !== actor.agent) throw apiError('API_NOT_FOUND');
      return decision.showsPersonal ? response : maskResponse(responseType, response, shown);
    },
  };
}

/** What a fault of a stream is when this server is stopping. */
function explainEnd(thrown: unknown, parts: CallParts, incoming: IncomingCall): AppError {
  if (parts.draining.aborted && !incoming.signal.aborted) return apiError('API_DRAINING', { cause: thrown });
  return AppError.from(thrown);
}

/** The bus cannot tell a service that takes too long from a broken line; the clock can. */
function explainLate(thrown: unknown, parts: CallParts, deadlineMs: number): AppError {
  const error = AppError.from(thrown);
  const isLate = error.code === 'BUS_UNAVAILABLE' && parts.clock.monotonicMs() >= deadlineMs;
  return isLate ? tooLate() : error;
}

/** Answers a unary call: checks, passes on, presents. */
export async function handleUnary(parts: CallParts, served: ServedMethod, incoming: IncomingCall): Promise<unknown> {
  const leave = parts.unaryPlaces.take();
  let deadlineMs = Infinity;
  try {
    const { call, bytes, present } = await admit(parts, served, incoming);
    deadlineMs = parts.clock.monotonicMs() + call.timeoutMs - 10;
    return present(await parts.forwarder.unary(served.definition, served.method.name, bytes, call));
  } catch (error) {
    throw explainLate(error, parts, deadlineMs);
  } finally {
    leave();
  }
}

/** Answers a stream: as unary, for each message. */
export async function* handleStream(parts: CallParts, served: ServedMethod, incoming: IncomingCall): AsyncGenerator<unknown> {
  const leave = parts.streamPlaces.take();
  try {
    const { call, bytes, present } = await admit(parts, served, incoming);
    for await (const response of parts.forwarder.stream(served.definition, served.method.name, bytes, call)) yield present(response);
    if (parts.draining.aborted) throw apiError('API_DRAINING');
  } catch (error) {
    throw explainEnd(error, parts, incoming);
  } finally {
    leave();
  }
}
