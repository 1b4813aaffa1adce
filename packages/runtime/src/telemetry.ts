import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOffSampler, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME, ATTR_SERVICE_NAMESPACE } from '@opentelemetry/semantic-conventions';
import { abortable, deadlineSignal } from './deadline.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { createReportingExporter } from './reporting-exporter.ts';

/** How spans leave the process. */
export interface TelemetryConfig {
  service: string;
  /** Tells this replica from the others. */
  instance: string;
  /** OTLP over HTTP, e.g. `http://collector:4318`; absent keeps spans in the process, ids still travel. */
  otlpEndpoint?: string | undefined;
  /** Share of traces kept, 0 to 1, decided where a trace begins and kept by everybody after it. */
  sampleRatio: number;
  /** Longest wait of a finished span before it is sent, milliseconds. */
  exportEveryMs: number;
  log: Logger;
  metrics: Metrics;
}

/** Finished spans that wait to be sent; more are dropped, so that a dead collector costs no memory. */
const waitingSpans = 4_096;
const exportTimeoutMs = 5_000;
/** A collector that does not answer must not hold up the end of the process. */
const lastExportMs = 2_000;

function createProcessor({ otlpEndpoint, exportEveryMs, log, metrics }: TelemetryConfig & { otlpEndpoint: string }): BatchSpanProcessor {
  // OTLP/HTTP: the signal's path is appended to the base address, whatever path that has (OpenTelemetry Protocol Exporter).
  const url = `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = createReportingExporter(new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs, concurrencyLimit: 2 }), { log, metrics });
  return new BatchSpanProcessor({ exporter, maxQueueSize: waitingSpans, scheduledDelayMillis: exportEveryMs, exportTimeoutMillis: exportTimeoutMs });
}

/** Registers the tracer for the whole process. Returns a function that sends what is left, at most 2 s, and stops. */
export function startTelemetry(config: TelemetryConfig): () => Promise<void> {
  const { otlpEndpoint } = config;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAMESPACE]: 'patchbay', [ATTR_SERVICE_NAME]: config.service, [ATTR_SERVICE_INSTANCE_ID]: config.instance }),
    // Without a collector nothing is recorded; ids are made all the same, for logs, facts and rows.
    sampler: new ParentBasedSampler({ root: otlpEndpoint === undefined ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(config.sampleRatio) }),
    spanProcessors: otlpEndpoint === undefined ? [] : [createProcessor({ ...config, otlpEndpoint })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return async () => {
    // What could not be sent was reported by the exporter; the end of the process does not wait for it.
    await abortable(provider.shutdown(), deadlineSignal(lastExportMs)).catch(() => undefined);
    trace.disable();
    context.disable();
  };
}
