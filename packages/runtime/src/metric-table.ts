/** A label whose values are not known beforehand, e.g. names of queues. */
export interface OpenLabel {
  /** Whose values they are, for the reference. */
  readonly of: string;
  /** Most values that one process tells apart; those that come later are counted together as `other`. */
  readonly limit: number;
}

/** What values a label may have. A closed set is a list; any other value is counted as `other`. */
export type LabelValues = readonly string[] | OpenLabel;

/** One metric of a package's or service's table. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What is counted or measured, in one sentence without a full stop. */
  readonly help: string;
  /** Unit of the value; absent for numbers of things. */
  readonly unit?: 'seconds' | 'bytes' | 'ratio';
  readonly labels?: Readonly<Record<string, LabelValues>>;
  /** Histograms: upper bounds, rising. Default: durations from 1 ms to 30 s. */
  readonly buckets?: readonly number[];
}

/** A metric with its name, without the prefix `patchbay_`. */
export type MetricSpec = MetricDefinition & { readonly name: string };

/** Names of a metric's labels. */
export type LabelsOf<Spec extends MetricDefinition> = Spec extends { readonly labels: infer Labels } ? keyof Labels & string : never;

/** A table of metrics, by name. */
export type MetricTable<Table> = { readonly [Name in keyof Table & string]: Table[Name] & { readonly name: Name } };

/**
 * Makes the table of a package's or service's metrics: `export const busMetrics = defineMetrics({ dead_letters_total: {…} })`
 * in its `metrics.ts`, from which docs/reference/metrics.md is made. Names are snake case and end in the unit, or in `_total`
 * for counters (Prometheus, "Metric and label naming").
 */
export function defineMetrics<const Table extends Readonly<Record<string, MetricDefinition>>>(table: Table): MetricTable<Table> {
  return Object.fromEntries(Object.entries(table).map(([name, definition]) => [name, { ...definition, name }])) as MetricTable<Table>;
}

/** Values are counted as this when they are outside of their label's set. */
export const otherValue = 'other';

/** Keeps a label's values inside its set. */
export function createLabelGuard(values: LabelValues): (value: string) => string {
  if ('limit' in values) {
    const seen = new Set<string>();
    return (value) => {
      if (seen.size < values.limit) seen.add(value);
      return seen.has(value) ? value : otherValue;
    };
  }
  const known = new Set(values);
  return (value) => (known.has(value) ? value : otherValue);
}
