import type { Command } from 'commander';
import { type AnalyticsServiceClient, AnalyticsServiceDefinition, GetKpisResponse, type Kpi, QueryResponse } from '@patchbay/contracts/analytics/v1/analytics_service';
import { cliError } from '../../errors.ts';
import { formatFigure, formatTable, formatTime, pad, sparkline, widthOf } from '../format.ts';
import { collect, parseInteger, parseTime } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const analyticsOf = ({ connection }: CommandParts) => connection.client<AnalyticsServiceClient>(AnalyticsServiceDefinition);

/** Figures by the words people ask for them with. */
const figures: Readonly<Record<string, { of: (kpi: Kpi) => number | undefined; unit: string; title: string }>> = {
  offered: { of: (kpi) => Number(kpi.offered), unit: '', title: 'offered' },
  answered: { of: (kpi) => Number(kpi.answered), unit: '', title: 'answered' },
  abandoned: { of: (kpi) => Number(kpi.abandoned), unit: '', title: 'abandoned' },
  'service-level': { of: (kpi) => kpi.serviceLevelPct, unit: ' %', title: 'service level' },
  asa: { of: (kpi) => kpi.asaSeconds, unit: ' s', title: 'speed of answer' },
  aht: { of: (kpi) => kpi.ahtSeconds, unit: ' s', title: 'handling time' },
  'abandon-rate': { of: (kpi) => kpi.abandonPct, unit: ' %', title: 'abandon rate' },
  occupancy: { of: (kpi) => kpi.occupancyPct, unit: ' %', title: 'occupancy' },
  score: { of: (kpi) => kpi.scorePct, unit: ' %', title: 'score' },
};

interface KpiOptions {
  from?: string;
  to?: string;
  interval: string;
  queue: string[];
  channel?: string;
}

const intervals = ['0', '15', '30', '60', '1440'];

async function askKpis(parts: CommandParts, options: KpiOptions): Promise<GetKpisResponse> {
  if (!intervals.includes(options.interval)) throw cliError('CLI_USAGE', { details: { interval: `must be one of ${intervals.join(', ')}` } });
  const nowMs = parts.context.nowMs();
  const request = {
    intervalMinutes: Number(options.interval),
    queues: options.queue,
    channel: options.channel ?? '',
    ...(options.from === undefined ? {} : { from: parseTime(options.from, nowMs) }),
    ...(options.to === undefined ? {} : { to: parseTime(options.to, nowMs) }),
  };
  return (await analyticsOf(parts)).getKpis(request);
}

function withKpiOptions(command: Command, interval: string): Command {
  return command
    .option('--from <time>', 'start; local midnight by default')
    .option('--to <time>', 'end; now by default')
    .option('--interval <minutes>', 'length of an interval: 15, 30, 60 or 1440; 0 for one interval', interval)
    .option('--queue <name>', 'only this queue; may be given several times', collect, [])
    .option('--channel <name>', 'only this channel');
}

const kpiHeads = ['FROM', 'QUEUE', 'OFFERED', 'ANSWERED', 'ABANDONED', 'SERVICE LEVEL', 'ASA', 'AHT', 'ABANDON', 'OCCUPANCY', 'SCORE'];

function kpiRow(kpi: Kpi): string[] {
  return [
    formatTime(kpi.intervalStart),
    kpi.queue === '' ? '(all)' : kpi.queue,
    String(kpi.offered),
    String(kpi.answered),
    String(kpi.abandoned),
    formatFigure(kpi.serviceLevelPct, ' %'),
    formatFigure(kpi.asaSeconds, ' s'),
    formatFigure(kpi.ahtSeconds, ' s'),
    formatFigure(kpi.abandonPct, ' %'),
    formatFigure(kpi.occupancyPct, ' %'),
    formatFigure(kpi.scorePct, ' %'),
  ];
}

/** One line a queue: its values over the intervals as a row of bars, with lowest, highest and last. */
export function formatChart(name: string, { kpis }: GetKpisResponse): string {
  const figure = figures[name];
  if (figure === undefined) throw cliError('CLI_USAGE', { details: { figure: `must be one of ${Object.keys(figures).join(', ')}` } });
  const starts = [...new Set(kpis.map((kpi) => kpi.intervalStart?.getTime() ?? 0))].sort((left, right) => left - right);
  const byQueue = Map.groupBy(kpis, (kpi) => (kpi.queue === '' ? '(all)' : kpi.queue));
  if (starts.length === 0) return 'nothing\n';
  const width = Math.max(...[...byQueue.keys()].map(widthOf));
  const lines = [...byQueue].map(([queue, rows]) => {
    const values = starts.map((start) => {
      const row = rows.find((kpi) => (kpi.intervalStart?.getTime() ?? 0) === start);
      return row === undefined ? undefined : figure.of(row);
    });
    const known = values.filter((value) => value !== undefined);
    const range = known.length === 0 ? 'no figures' : `${formatFigure(Math.min(...known))}–${formatFigure(Math.max(...known))}, last ${formatFigure(known.at(-1))}${figure.unit}`;
    return `${pad(queue, width)}  ${sparkline(values)}  ${range}\n`;
  });
  return `${figure.title}, ${formatTime(new Date(starts[0] ?? 0))} to ${formatTime(new Date(starts.at(-1) ?? 0))}\n${lines.join('')}`;
}

function addSql(program: Command, run: Run): void {
  program
    .command('sql <statement>')
    .description('run one SELECT on the warehouse')
    .option('-n, --limit <rows>', 'most rows', '1000')
    .addHelpText('after', '\nExample:\n  patchbay sql "SELECT channel, count(*) FROM contacts GROUP BY channel"\n')
    .action((sql: string, options: { limit: string }) =>
      run(async (parts) => {
        const maxRows = parseInteger('limit', options.limit, { min: 1, max: 10_000 });
        const response = await (await analyticsOf(parts)).query({ sql, maxRows });
        parts.output.show(QueryResponse, response, ({ columns, rowsJson, truncated }) => {
          const rows = rowsJson.map((row) => (JSON.parse(row) as unknown[]).map((value) => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value))));
          return `${formatTable(columns.map((column) => column.name), rows)}${truncated ? `only the first ${rows.length} rows\n` : ''}`;
        });
      }),
    );
}

export function addFigureCommands(program: Command, run: Run): void {
  withKpiOptions(program.command('kpi'), '0')
    .description('show KPIs by interval and queue')
    .addHelpText('after', '\nExamples:\n  patchbay kpi --from today --queue billing\n  patchbay kpi --from 7d --interval 1440 --json\n')
    .action((options: KpiOptions) =>
      run(async (parts) => {
        parts.output.show(GetKpisResponse, await askKpis(parts, options), ({ kpis, serviceLevelVariant, asOf }) => {
          const note = [serviceLevelVariant === '' ? '' : `service level: ${serviceLevelVariant}`, asOf === undefined ? '' : `as of ${formatTime(asOf)}`].filter((one) => one !== '').join(', ');
          return `${formatTable(kpiHeads, kpis.map(kpiRow))}${note === '' ? '' : `${note}\n`}`;
        });
      }),
    );
  withKpiOptions(program.command('chart [figure]'), '15')
    .description(`draw a figure over the intervals: ${Object.keys(figures).join(', ')}`)
    .addHelpText('after', '\nExample:\n  patchbay chart service-level --from 8h --interval 30\n')
    .action((figure: string | undefined, options: KpiOptions) =>
      run(async (parts) => {
        const name = figure ?? 'offered';
        parts.output.show(GetKpisResponse, await askKpis(parts, options), (response) => formatChart(name, response));
      }),
    );
  addSql(program, run);
}
