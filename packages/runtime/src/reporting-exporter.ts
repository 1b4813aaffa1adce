import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from './logger.ts';
import { runtimeMetrics, type Metrics } from './metrics.ts';

const sayAgainMs = 600_000;

/**
 * Counts what an exporter delivers and what it loses. The log hears of a collector that does not take spans once, then
 * every ten minutes while it stays so, and once when it is back.
 */
export function createReportingExporter(inner: SpanExporter, { log, metrics }: { log: Logger; metrics: Metrics }): SpanExporter {
  const counted = metrics.counter(runtimeMetrics.trace_spans_total);
  let failing = false;
  let saidMs = 0;

  function report(isLost: boolean, spans: number): void {
    counted.inc({ outcome: isLost ? 'lost' : 'sent' }, spans);
    if (isLost && (!failing || performance.now() - saidMs > sayAgainMs)) {
      log.warn('traces are not delivered', { spans });
      saidMs = performance.now();
    }
    if (!isLost && failing) log.info('traces are delivered again');
    failing = isLost;
  }

  return {
    export(spans: ReadableSpan[], callback) {
      inner.export(spans, (result) => {
        // `ExportResultCode.SUCCESS` of @opentelemetry/core.
        report(result.code !== 0, spans.length);
        callback(result);
      });
    },
    forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => inner.shutdown(),
  };
}
