import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Makes metrics of one process and prints them in the Prometheus text format. Label values must come from a closed set. */
export interface Metrics {
  counter<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  gauge<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Gauge<Label>;
  /** @param buckets upper bounds, rising; seconds for durations */
  histogram<Label extends string = never>(name: string, help: string, labels?: readonly Label[], buckets?: readonly number[]): Histogram<Label>;
  /** Everything as Prometheus text. */
  text(): Promise<string>;
}

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics named `patchbay_<name>`, all with the label `service`. The same name twice gives the same metric. */
export function createMetrics(service: string, options: { processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  const known = new Map<string, unknown>();
  function once<Metric>(name: string, make: () => Metric): Metric {
    const made = known.get(name) ?? make();
    known.set(name, made);
    return made as Metric;
  }
  return {
    counter: (name, help, labels = []) =>
      once(name, () => new Counter({ name: `patchbay_${name}`, help, labelNames: labels, registers: [registry] })),
    gauge: (name, help, labels = []) => once(name, () => new Gauge({ name: `patchbay_${name}`, help, labelNames: labels, registers: [registry] })),
    histogram: (name, help, labels = [], buckets = durationBuckets) =>
      once(name, () => new Histogram({ name: `patchbay_${name}`, help, labelNames: labels, buckets: [...buckets], registers: [registry] })),
    text: () => registry.metrics(),
  };
}
