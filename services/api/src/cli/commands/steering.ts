import type { Command } from 'commander';
import {
  CancelRequestResponse,
  MoveContactResponse,
  PauseQueueResponse,
  PrioritiseContactResponse,
  PullContactResponse,
  ReassignContactResponse,
  ResumeQueueResponse,
  type SteeringServiceClient,
  SteeringServiceDefinition,
} from '@patchbay/contracts/routing/v1/steering_service';
import { cliError } from '../../errors.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;
interface Why {
  reason: string;
}

/** Client of the team leads' tools. */
export const steeringOf = ({ connection }: CommandParts) => connection.client<SteeringServiceClient>(SteeringServiceDefinition);

const why = ['-r, --reason <text>', 'why; stands in the record with who did it'] as const;
const id = '0198c2f0-0000-7000-8000-000000000001';

function parsePriority(text: string): number {
  const seconds = Number(text);
  if (!/^-?\d+$/.test(text) || Math.abs(seconds) > 86_400) throw cliError('CLI_USAGE', { details: { seconds: 'must be a whole number from -86400 to 86400' } });
  return seconds;
}

/** Adds what team leads do with a contact to its commands. */
export function addContactSteering(contacts: Command, run: Run): void {
  contacts
    .command('move <contact> <queue>')
    .description('move a waiting contact to another queue, its place kept')
    .requiredOption(...why)
    .addHelpText('after', `\nExample:\n  patchbay contacts move ${id} billing --reason "wrong menu key"\n`)
    .action((contactId: string, queue: string, { reason }: Why) =>
      run(async (parts) => {
        parts.output.show(MoveContactResponse, await (await steeringOf(parts)).moveContact({ contactId, queue, reason }), () => `moved to ${queue}`);
      }),
    );
  contacts
    .command('pull <contact> <agent>')
    .description('offer a waiting contact to an agent by name; the agent must be free')
    .requiredOption(...why)
    .addHelpText('after', `\nExample:\n  patchbay contacts pull ${id} 1001 --reason "knows the case"\n`)
    .action((contactId: string, agentId: string, { reason }: Why) =>
      run(async (parts) => {
        parts.output.show(PullContactResponse, await (await steeringOf(parts)).pullContact({ contactId, agentId, reason }), () => `offered to ${agentId}`);
      }),
    );
  contacts
    .command('reassign <contact> [agent]')
    .description('take a text contact from its agent, for another one or for whoever comes free')
    .requiredOption(...why)
    .addHelpText('after', `\nExamples:\n  patchbay contacts reassign ${id} 1002 --reason "shift ends"\n  patchbay contacts reassign ${id} --reason "shift ends"\n`)
    .action((contactId: string, agentId: string | undefined, { reason }: Why) =>
      run(async (parts) => {
        const response = await (await steeringOf(parts)).reassignContact({ contactId, agentId: agentId ?? '', reason });
        parts.output.show(ReassignContactResponse, response, () => (agentId === undefined ? 'back in line' : `offered to ${agentId}`));
      }),
    );
  contacts
    .command('cancel <contact>')
    .description('end what a waiting contact asks for')
    .requiredOption(...why)
    .addHelpText('after', `\nExample:\n  patchbay contacts cancel ${id} --reason "asked twice"\n`)
    .action((contactId: string, { reason }: Why) =>
      run(async (parts) => {
        parts.output.show(CancelRequestResponse, await (await steeringOf(parts)).cancelRequest({ contactId, reason }), () => 'cancelled');
      }),
    );
  contacts
    .command('prioritise <contact> <seconds>')
    .description('change the priority of a waiting contact, in seconds of waiting that it is worth')
    .requiredOption(...why)
    .addHelpText('after', `\nBelow 0: patchbay contacts prioritise --reason … -- ${id} -60\n\nExample:\n  patchbay contacts prioritise ${id} 300 --reason "second call today"\n`)
    .action((contactId: string, seconds: string, { reason }: Why) =>
      run(async (parts) => {
        const priority = parsePriority(seconds);
        parts.output.show(PrioritiseContactResponse, await (await steeringOf(parts)).prioritiseContact({ contactId, priority, reason }), () => `priority ${priority} s`);
      }),
    );
}

/** Adds pausing and resuming to the commands of queues. */
export function addQueueSteering(queues: Command, run: Run): void {
  queues
    .command('pause <queue>')
    .description('offer nothing from a queue until it is resumed')
    .requiredOption(...why)
    .addHelpText('after', '\nWho comes goes on by the queue’s plan, or waits.\n\nExample:\n  patchbay queues pause billing --reason "billing system down"\n')
    .action((queue: string, { reason }: Why) =>
      run(async (parts) => {
        parts.output.show(PauseQueueResponse, await (await steeringOf(parts)).pauseQueue({ queue, reason }), (response) => `${queue} paused, ${response.queue?.waiting ?? 0} waiting`);
      }),
    );
  queues
    .command('resume <queue>')
    .description('serve a paused queue again, each contact at its place')
    .action((queue: string) =>
      run(async (parts) => {
        parts.output.show(ResumeQueueResponse, await (await steeringOf(parts)).resumeQueue({ queue }), (response) => `${queue} resumed, ${response.queue?.waiting ?? 0} waiting`);
      }),
    );
}
