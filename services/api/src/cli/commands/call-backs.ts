import type { Command } from 'commander';
import { type ContactServiceClient, ContactServiceDefinition, EndContactResponse } from '@patchbay/contracts/crm/v1/contact_service';
import { type CallBackServiceClient, CallBackServiceDefinition, RequestCallBackResponse } from '@patchbay/contracts/voice/v1/call_back_service';
import { systemClock } from '@patchbay/runtime/clock';
import { createIdSource } from '@patchbay/runtime/ids';
import { parseInteger, parseTime } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

interface RequestOptions {
  entryPoint: string;
  queue?: string;
  name?: string;
  at?: string;
  after?: string;
  tries: string;
  contact?: string;
}

export function addCallBackCommands(program: Command, run: Run): void {
  const callBacks = program.command('call-backs').description('calls to customers who want to be called');
  callBacks
    .command('request <number>')
    .description('ask for a call: it waits in its queue, and the phone of the agent who gets it rings first')
    .requiredOption('-e, --entry-point <name>', 'voice entry point whose number calls')
    .option('--queue <name>', 'queue to wait in, instead of the entry point’s')
    .option('--name <name>', 'name of the customer, for the agent')
    .option('--at <time>', 'not before, within the hours of the queue: 2026-01-31T08:00, or in +90m, +8h, +7d')
    .option('--after <contact>', 'the contact that it grows out of')
    .option('--tries <number>', 'how often the customer may be missed, 1 to 3', '3')
    .option('--contact <uuid>', 'the contact to be: asking again under it changes nothing')
    .addHelpText('after', '\nExample:\n  patchbay call-backs request "+86 138 0000 1234" --entry-point hotline --at +2h\n')
    .action((number: string, options: RequestOptions) =>
      run(async (parts) => {
        const maxAttempts = parseInteger('tries', options.tries, { min: 1, max: 3 });
        const dueAt = options.at === undefined ? {} : { dueAt: parseTime(options.at, parts.context.nowMs()) };
        const client = await parts.connection.client<CallBackServiceClient>(CallBackServiceDefinition);
        const { entryPoint, queue = '', name: customerName = '', after: parentContactId = '', contact: contactId = '' } = options;
        const response = await client.requestCallBack({ contactId, entryPoint, number, queue, customerName, parentContactId, maxAttempts, ...dueAt });
        parts.output.show(RequestCallBackResponse, response, (asked) => `${asked.contactId}\n`);
      }),
    );
  callBacks
    .command('cancel <contact>')
    .description('take a call-back off the list; one that is connected goes on')
    .addHelpText('after', '\nExample:\n  patchbay call-backs cancel 0198c2f0-0000-7000-8000-000000000001\n')
    .action((contactId: string) =>
      run(async (parts) => {
        const client = await parts.connection.client<ContactServiceClient>(ContactServiceDefinition);
        const response = await client.endContact({ contactId, commandId: createIdSource(systemClock).next() });
        parts.output.show(EndContactResponse, response, () => 'It will be taken off the list.\n');
      }),
    );
}
