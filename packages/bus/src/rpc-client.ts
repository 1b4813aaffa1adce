import { createInbox, headers as createHeaders, type Msg, type MsgHdrs } from '@nats-io/nats-core';
import { SpanKind } from '@opentelemetry/api';
import { AppError } from '@patchbay/runtime/app-error';
import { sleep } from '@patchbay/runtime/clock';
import { abortable, deadlineSignal } from '@patchbay/runtime/deadline';
import { activeTraceparent, inSpan } from '@patchbay/runtime/spans';
import type { Actor } from './actor.ts';
import type { BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import { busMetrics } from './metrics.ts';
import { toBusError } from './nats-errors.ts';
import { aliveEveryMs, defaultTimeoutMs, frames, silenceLimitMs, streamWindow, rpcAttributes, type PartialRequestOf, type ResponseOf, type RpcDefinition, type RpcMethod } from './rpc-definition.ts';
import { readError } from './rpc-errors.ts';
import { rpcControlSubject, rpcSubject } from './subjects.ts';
import { headerNames } from './topology.ts';

/** For whom and how long a call is made. */
export interface CallOptions {
  tenant: string;
  actor: Actor;
  /** Deadline of a unary call, and of a stream's first answer; default 10 s. */
  timeoutMs?: number;
  /** Cancels the call here and at the server. */
  signal?: AbortSignal;
}

/** A client of a proto service: unary methods give a promise, streams an async iterable. Errors are AppErrors with the server's code. */
export type RpcClient<Definition extends RpcDefinition> = {
  [Name in keyof Definition['methods']]: Definition['methods'][Name]['responseStream'] extends true
    ? (request: PartialRequestOf<Definition['methods'][Name]>, options: CallOptions) => AsyncIterable<ResponseOf<Definition['methods'][Name]>>
    : (request: PartialRequestOf<Definition['methods'][Name]>, options: CallOptions) => Promise<ResponseOf<Definition['methods'][Name]>>;
};

/**
 * A client over NATS request/reply. While no process serves the method, a call waits for one within its deadline: nobody
 * has seen the request, so asking again is harmless. Nothing else is asked twice.
 */
export function createRpcClient<Definition extends RpcDefinition>(connection: BusConnection, definition: Definition): RpcClient<Definition> {
  const methods = Object.entries(definition.methods).map(([key, method]) => [
    key,
    method.responseStream
      ? (request: unknown, options: CallOptions) => callStream({ connection, definition, method, options }, encodeRequest(method, request))
      : (request: unknown, options: CallOptions) => callUnary({ connection, definition, method, options }, encodeRequest(method, request)),
  ]);
  return Object.fromEntries(methods) as RpcClient<Definition>;
}

interface Call {
  connection: BusConnection;
  definition: RpcDefinition;
  method: RpcMethod;
  options: CallOptions;
}

function encodeRequest(method: RpcMethod, request: unknown): Uint8Array {
  const complete = (method.requestType.fromPartial as (partial: unknown) => unknown)(request);
  return (method.requestType.encode as (message: unknown) => { finish(): Uint8Array })(complete).finish();
}

/**
 * Calls a method with bytes and gives bytes: for edges that pass messages on without looking into them.
 */
export function createRawRpcClient(connection: BusConnection, definition: RpcDefinition) {
  const methodNamed = (name: string): RpcMethod => {
    const method = Object.values(definition.methods).find((candidate) => candidate.name === name);
    if (method === undefined) throw busError('BUS_UNKNOWN_METHOD', { details: { method: `${definition.fullName}/${name}` } });
    return method;
  };
  return {
    unary: (name: string, request: Uint8Array, options: CallOptions): Promise<unknown> => callUnary({ connection, definition, method: methodNamed(name), options }, request),
    stream: (name: string, request: Uint8Array, options: CallOptions): AsyncIterable<unknown> => callStream({ connection, definition, method: methodNamed(name), options }, request),
  };
}

function callHeaders({ options }: Call, callId: string, timeoutMs: number): MsgHdrs {
  const headers = createHeaders();
  headers.set(headerNames.rpcId, callId);
  headers.set(headerNames.rpcActor, JSON.stringify(options.actor));
  headers.set(headerNames.rpcTimeoutMs, String(Math.max(1, Math.floor(timeoutMs))));
  const traceparent = activeTraceparent();
  if (traceparent !== undefined) headers.set(headerNames.traceparent, traceparent);
  return headers;
}

function readMessage(method: RpcMethod, message: Msg): unknown {
  try {
    return method.responseType.decode(message.data);
  } catch (error) {
    throw busError('BUS_BAD_RESPONSE', { cause: error, details: { method: method.name } });
  }
}

async function callUnary(call: Call, body: Uint8Array): Promise<unknown> {
  const { connection, definition, method, options } = call;
  const label = `${definition.name}/${method.name}`;
  const startedMs = connection.clock.monotonicMs();
  const observe = (status: string) => {
    connection.metrics.histogram(busMetrics.rpc_client_seconds).observe({ method: label, status }, (connection.clock.monotonicMs() - startedMs) / 1_000);
  };
  try {
    const answer = await inSpan(label, { kind: SpanKind.CLIENT, attributes: rpcAttributes(definition, method) }, () =>
      askUntilServed(call, body, startedMs + (options.timeoutMs ?? defaultTimeoutMs)),
    );
    observe('ok');
    return answer;
  } catch (thrown) {
    observe(AppError.from(thrown).status);
    throw thrown;
  }
}

/** Before a method that nobody served is asked for again. */
const retryPauseMs = 100;

async function askUntilServed(call: Call, body: Uint8Array, deadlineMs: number): Promise<unknown> {
  const { connection, definition, method, options } = call;
  const subject = rpcSubject(definition.name, method.name, options.tenant);
  const unserved = () => busError('BUS_NO_RESPONDER', { details: { method: `${definition.name}/${method.name}` } });
  for (let tries = 1; ; tries += 1) {
    const leftMs = deadlineMs - connection.clock.monotonicMs();
    if (leftMs <= 0) throw unserved();
    const callId = connection.ids.next();
    const cancel = () => {
      connection.nc.publish(rpcControlSubject(callId), 'cancel');
    };
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      options.signal?.throwIfAborted();
      const request = connection.nc.request(subject, body, { headers: callHeaders(call, callId, leftMs), timeout: Math.max(1, leftMs) });
      const message = await (options.signal === undefined ? request : abortable(request, options.signal));
      if (message.headers?.get(headerNames.rpcFrame) === frames.error) throw readError(message.headers, message.data);
      return readMessage(method, message);
    } catch (thrown) {
      if (options.signal?.aborted === true) throw AppError.from(options.signal.reason);
      const error = toBusError(thrown);
      // A last scrap of time that ran out tells no more than the tries before it.
      if (tries > 1 && leftMs < retryPauseMs && error.code === 'BUS_UNAVAILABLE') throw unserved();
      if (error.code !== 'BUS_NO_RESPONDER') throw error;
      await sleep(connection.clock, Math.min(retryPauseMs, leftMs), options.signal);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
    }
  }
}

