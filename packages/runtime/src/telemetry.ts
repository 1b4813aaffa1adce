import { context, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';

/** How spans leave the process. */
export interface TelemetryConfig {
  service: string;
  /** OTLP over HTTP, e.g. `http://collector:4318`; absent keeps spans in the process, ids still travel. */
  otlpEndpoint?: string | undefined;
  /** Share of traces kept, 0 to 1, decided where a trace begins. */
  sampleRatio: number;
}

/** Registers the tracer for the whole process. Returns a function that sends what is left and stops. */
export function startTelemetry(config: TelemetryConfig): () => Promise<void> {
  const processors =
    config.otlpEndpoint === undefined ? [] : [new BatchSpanProcessor(new OTLPTraceExporter({ url: new URL('/v1/traces', config.otlpEndpoint).href }))];
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: config.service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.sampleRatio) }),
    spanProcessors: processors,
  });
  provider.register();
  return async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  };
}
