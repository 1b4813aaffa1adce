import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { otherValue, type LabelValues, type MetricSpec } from '@patchbay/runtime/metric-table';
import { processMetrics } from '@patchbay/runtime/process-metrics';

/** One metric as Prometheus sees it. */
export interface ListedMetric extends Omit<MetricSpec, 'labels'> {
  /** Whole name, e.g. `patchbay_dead_letters_total`. */
  readonly name: string;
  /** Besides `service`, which every metric has. */
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** Folder whose table has it, e.g. `packages/bus`. */
  readonly owner: string;
}

function isSpec(value: unknown): value is MetricSpec {
  const spec = value as Partial<MetricSpec> | null;
  return typeof spec === 'object' && spec !== null && typeof spec.name === 'string' && typeof spec.kind === 'string' && typeof spec.help === 'string';
}

/** The metrics of the tables that a module exports. */
function specsOf(module: Readonly<Record<string, unknown>>): MetricSpec[] {
  return Object.values(module)
    .filter((table): table is object => typeof table === 'object' && table !== null)
    .flatMap((table) => Object.values(table) as unknown[])
    .filter(isSpec);
}

/** Every metric of every process: those of Node.js, then the tables of all `metrics.ts`. */
export async function listMetrics(root: string): Promise<ListedMetric[]> {
  const listed: ListedMetric[] = Object.entries(processMetrics).map(([name, spec]) => ({ ...spec, name, labels: spec.labels ?? {}, owner: 'packages/runtime' }));
  for (const file of globSync('{packages,services}/*/src/metrics.ts', { cwd: root }).sort()) {
    const module = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>;
    for (const spec of specsOf(module)) listed.push({ ...spec, name: `patchbay_${spec.name}`, labels: spec.labels ?? {}, owner: dirname(dirname(file)) });
  }
  return listed;
}

/** What is wrong with a label's value; undefined for one that its set has. */
export function faultOfValue(values: LabelValues | undefined, value: string): string | undefined {
  if (values === undefined) return 'is not a label of it';
  // An open set may overflow; in a closed one `other` is a value that the table forgot.
  if ('limit' in values) return undefined;
  return values.includes(value) ? undefined : `${value === otherValue ? 'a value outside of the set' : value} is not in its set`;
}
