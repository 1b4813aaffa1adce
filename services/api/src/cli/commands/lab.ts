import type { Command } from 'commander';
import type { ResourceFault } from '@patchbay/contracts/directory/v1/directory_service';
import { type LabFigures, type LabReport, type ReplayResult, ReplayResponse, type RoutingLabServiceClient, RoutingLabServiceDefinition, SimulateResponse, type SimulateResult, WhatIfResponse, type WhatIfResult } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { cliError } from '../../errors.ts';
import { formatFigure, formatTable } from '../format.ts';
import { collect, parseInteger, parseTime } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';
import { parseScenario, toFileFault } from '../scenario-file.ts';
import { addEvacuation } from './evacuation.ts';
import { formatFaults, readFiles } from './resources.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const labOf = ({ connection }: CommandParts) => connection.client<RoutingLabServiceClient>(RoutingLabServiceDefinition);

const rows: readonly [title: string, of: (figures: LabFigures, report: LabReport) => string][] = [
  ['offered', ({ offered }) => String(offered)],
  ['answered', ({ answered }) => String(answered)],
  ['abandoned', ({ abandoned }) => String(abandoned)],
  ['otherwise', ({ otherwise }) => String(otherwise)],
  ['answered in target / offered', (one) => formatFigure(one.answeredOfOfferedPct, ' %')],
  ['answered in target / answered', (one) => formatFigure(one.answeredOfAnsweredPct, ' %')],
  ['answered in target / (offered - abandoned in target)', (one) => formatFigure(one.answeredOfOfferedLessShortPct, ' %')],
  ['(answered + abandoned in target) / offered', (one) => formatFigure(one.endedOfOfferedPct, ' %')],
  ['speed of answer', (one) => formatFigure(one.asaSeconds, ' s')],
  ['abandon rate', (one) => formatFigure(one.abandonPct, ' %')],
  ['wait, half', (one) => formatFigure(one.waitP50Seconds, ' s')],
  ['wait, 90 %', (one) => formatFigure(one.waitP90Seconds, ' s')],
  ['wait, 95 %', (one) => formatFigure(one.waitP95Seconds, ' s')],
  ['wait, 99 %', (one) => formatFigure(one.waitP99Seconds, ' s')],
  ['occupancy', (_one, report) => formatFigure(report.occupancyPct, ' %')],
];

interface Column {
  readonly title: string;
  readonly report: LabReport;
}

/** Reports side by side: in all, then by queue. */
function formatReports(columns: readonly Column[]): string {
  const table = (title: string, figuresOf: (report: LabReport) => LabFigures | undefined, shown: typeof rows) =>
    formatTable(
      [title, ...columns.map((column) => column.title)],
      shown.map(([name, of]) => [
        name,
        ...columns.map(({ report }) => {
          const figures = figuresOf(report);
          return figures === undefined ? '' : of(figures, report);
        }),
      ]),
    );
  const queues = [...new Set(columns.flatMap(({ report }) => report.queues.map(({ queue }) => queue)))].sort();
  // Agents serve several queues: how busy they are is no figure of one.
  const byQueue = queues.map((queue) => table(queue, (report) => report.queues.find((one) => one.queue === queue)?.figures, rows.slice(0, -1)));
  return [table('(all)', (report) => report.total, rows), ...byQueue].join('\n');
}

function columnsOf(named: Readonly<Record<string, LabReport | undefined>>): Column[] {
  return Object.entries(named).flatMap(([title, report]) => (report === undefined ? [] : [{ title, report }]));
}

export function formatWhatIf({ recorded, current, proposed, requests, replayed }: WhatIfResult): string {
  const steered = replayed === undefined ? '' : `done again: ${replayed.queuePauses} queue pauses, ${replayed.skillChanges} changes of skills, ${replayed.surges} surges by hand, ${replayed.evacuatedAgents} agents evacuated\n`;
  return `${formatReports(columnsOf({ RECORDED: recorded, 'AS IT IS': current, PROPOSED: proposed }))}${String(requests)} requests run again\n${steered}`;
}

export function formatSimulation({ current, proposed, requests }: SimulateResult): string {
  return `${formatReports(columnsOf({ 'AS IT IS': current, PROPOSED: proposed }))}${String(requests)} requests drawn\n`;
}

export function formatReplay({ same, lastSequence, facts, complete, checks }: ReplayResult): string {
  const lines = checks.map((one) => [one.name.replaceAll('_', ' '), String(one.sequence), one.leftSha256.slice(0, 16), one.rightSha256.slice(0, 16), one.same ? 'same' : 'DIFFERENT']);
  const from = complete ? 'from the first fact' : 'from the last snapshot: older facts are no longer kept';
  return `${formatTable(['CHECK', 'SEQUENCE', 'ONE', 'OTHER', ''], lines)}${String(facts)} facts up to ${String(lastSequence)} replayed ${from}: ${same ? 'the same' : 'NOT the same'}\n`;
}

/** Reads a stream of progress to its last message; people see how far it is. */
async function lastOf<Response extends { progress: number }>({ context, output }: CommandParts, stream: AsyncIterable<Response>): Promise<Response> {
  let last: Response | undefined;
  for await (const response of stream) {
    last = response;
    if (!output.json) context.stderr.write(`${(response.progress * 100).toFixed(0)} %\r`);
  }
  if (last === undefined) throw cliError('CLI_NOTHING');
  return last;
}

