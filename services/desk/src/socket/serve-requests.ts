import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { inSpan } from '@patchbay/runtime/spans';
import type { WebSocket } from 'ws';
import { deskError } from '../errors.ts';
import { deskMetrics } from '../metrics.ts';
import { closeCodes, limits, type ErrorView, type MethodName } from '../protocol.ts';
import type { RequestHandlers, RequestScope } from '../requests/scope.ts';
import type { Outgoing } from './outgoing.ts';
import { readFrame } from './read-frame.ts';

const mostBadFrames = 20;

/** An error as the browser gets it. */
export function errorView(thrown: unknown): ErrorView {
  const { code, status, message, retryable, details } = AppError.from(thrown);
  return { code, status, message, retryable, details: { ...details } };
}

/** Answers the requests of one socket, several at once up to the limit; one that cannot be read has no effect. */
export function serveRequests(options: {
  socket: WebSocket;
  scope: RequestScope;
  outgoing: Outgoing;
  handlers: RequestHandlers;
  log: Logger;
  metrics: Metrics;
}): void {
  const { socket, scope, outgoing, handlers, log, metrics } = options;
  const counted = metrics.counter(deskMetrics.desk_requests_total);
  const seconds = metrics.histogram(deskMetrics.desk_request_seconds);
  let inHand = 0;
  let badFrames = 0;

  async function run(method: string, params: unknown): Promise<unknown> {
    if (!Object.hasOwn(handlers, method)) throw deskError('DESK_UNKNOWN_METHOD', { details: { method } });
    if (inHand >= limits.requestsInHand) throw deskError('DESK_TOO_MANY_REQUESTS');
    inHand += 1;
    try {
      return await handlers[method as MethodName](params, scope);
    } finally {
      inHand -= 1;
    }
  }

  async function answer(text: string): Promise<void> {
    const { id, method, params } = readFrame(text);
    const label = Object.hasOwn(handlers, method) ? method : 'unknown';
    const startedMs = performance.now();
    try {
      const result = await inSpan(`desk ${label}`, { kind: SpanKind.SERVER, attributes: { 'rpc.method': label }, parent: ROOT_CONTEXT }, () => run(method, params));
      outgoing.send({ type: 'reply', id, result });
      counted.inc({ method: label, outcome: 'ok' });
    } catch (thrown) {
      const error = errorView(thrown);
      if (error.status === 'internal') log.error('request failed', { method: label, error: thrown });
      counted.inc({ method: label, outcome: error.status });
      outgoing.send({ type: 'failure', id, error });
    }
    seconds.observe({ method: label }, (performance.now() - startedMs) / 1_000);
  }

  socket.on('message', (raw, binary) => {
    answer(binary ? '' : (raw as Buffer).toString('utf8')).catch((error: unknown) => {
      badFrames += 1;
      metrics.counter(deskMetrics.desk_bad_frames_total).inc();
      outgoing.send({ type: 'failure', id: -1, error: errorView(error) });
      if (badFrames >= mostBadFrames) socket.close(closeCodes.badFrames, 'bad frames');
    });
  });
}
