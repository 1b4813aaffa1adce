import {
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  context,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type Tracer,
} from '@opentelemetry/api';
import { AppError } from './app-error.ts';

/**
 * Where a span belongs, in the form that travels in headers (W3C Trace Context, section 3.2):
 *
 *     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *     version, trace id, id of the parent span, flags (bit 0: sampled)
 */
export type Traceparent = string;

const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The tracer of the house. */
export function tracer(): Tracer {
  return trace.getTracer('patchbay');
}

/** Reads a `traceparent` header; undefined for anything that is not one, which starts a trace of its own. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = traceparentForm.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const found: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
}

/** The header of a span; undefined where telemetry was not started. */
export function traceparentOf(span: Span | undefined): Traceparent | undefined {
  const found = span?.spanContext();
  if (found === undefined || !isSpanContextValid(found)) return undefined;
  return `00-${found.traceId}-${found.spanId}-${(found.traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
}

/** The header of the active span. */
export function activeTraceparent(): Traceparent | undefined {
  return traceparentOf(trace.getActiveSpan());
}

/** A context in which new spans are children of the header's span; without a header they start a trace. */
export function contextOf(traceparent: Traceparent | undefined): Context {
  const parent = parseTraceparent(traceparent);
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** Whether both headers are of one trace. */
export function isSameTrace(left: Traceparent | undefined, right: Traceparent | undefined): boolean {
  const traceId = parseTraceparent(left)?.traceId;
  return traceId !== undefined && traceId === parseTraceparent(right)?.traceId;
}

/** Links to the spans of these headers; headers that are none are left out. At most 128, the SDK's limit for one span. */
export function linksTo(traceparents: Iterable<Traceparent | undefined>): Link[] {
  return [...traceparents]
    .map(parseTraceparent)
    .filter((found) => found !== undefined)
    .slice(0, 128)
    .map((found) => ({ context: found }));
}

/** How a span begins. Names and attributes hold no customer text, number or address. */
export interface SpanStart {
  kind?: SpanKind;
  attributes?: Attributes;
  /** Default: the active context. */
  parent?: Context;
  links?: Link[];
}

/** Marks a span as failed: the error's code as `error.type`, and nothing of what the error says. */
export function failSpan(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** Runs work in a span that ends with it; a throw marks the span and goes on. */
export async function inSpan<Value>(name: string, start: SpanStart, run: (span: Span) => Promise<Value>): Promise<Value> {
  const { parent = context.active(), ...options } = start;
  const span = tracer().startSpan(name, options, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => run(span));
  } catch (error) {
    failSpan(span, AppError.from(error).code);
    throw error;
  } finally {
    span.end();
  }
}
