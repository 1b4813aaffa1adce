import type { Command } from 'commander';
import { type AgentServiceClient, AgentServiceDefinition, EvacuateSiteResponse } from '@patchbay/contracts/agent/v1/agent_service';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

function formatReach(site: string, { agents, contactsReturned, contactsKept }: EvacuateSiteResponse): string {
  return `${site}: ${agents} agents become not ready, ${contactsReturned} ringing contacts go back in line, ${contactsKept} contacts stay with their agents`;
}

/** Adds the evacuation of a site. */
export function addEvacuation(routing: Command, run: Run): void {
  routing
    .command('evacuate <site>')
    .description('make all agents of a site not ready at once; without --yes it only says whom that would touch')
    .option('-y, --yes', 'do it', false)
    .addHelpText('after', '\nThe site is the attribute `site` of agents.\n\nExamples:\n  patchbay routing evacuate beijing\n  patchbay routing evacuate beijing --yes\n')
    .action((site: string, { yes }: { yes: boolean }) =>
      run(async (parts) => {
        const client = await parts.connection.client<AgentServiceClient>(AgentServiceDefinition);
        const response = await client.evacuateSite({ site, lookOnly: !yes });
        const end = yes ? `; ${response.contactsMoved} contacts in line went on\n` : '\nnothing was done; --yes does it\n';
        parts.output.show(EvacuateSiteResponse, response, (reach) => `${formatReach(site, reach)}${end}`);
      }),
    );
}
