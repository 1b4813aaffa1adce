import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { faultOfValue, listMetrics, type ListedMetric } from '@patchbay/local/docs/metric-catalogue';
import { serviceTable } from '@patchbay/local/stack/services';
import { parse } from 'yaml';
import { readExpression, type ReadMetric } from '../support/promql.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'deploy/observability');
const readYaml = (path: string) => parse(readFileSync(join(folder, path), 'utf8')) as Record<string, unknown>;

interface Panel {
  title: string;
  description?: string;
  type: string;
  targets?: { expr: string; legendFormat: string }[];
}
interface Dashboard {
  uid: string;
  templating: { list: { name: string; query: string | { query: string } }[] };
  panels: Panel[];
}
interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; dashboard: string };
}

const dashboards = globSync('grafana/dashboards/*.json', { cwd: folder })
  .sort()
  .map((file) => ({ file, dashboard: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard }));
const rules = (readYaml('prometheus/rules.yaml') as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

/** Labels that Prometheus gives every series of a target. */
const targetLabels = ['job', 'instance', 'service'];
let listed: Map<string, ListedMetric>;

beforeAll(async () => {
  listed = new Map((await listMetrics(root)).map((metric) => [metric.name, metric]));
  listed.set('up', { name: 'up', kind: 'gauge', help: 'Of Prometheus itself: whether the target answered', labels: {}, owner: 'Prometheus' });
});

/** The listed metric behind a name; a histogram has three. */
function findMetric(name: string): { spec: ListedMetric; labels: readonly string[] } | undefined {
  const whole = listed.get(name);
  if (whole !== undefined && whole.kind !== 'histogram') return { spec: whole, labels: Object.keys(whole.labels) };
  const [, base = '', suffix] = /^(.*)_(bucket|sum|count)$/.exec(name) ?? [];
  const spec = listed.get(base);
  return spec?.kind === 'histogram' ? { spec, labels: [...Object.keys(spec.labels), ...(suffix === 'bucket' ? ['le'] : [])] } : undefined;
}

function faultsOfMetric({ name, matchers }: ReadMetric): string[] {
  const found = findMetric(name);
  if (found === undefined) return [`no metric ${name}`];
  return matchers.flatMap(({ label, operator, value }) => {
    if (targetLabels.includes(label)) return [];
    if (!found.labels.includes(label)) return [`${name} has no label ${label}`];
    if (value.startsWith('$') || label === 'le') return [];
    const values = operator.includes('~') ? value.split('|') : [value];
    return values.map((one) => faultOfValue(found.spec.labels[label], one)).filter((fault) => fault !== undefined);
  });
}

/** What is wrong with an expression, measured by the tables of metrics. */
function faultsOf(expression: string): string[] {
  const { metrics, grouping, faults } = readExpression(expression.replaceAll('$__rate_interval', '5m'));
  const known = new Set([...targetLabels, ...metrics.flatMap(({ name }) => findMetric(name)?.labels ?? [])]);
  return [
    ...faults.map((place) => `cannot be parsed at ${place}`),
    ...metrics.flatMap(faultsOfMetric),
    ...grouping.filter((label) => !known.has(label)).map((label) => `groups by ${label}, which none of its metrics has`),
  ];
}

describe('a check of expressions', () => {
  test.each([
    ['sum(patchbay_no_such_metric)', 'no metric patchbay_no_such_metric'],
    ['rate(patchbay_rpc_server_seconds[5m])', 'no metric patchbay_rpc_server_seconds'],
    ['patchbay_ready{contact="x"}', 'patchbay_ready has no label contact'],
    ['patchbay_channel_outbound_total{outcome="lost"}', 'lost is not in its set'],
    ['sum by (queue) (patchbay_ready)', 'groups by queue, which none of its metrics has'],
    ['sum(patchbay_ready', 'cannot be parsed at 18'],
  ])('finds what is wrong with %s', (expression, fault) => {
    expect(faultsOf(expression)).toEqual([fault]);
  });
});

describe('dashboards', () => {
  test('are the four that operators are told of', () => {
    expect(dashboards.map(({ dashboard }) => dashboard.uid)).toEqual(['patchbay-bus', 'patchbay-contact-flow', 'patchbay-operations', 'patchbay-voice']);
    expect(dashboards.map(({ file }) => `patchbay-${basename(file, '.json')}`)).toEqual(dashboards.map(({ dashboard }) => dashboard.uid));
  });

  test.each(dashboards)('every panel of $file reads metrics and labels that exist, and says what it shows', ({ dashboard }) => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    expect(panels.length).toBeGreaterThan(10);
    const variables = new Set(dashboard.templating.list.map(({ name }) => name));
    const faults = panels.flatMap(({ title, description = '', targets = [] }) => [
      ...(description === '' ? [`${title}: no description`] : []),
      ...(targets.length === 0 ? [`${title}: no query`] : []),
      ...targets.flatMap(({ expr, legendFormat }) => {
        const { grouping } = readExpression(expr.replaceAll('$__rate_interval', '5m'));
        const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
        const used = [...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name).filter((name) => !name.startsWith('__'));
        return [
          ...faultsOf(expr),
          ...shown.filter((label) => !grouping.includes(label)).map((label) => `shows ${label}, which is not grouped by`),
          ...used.filter((name) => !variables.has(name)).map((name) => `no variable ${name}`),
        ].map((fault) => `${title}: ${fault}`);
      }),
    ]);
    expect(faults).toEqual([]);
  });

  test('choose by labels that exist', () => {
    const queries = dashboards.flatMap(({ dashboard }) => dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query)));
    const faults = queries.flatMap((query) => {
      const [, expression, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      if (expression === undefined) return query === 'prometheus' ? [] : [`${query} is no query of values`];
      return faultsOf(`count by (${label ?? ''}) (${expression})`);
    });
    expect(faults).toEqual([]);
  });
});

