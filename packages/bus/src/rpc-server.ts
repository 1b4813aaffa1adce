import { headers as createHeaders, type Msg, type Subscription } from '@nats-io/nats-core';
import { context as otelContext, SpanKind } from '@opentelemetry/api';
import { AppError } from '@patchbay/runtime/app-error';
import { deadlineSignal } from '@patchbay/runtime/deadline';
import { contextOf, failSpan, inSpan } from '@patchbay/runtime/spans';
import type { Actor } from './actor.ts';
import type { BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import { createCallControl, type CallControl } from './rpc-call-control.ts';
import { busMetrics } from './metrics.ts';
import { defaultTimeoutMs, frames, rpcAttributes, type RequestOf, type ResponseOf, type RpcDefinition, type RpcMethod } from './rpc-definition.ts';
import { writeError } from './rpc-errors.ts';
import { rpcSubject } from './subjects.ts';
import { headerNames } from './topology.ts';

/** What a method is told besides its request. */
export interface CallContext {
  tenant: string;
  /** Who asks, as the edge checked it. */
  actor: Actor;
  /** Aborted when the deadline passes, the caller cancels or goes away, or the server stops. */
  signal: AbortSignal;
}

/** The methods of a service. A throw becomes the caller's error: an AppError as it is, anything else as RUNTIME_UNEXPECTED. */
export type RpcImplementation<Definition extends RpcDefinition> = {
  [Name in keyof Definition['methods']]: Definition['methods'][Name]['responseStream'] extends true
    ? (request: RequestOf<Definition['methods'][Name]>, context: CallContext) => AsyncIterable<ResponseOf<Definition['methods'][Name]>>
    : (request: RequestOf<Definition['methods'][Name]>, context: CallContext) => Promise<ResponseOf<Definition['methods'][Name]>>;
};

/** How a service is served. */
export interface ServeOptions {
  /** Tenants this process answers for; default all. A single writer serves only the tenants whose lease it holds. */
  tenants?: readonly string[];
  /**
   * Replicas of one term share the calls, each term gets every call; default one term for all. A single writer gives the
   * epoch of its lease: a predecessor that hangs, or that the network cut off, is still subscribed for minutes and would
   * swallow half of the calls.
   */
  term?: string;
}

/** A service that is being served. */
export interface RpcServer {
  /** Takes no more calls, waits for unary calls in hand, ends streams so that callers go elsewhere. */
  stop(): Promise<void>;
}

type AnyHandler = (request: unknown, context: CallContext) => Promise<unknown> | AsyncIterable<unknown>;

/** Serves a proto service under `rpc.<Service>.<Method>.<tenant>`; replicas share the calls by a queue group, one a term. */
export function serveRpc<Definition extends RpcDefinition>(
  connection: BusConnection,
  definition: Definition,
  implementation: RpcImplementation<Definition>,
  options: ServeOptions = {},
): RpcServer {
  const control = createCallControl(connection);
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  const subscriptions: Subscription[] = [];
  for (const [key, method] of Object.entries(definition.methods)) {
    const handler = (implementation as unknown as Record<string, AnyHandler>)[key];
    for (const tenant of options.tenants ?? ['*']) {
      subscriptions.push(
        connection.nc.subscribe(rpcSubject(definition.name, method.name, tenant), {
          queue: options.term === undefined ? definition.name : `${definition.name}-${options.term}`,
          callback(error, message) {
            if (error !== null || handler === undefined) return;
            const call = serveCall({ connection, definition, method, handler: handler.bind(implementation), control, stopping: stopping.signal }, message);
            inHand.add(call);
            void call.finally(() => inHand.delete(call));
          },
        }),
      );
    }
  }
  return {
    async stop() {
      // Interest goes first, so that no call lands here any more, then what has landed is finished.
      for (const subscription of subscriptions) subscription.unsubscribe();
      if (!connection.nc.isClosed()) await connection.nc.flush();
      stopping.abort(busError('BUS_CALL_BROKEN'));
      await Promise.allSettled(inHand);
      control.close();
    },
  };
}

interface CallEnvironment {
  connection: BusConnection;
  definition: RpcDefinition;
  method: RpcMethod;
  handler: AnyHandler;
  control: CallControl;
  stopping: AbortSignal;
}

function readActor(message: Msg): Actor {
  const text = message.headers?.get(headerNames.rpcActor) ?? '';
  try {
    return JSON.parse(text) as Actor;
  } catch (error) {
    throw busError('BUS_BAD_MESSAGE', { cause: error, details: { subject: message.subject } });
  }
}

async function serveCall(environment: CallEnvironment, message: Msg): Promise<void> {
  const { connection, definition, method } = environment;
  const startedMs = connection.clock.monotonicMs();
  const label = `${definition.name}/${method.name}`;
  const parent = contextOf(message.headers?.get(headerNames.traceparent));
  const outcome = await inSpan(label, { kind: SpanKind.SERVER, attributes: rpcAttributes(definition, method), parent }, async (span) => {
    const error = await answerCall(environment, message);
    if (error !== undefined) failSpan(span, error.code);
    return error?.status ?? 'ok';
  });
  connection.metrics.histogram(busMetrics.rpc_server_seconds).observe({ method: label, status: outcome }, (connection.clock.monotonicMs() - startedMs) / 1_000);
}

/** @returns the error that was answered, undefined when it went well */
async function answerCall(environment: CallEnvironment, message: Msg): Promise<AppError | undefined> {
  const { connection, method, handler } = environment;
  const respond = (frame: string, body?: Uint8Array, error?: AppError) => {
    const headers = createHeaders();
    headers.set(headerNames.rpcFrame, frame);
    const payload = error === undefined ? (body ?? new Uint8Array()) : writeError(headers, error);
    message.respond(payload, { headers });
  };
  const callId = message.headers?.get(headerNames.rpcId) ?? '';
  const call = environment.control.open(callId, method.responseStream);
  try {
    const timeoutMs = Number(message.headers?.get(headerNames.rpcTimeoutMs) ?? defaultTimeoutMs);
    const deadline = method.responseStream ? call.signal : deadlineSignal(timeoutMs, call.signal);
    const context: CallContext = {
      tenant: message.subject.split('.').at(-1) ?? '',
      actor: readActor(message),
      signal: method.responseStream ? AbortSignal.any([deadline, environment.stopping]) : deadline,
    };
    const request = decodeRequest(method, message);
    const encode = method.responseType.encode as (value: unknown) => { finish(): Uint8Array };
    if (method.responseStream) {
      const stream = handler(request, context) as AsyncIterable<unknown>;
      await pump(stream, { call, context, alive: () => void respond(frames.alive), send: (value) => void respond(frames.message, encode(value).finish()) });
      respond(frames.end);
    } else respond(frames.message, encode(await (handler(request, context) as Promise<unknown>)).finish());
    return undefined;
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.status === 'internal') connection.log.error('call failed', { error, method: method.name });
    if (!connection.nc.isClosed()) respond(frames.error, undefined, error);
    return error;
  } finally {
    call.close();
  }
}

function decodeRequest(method: RpcMethod, message: Msg): unknown {
  try {
    return method.requestType.decode(message.data);
  } catch (error) {
    throw busError('BUS_BAD_MESSAGE', { cause: error, details: { subject: message.subject } });
  }
}

interface Pump {
  call: ReturnType<CallControl['open']>;
  context: CallContext;
  alive(): void;
  send(value: unknown): void;
}

/** Sends a stream at the caller's pace, with signs of life while it is quiet; ends it when the caller goes away. */
async function pump(stream: AsyncIterable<unknown>, { call, context, alive, send }: Pump): Promise<void> {
  const iterator = otelContext.bind(otelContext.active(), () => stream[Symbol.asyncIterator]())();
  const ticker = call.everyTick(alive);
  const aborted = new Promise<never>((_, reject) => {
    const fail = () => {
      reject(context.signal.reason as Error);
    };
    if (context.signal.aborted) fail();
    else context.signal.addEventListener('abort', fail, { once: true });
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done === true) return;
      await Promise.race([call.credit(), aborted]);
      send(next.value);
    }
  } finally {
    ticker();
    // Not awaited: a generator that waits for an outside event would hold the call open.
    void iterator.return?.()?.catch(() => undefined);
  }
}
