import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry, collectDefaultMetrics } from 'prom-client';
import { abortable, deadlineSignal } from './deadline.ts';
import { createLabelGuard, defineMetrics, type LabelsOf, type MetricSpec } from './metric-table.ts';

/** Metrics that every process has besides those of Node.js. */
export const runtimeMetrics = defineMetrics({
  ready: { kind: 'gauge', help: '1 while the process is ready to take work, else 0' },
  scrape_failures_total: { kind: 'counter', help: 'Figures that could not be had in time for a scrape' },
  trace_spans_total: { kind: 'counter', help: 'Spans by whether the collector took them', labels: { outcome: ['sent', 'lost'] } },
});

/** Values of a metric's labels; none where it has no labels. */
type Values<Label extends string> = [Label] extends [never] ? [] : [labels: Readonly<Record<Label, string>>];

/** A number that only rises. */
export interface Counter<Label extends string = never> {
  /** @param by default 1 */
  inc(...args: [...Values<Label>, by?: number]): void;
}

/** A number that rises and falls. */
export interface Gauge<Label extends string = never> {
  set(...args: [...Values<Label>, value: number]): void;
  inc(...args: Values<Label>): void;
  dec(...args: Values<Label>): void;
  /** Forgets all values, so that what is gone is not told for ever. */
  reset(): void;
}

/** A distribution. */
export interface Histogram<Label extends string = never> {
  observe(...args: [...Values<Label>, value: number]): void;
}

type SpecOf<Kind extends MetricSpec['kind']> = MetricSpec & { readonly kind: Kind };

/**
 * Metrics of one process, from the tables of its packages, in the Prometheus text format. Names get the prefix `patchbay_`,
 * values the label `service`. A label value outside of its set is counted as `other`. The same metric twice is one.
 */
export interface Metrics {
  counter<Spec extends SpecOf<'counter'>>(spec: Spec): Counter<LabelsOf<Spec>>;
  gauge<Spec extends SpecOf<'gauge'>>(spec: Spec): Gauge<LabelsOf<Spec>>;
  histogram<Spec extends SpecOf<'histogram'>>(spec: Spec): Histogram<LabelsOf<Spec>>;
  /** Called before each scrape, to set gauges that are asked for and not followed; one that takes over 2 s is left out. Returns what ends it. */
  onScrape(measure: () => void | Promise<void>): () => void;
  /** Everything as Prometheus text. */
  text(): Promise<string>;
}

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const measureLimitMs = 2_000;

/** Brings `(labels?, value?)` into a form with guarded labels. */
function createArguments({ labels = {} }: MetricSpec): (args: readonly unknown[]) => { labels: Record<string, string>; value: number | undefined } {
  const guards = Object.entries(labels).map(([name, values]) => [name, createLabelGuard(values)] as const);
  return (args) => {
    const [given, value] = guards.length > 0 ? [args[0] as Record<string, string>, args[1]] : [{} as Record<string, string>, args[0]];
    return { labels: Object.fromEntries(guards.map(([name, guard]) => [name, guard(given[name] ?? '')])), value: value as number | undefined };
  };
}

function settings(spec: MetricSpec, registry: Registry) {
  return { name: `patchbay_${spec.name}`, help: spec.help, labelNames: Object.keys(spec.labels ?? {}), registers: [registry] };
}

function createCounter(spec: MetricSpec, registry: Registry): Counter<string> {
  const counter = new PromCounter(settings(spec, registry));
  const read = createArguments(spec);
  return {
    inc(...args) {
      const { labels, value } = read(args);
      counter.inc(labels, value ?? 1);
    },
  };
}

function createGauge(spec: MetricSpec, registry: Registry): Gauge<string> {
  const gauge = new PromGauge(settings(spec, registry));
  const read = createArguments(spec);
  return {
    set(...args) {
      const { labels, value } = read(args);
      gauge.set(labels, value ?? 0);
    },
    inc: (...args) => {
      gauge.inc(read(args).labels, 1);
    },
    dec: (...args) => {
      gauge.dec(read(args).labels, 1);
    },
    reset: () => {
      gauge.reset();
    },
  };
}

function createHistogram(spec: MetricSpec, registry: Registry): Histogram<string> {
  const histogram = new PromHistogram({ ...settings(spec, registry), buckets: [...(spec.buckets ?? durationBuckets)] });
  const read = createArguments(spec);
  return {
    observe(...args) {
      const { labels, value } = read(args);
      histogram.observe(labels, value ?? 0);
    },
  };
}

/** @param options.processMetrics adds those of Node.js itself: memory, CPU, event loop, garbage collection */
export function createMetrics(service: string, options: { processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  const known = new Map<string, unknown>();
  const measures = new Set<() => void | Promise<void>>();

  function once<Metric>(spec: MetricSpec, make: (spec: MetricSpec, registry: Registry) => unknown): Metric {
    const made = known.get(spec.name) ?? make(spec, registry);
    known.set(spec.name, made);
    return made as Metric;
  }

  async function runMeasure(measure: () => void | Promise<void>): Promise<void> {
    const measured = (async () => measure())();
    // A scrape answers with what it has; the missing figure is counted instead of logged, scrapes being many.
    await abortable(measured, deadlineSignal(measureLimitMs)).catch(() => {
      metrics.counter(runtimeMetrics.scrape_failures_total).inc();
    });
  }

  const metrics: Metrics = {
    counter: (spec) => once(spec, createCounter),
    gauge: (spec) => once(spec, createGauge),
    histogram: (spec) => once(spec, createHistogram),
    onScrape(measure) {
      measures.add(measure);
      return () => void measures.delete(measure);
    },
    async text() {
      await Promise.all([...measures].map(runMeasure));
      return registry.metrics();
    },
  };
  return metrics;
}
