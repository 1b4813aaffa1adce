import type { Command } from 'commander';
import { agentChoiceToJSON } from '@patchbay/contracts/directory/v1/resource';
import { type AgentExplanation, ExplainOfferResponse, ExplainWaitingResponse, type RoutingServiceClient, RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { AppError } from '@patchbay/runtime/app-error';
import { formatFigure, formatSeconds, formatTable, formatTime, formatWord } from '../format.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const heads = ['PLACE', 'AGENT', 'SCORE', 'IN HAND', 'IDLE SINCE', 'LEFT OUT', 'UNTIL'];

function rowOf({ place, agentId, score, inHand, idleSince, leftOut, until }: AgentExplanation): string[] {
  const shown = place === 0 || !Number.isFinite(score) ? '' : formatFigure(score);
  return [place === 0 ? '–' : String(place), agentId, shown, String(inHand), formatTime(idleSince), leftOut.replaceAll('_', '-'), formatTime(until)];
}

/** Names and values, one a line, without those that have none. */
function formatFields(fields: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(fields).map(([name, value]) => (value === undefined || value === '' ? '' : `${name}: ${value}\n`)).join('');
}

function formatOffer(offer: ExplainOfferResponse): string {
  const fields = formatFields({
    offered: `${formatTime(offer.offeredAt)} to ${offer.agentId}`,
    queue: offer.waitedAs?.queue,
    'named by': offer.namedBy,
    'chosen by': offer.namedBy === '' ? formatWord(agentChoiceToJSON(offer.choice), 'AGENT_CHOICE_') || 'least-in-hand' : '',
    'passed in line': offer.passedContacts.join(', '),
    note: offer.centreChanged ? 'agents, queues or teams were changed since, and are looked at as they are now' : '',
  });
  return `${fields}\n${formatTable(heads, offer.agents.map(rowOf))}`;
}

function formatWaiting(waiting: ExplainWaitingResponse, nowMs: number): string {
  const { waitsAs, expectedWait } = waiting;
  const asked = waitsAs?.requestedAt;
  const fields = formatFields({
    queue: waitsAs?.queue,
    waiting: asked === undefined ? '' : formatSeconds((nowMs - asked.getTime()) / 1_000),
    priority: waitsAs === undefined ? '' : `${waitsAs.priority} s`,
    ahead: String(waiting.ahead),
    'open offers': waiting.openOffers.join(', '),
    'waits for one agent until': formatTime(waiting.waitsForPreferredUntil),
    'more agents at': formatTime(waiting.nextRelaxationAt),
    'moves on at': formatTime(waiting.movesOnAt),
    'to be expected': expectedWait === undefined ? '' : `${formatSeconds(Number(expectedWait.p50Ms) / 1_000)} to ${formatSeconds(Number(expectedWait.p90Ms) / 1_000)} more`,
    'left out': Object.entries(waiting.leftOut).map(([reason, count]) => `${count} ${reason.replaceAll('_', '-')}`).join(', '),
  });
  return `${fields}\n${formatTable(heads, waiting.agents.map(rowOf))}`;
}

/** How the contact waits; undefined when it does not. */
async function findWaiting(client: RoutingServiceClient, contactId: string): Promise<ExplainWaitingResponse | undefined> {
  try {
    return await client.explainWaiting({ contactId });
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.code === 'ROUTING_UNKNOWN_CONTACT') return undefined;
    throw error;
  }
}

/** Adds the explanation to the commands of contacts. */
export function addExplain(contacts: Command, run: Run): void {
  contacts
    .command('explain <contact>')
    .description('say why a contact is still waiting, or why its offer went to its agent')
    .option('--offer <id>', 'this offer, also of a contact that waits again; default: why it waits, else its last offer')
    .addHelpText('after', '\nEvery agent is listed: those who could have it by place and score, the others with what kept them out.\n\nExample:\n  patchbay contacts explain 0198c2f0-0000-7000-8000-000000000001\n')
    .action((contactId: string, options: { offer?: string }) =>
      run(async (parts) => {
        const client = await parts.connection.client<RoutingServiceClient>(RoutingServiceDefinition);
        const waiting = options.offer === undefined ? await findWaiting(client, contactId) : undefined;
        if (waiting !== undefined) parts.output.show(ExplainWaitingResponse, waiting, (one) => formatWaiting(one, parts.context.nowMs()));
        else parts.output.show(ExplainOfferResponse, await client.explainOffer({ contactId, offerId: options.offer ?? '' }), formatOffer);
      }),
    );
}
