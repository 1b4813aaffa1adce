import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino } from 'pino';

/** Fields of a log entry. Customer data only under `personal`, which is replaced by `[personal]`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log entries: a constant message, facts in fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every entry. */
  with(fields: LogFields): Logger;
}

/** Level below which entries are dropped. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

function wrap(inner: pino.Logger): Logger {
  return {
    debug: (message, fields = {}) => {
      inner.debug(fields, message);
    },
    info: (message, fields = {}) => {
      inner.info(fields, message);
    },
    warn: (message, fields = {}) => {
      inner.warn(fields, message);
    },
    error: (message, fields = {}) => {
      inner.error(fields, message);
    },
    with: (fields) => wrap(inner.child(fields)),
  };
}

/** Serialises an error with its code and causes; details are safe by definition. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, details } = error as Error & { code?: unknown; details?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(details === undefined ? {} : { details }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  };
}

/**
 * A logger that writes one JSON object a line: time (ISO 8601), level, service, msg, trace_id and span_id of the active span, fields.
 * @param destination where to write; standard output when absent
 */
export function createLogger(service: string, level: LogLevel, destination?: { write(line: string): void }): Logger {
  return wrap(
    pino(
      {
        level,
        base: { service },
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: serializeError },
        redact: { paths: ['personal', '*.personal'], censor: '[personal]' },
        mixin() {
          const context = trace.getActiveSpan()?.spanContext();
          return context !== undefined && isSpanContextValid(context) ? { trace_id: context.traceId, span_id: context.spanId } : {};
        },
      },
      destination ?? pino.destination({ fd: 1, sync: true }),
    ),
  );
}

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
};
