import type { Command } from 'commander';
import { type DeadLetter, type EventServiceClient, EventServiceDefinition, ListDeadLettersResponse, ReplayDeadLettersResponse, WatchEventsResponse } from '@patchbay/contracts/event/v1/event_service';
import { formatFact } from '../format-fact.ts';
import { formatTable, formatTime } from '../format.ts';
import { collect, parseInteger } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';
import { follow } from './watching.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const eventsOf = ({ connection }: CommandParts) => connection.client<EventServiceClient>(EventServiceDefinition);

function addWatch(program: Command, run: Run): void {
  const events = program.command('events').description('facts as they happen');
  events
    .command('watch')
    .description('show facts as they happen, until Ctrl-C')
    .option('-t, --type <type>', 'only this type, or all of a package: patchbay.routing.v1.*; may be given several times', collect, [])
    .option('-k, --key <key>', 'only of this contact or agent')
    .option('--resume <token>', 'go on after this token of an earlier watch')
    .option('--alive', 'show signs of life, too', false)
    .addHelpText('after', '\nWith --json one response of WatchEvents a line, each with the token to go on from.\n\nExamples:\n  patchbay events watch --type "patchbay.routing.v1.*"\n  patchbay events watch --json | head -n 5\n')
    .action((options: { type: string[]; key?: string; resume?: string; alive: boolean }) =>
      run(async (parts) => {
        const client = await eventsOf(parts);
        await follow<WatchEventsResponse>(
          {
            open: async (resumeToken, signal) => client.watchEvents({ types: options.type, key: options.key ?? '', resumeToken }, { signal }),
            tokenOf: (response) => response.resumeToken,
            take(response) {
              const { fact } = response;
              if (fact === undefined && !options.alive) return;
              parts.output.line(WatchEventsResponse, response, () => (fact === undefined ? '–' : [formatTime(fact.time), fact.type, fact.source, formatFact(fact.json)].join('  ')));
            },
            onGap: () => void parts.context.stderr.write('The token is older than what the stream keeps: going on from now.\n'),
          },
          options.resume ?? '',
          parts.context.signal,
        );
      }),
    );
}

const letterRow = (letter: DeadLetter) => [String(letter.sequence), formatTime(letter.time), letter.service, letter.code, letter.type, String(letter.deliveries), letter.subject];

export function addEventCommands(program: Command, run: Run): void {
  addWatch(program, run);
  const letters = program.command('dead-letters').description('messages that a service could not handle');
  letters
    .command('list')
    .description('list them, oldest first')
    .option('--service <name>', 'only of this service')
    .option('-n, --limit <number>', 'most', '100')
    .action((options: { service?: string; limit: string }) =>
      run(async (parts) => {
        const pageSize = parseInteger('limit', options.limit, { min: 1, max: 500 });
        const response = await (await eventsOf(parts)).listDeadLetters({ service: options.service ?? '', pageSize });
        parts.output.show(ListDeadLettersResponse, response, ({ deadLetters }) => formatTable(['NUMBER', 'TIME', 'SERVICE', 'CODE', 'TYPE', 'TRIES', 'SUBJECT'], deadLetters.map(letterRow)));
      }),
    );
  letters
    .command('replay [number...]')
    .description('hand them to their service again: those named, or all of a service')
    .option('--service <name>', 'all of this service')
    .addHelpText('after', '\nExamples:\n  patchbay dead-letters replay 17 18\n  patchbay dead-letters replay --service crm\n')
    .action((numbers: string[], options: { service?: string }) =>
      run(async (parts) => {
        const sequences = numbers.map((number) => BigInt(parseInteger('number', number, { min: 1, max: Number.MAX_SAFE_INTEGER })));
        const response = await (await eventsOf(parts)).replayDeadLetters({ sequences, service: options.service ?? '' });
        parts.output.show(ReplayDeadLettersResponse, response, ({ replayed }) => `${replayed} handled`);
      }),
    );
}