describe('alerts', () => {
  test.each(rules)('$alert reads metrics that exist, says how bad it is, and which dashboard shows it', ({ expr, labels, annotations }) => {
    expect(faultsOf(expr)).toEqual([]);
    expect(['info', 'warning', 'critical']).toContain(labels.severity);
    expect(dashboards.map(({ dashboard }) => dashboard.uid)).toContain(`patchbay-${annotations.dashboard}`);
    const shown = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    const { grouping, metrics } = readExpression(expr);
    // Without an aggregation all labels of the series are there.
    if (grouping.length > 0 || !metrics.every(({ name }) => name === 'up')) expect(grouping).toEqual(expect.arrayContaining(shown));
  });
});

describe('alerts of the deployment on Kubernetes', () => {
  const { spec } = parse(readFileSync(join(root, 'k8s/components/monitoring/rules.yaml'), 'utf8')) as { spec: { groups: { rules: Rule[] }[] } };
  const ownRules = spec.groups.flatMap((group) => group.rules);

  test.each(ownRules)('$alert reads metrics of ours that exist', ({ expr }) => {
    const { metrics, faults } = readExpression(expr);
    expect(faults).toEqual([]);
    expect(metrics.filter(({ name }) => name.startsWith('patchbay_')).flatMap(faultsOfMetric)).toEqual([]);
  });
});

describe('the collector', () => {
  const config = readYaml('collector/collector.yaml') as Record<'receivers' | 'processors' | 'exporters' | 'extensions', Record<string, unknown>> & {
    service: { extensions: string[]; pipelines: Record<string, Record<'receivers' | 'processors' | 'exporters', string[]>> };
  };

  test('runs pipelines of parts that are declared, and declares none in vain', () => {
    const pipelines = Object.values(config.service.pipelines);
    for (const kind of ['receivers', 'processors', 'exporters'] as const) {
      const used = new Set(pipelines.flatMap((pipeline) => pipeline[kind]));
      expect([...used].sort()).toEqual(Object.keys(config[kind]).sort());
    }
    expect(config.service.extensions).toEqual(Object.keys(config.extensions));
  });

  test('limits its memory first and batches last, and keeps every trace with an error', () => {
    for (const { processors } of Object.values(config.service.pipelines)) {
      expect(processors[0]).toBe('memory_limiter');
      expect(processors.at(-1)).toBe('batch');
    }
    expect(config.processors['tail_sampling']).toMatchObject({ policies: expect.arrayContaining([expect.objectContaining({ type: 'status_code', status_code: { status_codes: ['ERROR'] } })]) });
  });
});

describe('scrape targets', () => {
  test('are the health ports of the services as they are started here', () => {
    const [{ targets }] = readYaml('targets/local.yaml') as unknown as [{ targets: string[] }];
    const services = serviceTable.filter(({ name }) => name !== 'demo');
    expect(targets).toEqual(services.map(({ healthIndex }) => `host.docker.internal:${9100 + healthIndex}`));
  });
});
