import type { Command } from 'commander';
import { slaKindToJSON } from '@patchbay/contracts/routing/v1/routing_event';
import { ListPromisesResponse, type PressingPromise, type RoutingServiceClient, RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { formatTable, formatTime, formatWord } from '../format.ts';
import { parseInteger } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const heads = ['CONTACT', 'CHANNEL', 'PROMISE', 'POLICY', 'STATE', 'DUE', 'AGENT'];

function rowOf({ contactId, channel, kind, policy, broken, dueAt, agentId }: PressingPromise): string[] {
  return [contactId, channel, formatWord(slaKindToJSON(kind), 'SLA_KIND_'), policy, broken ? 'broken' : 'at risk', formatTime(dueAt), agentId || 'waits'];
}

/** Adds the list of promises that somebody should look at. */
export function addPromises(queues: Command, run: Run): void {
  queues
    .command('promises <queue>')
    .description('list promises to customers that are at risk or broken, most pressing first')
    .option('--limit <n>', 'at most so many, 1 to 1000', '100')
    .addHelpText('after', '\nExample:\n  patchbay queues promises technical\n')
    .action((queue: string, options: { limit: string }) =>
      run(async (parts) => {
        const client = await parts.connection.client<RoutingServiceClient>(RoutingServiceDefinition);
        const pageSize = parseInteger('limit', options.limit, { min: 1, max: 1_000 });
        parts.output.show(ListPromisesResponse, await client.listPromises({ queue, pageSize }), ({ promises, total }) => {
          const rest = total > promises.length ? `${total} in all\n` : '';
          return `${formatTable(heads, promises.map(rowOf))}${rest}`;
        });
      }),
    );
}