async function* callStream(call: Call, body: Uint8Array): AsyncGenerator<unknown> {
  const { connection, definition, method, options } = call;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const callId = connection.ids.next();
  const inbox = createInbox();
  const control = (word: string) => {
    if (!connection.nc.isClosed()) connection.nc.publish(rpcControlSubject(callId), word);
  };
  const subscription = connection.nc.subscribe(inbox);
  const ticker = setInterval(() => {
    control('alive');
  }, aliveEveryMs);
  const subject = rpcSubject(definition.name, method.name, options.tenant);
  const ask = () => {
    connection.nc.publish(subject, body, { reply: inbox, headers: callHeaders(call, callId, timeoutMs) });
  };
  let unacknowledged = 0;
  try {
    ask();
    const startedMs = connection.clock.monotonicMs();
    let heard = false;
    const iterator = subscription[Symbol.asyncIterator]();
    for (;;) {
      const limit = deadlineSignal(heard ? silenceLimitMs : timeoutMs, options.signal);
      const next = await abortable(iterator.next(), limit).catch((reason: unknown) => {
        throw options.signal?.aborted === true ? AppError.from(options.signal.reason) : busError(heard ? 'BUS_CALL_BROKEN' : 'BUS_NO_RESPONDER', { cause: reason });
      });
      if (next.done === true) throw busError('BUS_CALL_BROKEN');
      const message = next.value;
      if (message.headers?.code === 503) {
        if (connection.clock.monotonicMs() - startedMs > timeoutMs) throw busError('BUS_NO_RESPONDER', { details: { method: `${definition.name}/${method.name}` } });
        await sleep(connection.clock, 100, options.signal);
        ask();
        continue;
      }
      heard = true;
      const frame = message.headers?.get(headerNames.rpcFrame);
      if (frame === frames.end) return;
      if (frame === frames.error && message.headers !== undefined) throw readError(message.headers, message.data);
      if (frame !== frames.message) continue;
      yield readMessage(method, message);
      unacknowledged += 1;
      if (unacknowledged >= streamWindow / 2) {
        control(`credit ${unacknowledged}`);
        unacknowledged = 0;
      }
    }
  } finally {
    clearInterval(ticker);
    subscription.unsubscribe();
    control('cancel');
  }
}
