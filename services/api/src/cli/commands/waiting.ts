import type { Command } from 'commander';
import { ListWaitingResponse, type RoutingServiceClient, RoutingServiceDefinition, type WaitingContact } from '@patchbay/contracts/routing/v1/routing_service';
import { formatSeconds, formatTable, formatTime } from '../format.ts';
import { parseInteger } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const heads = ['PLACE', 'CONTACT', 'CHANNEL', 'WAITING', 'PRIORITY', 'BECAUSE', 'AGENT', 'UNTIL'];

function rowOf({ place, contactId, channel, enqueuedAt, priority, because, agentId, until }: WaitingContact, nowMs: number): string[] {
  const waited = enqueuedAt === undefined ? '' : formatSeconds((nowMs - enqueuedAt.getTime()) / 1_000);
  return [String(place), contactId, channel, waited, `${priority} s`, because.replaceAll('_', '-'), agentId, formatTime(until)];
}

/** Adds the list of those who wait. */
export function addWaiting(queues: Command, run: Run): void {
  queues
    .command('waiting <queue>')
    .description('list who waits in a queue, in the order of the line')
    .option('--limit <n>', 'at most so many, 1 to 1000', '100')
    .option('--page <token>', 'go on where the page before ended')
    .addHelpText('after', '\nExample:\n  patchbay queues waiting billing --limit 20\n')
    .action((queue: string, options: { limit: string; page?: string }) =>
      run(async (parts) => {
        const client = await parts.connection.client<RoutingServiceClient>(RoutingServiceDefinition);
        const pageSize = parseInteger('limit', options.limit, { min: 1, max: 1_000 });
        const nowMs = parts.context.nowMs();
        parts.output.show(ListWaitingResponse, await client.listWaiting({ queue, pageSize, pageToken: options.page ?? '' }), ({ contacts, total, nextPageToken }) => {
          const rest = nextPageToken === '' ? '' : `${total} in all; the next: --page ${nextPageToken}\n`;
          return `${formatTable(heads, contacts.map((contact) => rowOf(contact, nowMs)))}${rest}`;
        });
      }),
    );
}