function failOnFaults({ output, context }: CommandParts, faults: readonly ResourceFault[], showJson: () => void): void {
  if (faults.length === 0) return;
  if (output.json) showJson();
  else context.stderr.write(formatFaults(faults));
  throw cliError('CLI_FAULTS', { details: { faults: String(faults.length) } });
}

interface LabOptions {
  policy: string[];
  interval: string;
  warmUp: string;
  seed: string;
  domain: string;
}

async function readLabOptions({ context }: CommandParts, options: LabOptions) {
  return {
    domain: options.domain,
    files: await readFiles(context, options.policy),
    intervalMinutes: parseInteger('interval', options.interval, { min: 1, max: 1_440 }),
    warmUpMinutes: parseInteger('warm-up', options.warmUp, { min: 0, max: 1_440 }),
    seed: parseInteger('seed', options.seed, { min: 0, max: 2_147_483_647 }),
  };
}

interface WhatIfOptions extends LabOptions {
  from: string;
  to: string;
}

async function askWhatIf(parts: CommandParts, options: WhatIfOptions): Promise<void> {
  const { context, output } = parts;
  const nowMs = context.nowMs();
  const request = { ...(await readLabOptions(parts, options)), from: parseTime(options.from, nowMs), to: parseTime(options.to, nowMs) };
  const response = await lastOf(parts, (await labOf(parts)).whatIf(request, { signal: context.signal }));
  failOnFaults(parts, response.faults, () => output.show(WhatIfResponse, response, () => ''));
  output.show(WhatIfResponse, response, ({ result }) => (result === undefined ? 'nothing' : formatWhatIf(result)));
}

async function askSimulation(parts: CommandParts, options: LabOptions & { file: string }): Promise<void> {
  const { context, output } = parts;
  const files = await readFiles(context, [options.file]);
  const [file] = files;
  if (file === undefined || files.length > 1) throw cliError('CLI_USAGE', { details: { file: 'must name one file' } });
  const { scenario, faults } = parseScenario(file);
  const failOn = (found: readonly ResourceFault[]) => failOnFaults(parts, found, () => output.show(SimulateResponse, { progress: 0, faults: [...found], result: undefined }, () => ''));
  failOn(faults);
  const response = await lastOf(parts, (await labOf(parts)).simulate({ ...(await readLabOptions(parts, options)), scenario }, { signal: context.signal }));
  failOn(response.faults.map((fault) => toFileFault(fault, file.name)));
  output.show(SimulateResponse, response, ({ result }) => (result === undefined ? 'nothing' : formatSimulation(result)));
}

function addWhatIf(routing: Command, run: Run): void {
  routing
    .command('what-if')
    .description('run a recorded span again under other policies, side by side with what was')
    .requiredOption('--policy <path>', 'YAML of the resources that would change, checked but not applied; may be given several times', collect)
    .requiredOption('--from <time>', 'start of the span')
    .option('--to <time>', 'end of the span', 'now')
    .option('--interval <minutes>', 'length of an interval in --json', '30')
    .option('--warm-up <minutes>', 'how much earlier the runs begin', '60')
    .option('--seed <number>', 'seed for what the record does not say', '1')
    .option('--domain <name>', 'routing domain', 'main')
    .addHelpText('after', '\nExamples:\n  patchbay routing what-if --policy new.yaml --from today\n  patchbay routing what-if --policy queues/ --from 2026-03-02T09:00 --to 2026-03-02T18:00 --json\n')
    .action((options: WhatIfOptions) => run((parts) => askWhatIf(parts, options)));
}

function addSimulate(routing: Command, run: Run): void {
  routing
    .command('simulate')
    .description('run drawn traffic through the code that routes, under the policies as they are and, with --policy, as they might be')
    .requiredOption('-f, --file <path>', 'YAML of traffic and staff; - for standard input')
    .option('--policy <path>', 'YAML of the resources that would change, checked but not applied; may be given several times', collect, [])
    .option('--interval <minutes>', 'length of an interval in --json', '30')
    .option('--warm-up <minutes>', 'requests of so many first minutes are not measured', '0')
    .option('--seed <number>', 'the same seed gives the same answer', '1')
    .option('--domain <name>', 'routing domain', 'main')
    .addHelpText('after', '\nExamples:\n  patchbay routing simulate -f docs/examples/scenario.yaml\n  patchbay routing simulate -f monday.yaml --policy new.yaml --seed 7 --json\n')
    .action((options: LabOptions & { file: string }) => run((parts) => askSimulation(parts, options)));
}

export function addLabCommands(program: Command, run: Run): void {
  const routing = program.command('routing').description('questions to a routing domain: what was, and what would be; and the evacuation of a site');
  addEvacuation(routing, run);
  routing
    .command('replay')
    .description('build the state of a routing domain again from its facts and compare hashes')
    .option('--domain <name>', 'routing domain', 'main')
    .addHelpText('after', '\nExits with 1 when the hashes differ.\n\nExample:\n  patchbay routing replay --json\n')
    .action((options: { domain: string }) =>
      run(async (parts) => {
        const response = await lastOf(parts, (await labOf(parts)).replay({ domain: options.domain }, { signal: parts.context.signal }));
        parts.output.show(ReplayResponse, response, ({ result }) => (result === undefined ? 'nothing' : formatReplay(result)));
        if (response.result?.same !== true) throw cliError('CLI_DIFFERENT');
      }),
    );
  addWhatIf(routing, run);
  addSimulate(routing, run);
}
