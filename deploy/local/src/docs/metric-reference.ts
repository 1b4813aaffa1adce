import type { LabelValues } from '@patchbay/runtime/metric-table';
import { listMetrics, type ListedMetric } from './metric-catalogue.ts';

const mostShown = 16;

function describeValues(values: LabelValues): string {
  if ('limit' in values) return `${values.of} (at most ${values.limit})`;
  const shown = values.slice(0, mostShown).map((value) => `\`${value}\``);
  return values.length > mostShown ? `${shown.slice(0, 3).join(', ')} … (${values.length} values)` : shown.join(', ');
}

function describeLabels({ labels }: ListedMetric): string {
  return Object.entries(labels)
    .map(([name, values]) => `\`${name}\`: ${describeValues(values)}`)
    .join('<br>');
}

function row(metric: ListedMetric): string {
  return `| \`${metric.name}\` | ${metric.kind} | ${metric.unit ?? ''} | ${describeLabels(metric)} | ${metric.help} |`;
}

const head = `# Metrics

Generated from the tables in \`metrics.ts\` of each package and service by \`npm run docs\`. Do not edit.

Every process serves \`/metrics\` in the Prometheus text format on its health port (from 9100 on). All metrics have the label
\`service\`. No label holds a contact, an agent, a customer or anything they wrote. A closed set of values is listed below; a
value outside of it is counted as \`other\`. An open set (tenants, queues, methods) has a limit for each process and label: what
comes after so many values is counted as \`other\`, so the number of series is bounded whatever the centre holds.
`;

/** docs/reference/metrics.md. */
export async function renderMetricReference(root: string): Promise<string> {
  const metrics = await listMetrics(root);
  const owners = [...new Set(metrics.map(({ owner }) => owner))];
  const sections = owners.map((owner) => {
    const rows = metrics.filter((metric) => metric.owner === owner).map(row);
    return [`## ${owner}`, '', '| name | kind | unit | labels | what it says |', '|---|---|---|---|---|', ...rows, ''].join('\n');
  });
  return `${head}\n${sections.join('\n')}`;
}
