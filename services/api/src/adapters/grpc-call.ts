import { type ServerInterceptor, ServerInterceptingCall } from '@grpc/grpc-js';
import { context as otelContext, SpanKind, trace } from '@opentelemetry/api';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { contextOf, failSpan, tracer } from '@patchbay/runtime/spans';
import { type CallContext, type Metadata, ServerError } from 'nice-grpc';
import type { IncomingCall, ServedMethod } from '../call-handler.ts';
import { pickLanguage } from '../errors/messages.ts';
import { toRichStatus } from '../errors/rich-status.ts';
import { apiMetrics } from '../metrics.ts';

/** What every call needs. */
export interface CallEnvironment {
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}

/** Metadata under which the interceptor below hands on the deadline, which grpc-js takes out of the headers. */
const deadlineKey = 'pb-deadline-ms';

/** Hands the caller's deadline on to the handlers. */
export const readDeadline: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    start(next) {
      next({
        onReceiveMetadata(metadata, nextMetadata) {
          // Whatever the caller sent under this name is not the deadline.
          metadata.remove(deadlineKey);
          const deadline = call.getDeadline();
          const ms = deadline instanceof Date ? deadline.getTime() : deadline;
          if (Number.isFinite(ms)) metadata.set(deadlineKey, String(ms));
          nextMetadata(metadata);
        },
      });
    },
  });

/** Address of the caller without its port; what limits are counted by. */
function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

function textOf(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** One call that runs. */
export interface OpenCall {
  incoming: IncomingCall;
  /** Runs a function inside the call's span. */
  within<Value>(work: () => Value): Value;
  /** Ends span and count of a call that went well. */
  finish(): void;
  /** Ends span and count; gives what the caller is told. */
  fail(thrown: unknown): ServerError;
}

/** Opens a span in the caller's trace, reads deadline and address, and turns what is thrown into what goes over the wire. */
export function openCall(environment: CallEnvironment, served: ServedMethod, request: Uint8Array, context: CallContext): OpenCall {
  const { metrics, clock, log } = environment;
  const { metadata } = context;
  const label = `${served.definition.name}/${served.method.name}`;
  const startedMs = clock.monotonicMs();
  const parent = contextOf(textOf(metadata, 'traceparent'));
  const attributes = { 'rpc.system': 'grpc', 'rpc.service': served.definition.fullName, 'rpc.method': served.method.name };
  const span = tracer().startSpan(label, { kind: SpanKind.SERVER, attributes }, parent);
  const traced = trace.setSpan(parent, span);
  const deadline = textOf(metadata, deadlineKey);
  let callerLanguage = '';
  const finish = (status: string) => {
    metrics.histogram(apiMetrics.api_call_seconds).observe({ method: label, status }, (clock.monotonicMs() - startedMs) / 1_000);
    span.end();
  };
  return {
    incoming: {
      request,
      metadata: (name) => textOf(metadata, name),
      address: addressOf(context.peer),
      deadlineMs: deadline === undefined ? undefined : Number(deadline),
      signal: context.signal,
      onLanguage: (language) => {
        callerLanguage = language;
      },
    },
    within: (work) => otelContext.with(traced, work),
    finish: () => {
      finish('ok');
    },
    fail(thrown) {
      const error = AppError.from(thrown);
      failSpan(span, error.code);
      if (error.status === 'internal' || error.status === 'data_loss') log.error('call failed', { error, method: label });
      const status = toRichStatus(error, pickLanguage(textOf(metadata, 'accept-language'), callerLanguage));
      context.trailer.set('grpc-status-details-bin', status.details);
      finish(error.status);
      return new ServerError(status.code, status.message);
    },
  };
}
