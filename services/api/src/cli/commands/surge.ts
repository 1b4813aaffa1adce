import type { Command } from 'commander';
import { type SurgeAction, surgeActionKindToJSON } from '@patchbay/contracts/directory/v1/resource';
import { ListSurgesResponse, StartSurgeResponse, StopSurgeResponse, type SurgeServiceClient, SurgeServiceDefinition, type SurgeStatus } from '@patchbay/contracts/routing/v1/surge_service';
import { formatTable, formatTime, formatWord } from '../format.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const surgesOf = ({ connection }: CommandParts) => connection.client<SurgeServiceClient>(SurgeServiceDefinition);
const actionWord = ({ kind, name, queues }: SurgeAction) => [formatWord(surgeActionKindToJSON(kind), 'SURGE_ACTION_KIND_'), name, ...queues].filter((part) => part !== '').join(' ');

export function formatSurges(surges: readonly SurgeStatus[]): string {
  const rows = surges.map(({ plan, queues, active, since, reason, by, note, actions }) => [plan, queues.join(', '), active ? 'on' : 'off', formatTime(since), reason, by, note, actions.map(actionWord).join(', ')]);
  return formatTable(['PLAN', 'QUEUES', 'SURGE', 'SINCE', 'REASON', 'BY', 'NOTE', 'ACTIONS'], rows);
}

const formatOne = ({ surge }: { surge?: SurgeStatus | undefined }) => formatSurges(surge === undefined ? [] : [surge]);

export function addSurgeCommands(program: Command, run: Run): void {
  const surge = program.command('surge').description('what is done when far more contacts come than expected');
  surge
    .command('show')
    .description('list surge plans with what holds now')
    .action(() => run(async (parts) => parts.output.show(ListSurgesResponse, await (await surgesOf(parts)).listSurges({}), ({ surges }) => formatSurges(surges))));
  surge
    .command('start <plan>')
    .description('start the surge of a plan; it lasts until it is stopped')
    .requiredOption('-r, --reason <code>', 'why')
    .addHelpText('after', '\nExample:\n  patchbay surge start rush --reason outage\n')
    .action((plan: string, options: { reason: string }) => run(async (parts) => parts.output.show(StartSurgeResponse, await (await surgesOf(parts)).startSurge({ plan, reason: options.reason }), formatOne)));
  surge
    .command('stop <plan>')
    .description('stop the surge of a plan, however it began')
    .requiredOption('-r, --reason <code>', 'why')
    .action((plan: string, options: { reason: string }) => run(async (parts) => parts.output.show(StopSurgeResponse, await (await surgesOf(parts)).stopSurge({ plan, reason: options.reason }), formatOne)));
}
