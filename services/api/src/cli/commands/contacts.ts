import type { Command } from 'commander';
import { type Contact, ContactOutcome, contactOutcomeToJSON, type ContactServiceClient, ContactServiceDefinition, ContactStatus, contactStatusToJSON, GetContactResponse, promiseStateToJSON, ListContactsResponse, WatchContactsResponse } from '@patchbay/contracts/crm/v1/contact_service';
import { slaKindToJSON } from '@patchbay/contracts/routing/v1/routing_event';
import { formatFact } from '../format-fact.ts';
import { formatTable, formatTime, formatWord } from '../format.ts';
import { collect, parseInteger, parseTime, parseWord } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';
import { addExplain } from './explain.ts';
import { addContactSteering } from './steering.ts';
import { follow } from './watching.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const contactsOf = ({ connection }: CommandParts) => connection.client<ContactServiceClient>(ContactServiceDefinition);
const statusWord = (contact: Contact) => formatWord(contactStatusToJSON(contact.status), 'CONTACT_STATUS_');
const outcomeWord = (contact: Contact) => (contact.outcome === ContactOutcome.UNSPECIFIED ? '' : formatWord(contactOutcomeToJSON(contact.outcome), 'CONTACT_OUTCOME_'));

const heads = ['CONTACT', 'CHANNEL', 'STATUS', 'OUTCOME', 'QUEUE', 'AGENT', 'CUSTOMER', 'STARTED'];
const rowOf = (contact: Contact) => [contact.contactId, contact.channel, statusWord(contact), outcomeWord(contact), contact.queue, contact.agentId, contact.customer?.address ?? '', formatTime(contact.startedAt)];

function formatContact({ contact, facts }: GetContactResponse): string {
  if (contact === undefined) return 'nothing\n';
  const fields = formatTable(heads, [rowOf(contact)]);
  const promises = contact.promises.map(({ kind, policy, state, dueAt }) => [formatWord(slaKindToJSON(kind), 'SLA_KIND_'), policy, formatWord(promiseStateToJSON(state), 'PROMISE_STATE_'), formatTime(dueAt)]);
  const promised = promises.length === 0 ? '' : `\n${formatTable(['PROMISE', 'POLICY', 'STATE', 'DUE'], promises)}`;
  const summary = contact.summary === '' ? '' : `${contact.summary}\n`;
  const rows = facts.map(({ time, type, source, json }) => [formatTime(time), type.slice(type.lastIndexOf('.') + 1), source, formatFact(json)]);
  return `${fields}${summary}${promised}\n${formatTable(['TIME', 'FACT', 'BY', 'CONTENT'], rows)}`;
}

interface ListOptions {
  channel?: string;
  queue?: string;
  agent?: string;
  status: string[];
  from?: string;
  before?: string;
  conversation?: string;
  customer?: string;
  limit: string;
}

function addList(contacts: Command, run: Run): void {
  contacts
    .command('list')
    .description('list contacts, newest first')
    .option('--channel <name>', 'only this channel')
    .option('--queue <name>', 'only this queue')
    .option('--agent <name>', 'only this agent')
    .option('--status <word>', 'only in this state: started, queued, offered, assigned, connected, held, parked, wrap-up, closed; may be given several times', collect, [])
    .option('--from <time>', 'started at or after')
    .option('--before <time>', 'started before')
    .option('--conversation <id>', 'only of this matter')
    .option('--customer <address>', 'only of this customer address')
    .option('-n, --limit <number>', 'most', '50')
    .addHelpText('after', '\nTimes: 2026-01-31, 2026-01-31T08:00, today, now, or so long ago: 90m, 8h, 7d.\n\nExamples:\n  patchbay contacts list --status queued --queue billing\n  patchbay contacts list --from today --json\n')
    .action((options: ListOptions) =>
      run(async (parts) => {
        const nowMs = parts.context.nowMs();
        const limit = parseInteger('limit', options.limit, { min: 1, max: 100_000 });
        const filter = {
          channel: options.channel ?? '',
          queue: options.queue ?? '',
          agentId: options.agent ?? '',
          conversationId: options.conversation ?? '',
          customerAddress: options.customer ?? '',
          statuses: options.status.map((word) => parseWord('status', word, ContactStatus)),
          ...(options.from === undefined ? {} : { startedFrom: parseTime(options.from, nowMs) }),
          ...(options.before === undefined ? {} : { startedBefore: parseTime(options.before, nowMs) }),
        };
        const client = await contactsOf(parts);
        const found: Contact[] = [];
        let pageToken = '';
        do {
          const page = await client.listContacts({ ...filter, pageToken, pageSize: Math.min(500, limit - found.length) });
          found.push(...page.contacts);
          pageToken = page.nextPageToken;
        } while (pageToken !== '' && found.length < limit);
        const response: ListContactsResponse = { contacts: found.slice(0, limit), nextPageToken: pageToken };
        parts.output.show(ListContactsResponse, response, ({ contacts: all }) => formatTable(heads, all.map(rowOf)));
      }),
    );
}

function addWatch(contacts: Command, run: Run): void {
  contacts
    .command('watch [contact...]')
    .description('show contacts as they change, until Ctrl-C')
    .option('--agent <name>', 'only this agent')
    .option('--open', 'only open contacts to begin with', false)
    .addHelpText('after', '\nWith --json one response of WatchContacts a line. A broken connection is taken up where it broke.\n\nExample:\n  patchbay contacts watch --open --json\n')
    .action((contactIds: string[], options: { agent?: string; open: boolean }) =>
      run(async (parts) => {
        const client = await contactsOf(parts);
        await follow<WatchContactsResponse>(
          {
            open: async (resumeToken, signal) => client.watchContacts({ contactIds, agentId: options.agent ?? '', openOnly: options.open, resumeToken }, { signal }),
            tokenOf: (response) => response.resumeToken,
            take({ update, resumeToken }) {
              if (update?.$case === 'bookmark') return;
              parts.output.line(WatchContactsResponse, { update, resumeToken }, () =>
                update?.$case === 'contact' ? [formatTime(new Date(parts.context.nowMs())), ...rowOf(update.value)].join('  ') : undefined,
              );
            },
            onGap: () => void parts.context.stderr.write('The connection was away for longer than the stream is kept: beginning again with what there is.\n'),
          },
          '',
          parts.context.signal,
        );
      }),
    );
}

export function addContactCommands(program: Command, run: Run): void {
  const contacts = program.command('contacts').description('contacts of every channel');
  addList(contacts, run);
  contacts
    .command('get <contact>')
    .description('show one contact with all its facts in order')
    .addHelpText('after', '\nExample:\n  patchbay contacts get 0198c2f0-0000-7000-8000-000000000001 --json\n')
    .action((contactId: string) =>
      run(async (parts) => {
        parts.output.show(GetContactResponse, await (await contactsOf(parts)).getContact({ contactId }), formatContact);
      }),
    );
  addWatch(contacts, run);
  addExplain(contacts, run);
  addContactSteering(contacts, run);
}
