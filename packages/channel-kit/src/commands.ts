import type { ReceivedCommand } from '@patchbay/bus/commands';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import type { EndContact } from '@patchbay/contracts/channel/v1/channel_command';
import { AppError } from '@patchbay/runtime/app-error';
import { deadlineSignal, abortable } from '@patchbay/runtime/deadline';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { ChannelAdapter } from './channel-adapter.ts';
import { contactView } from './contact-state.ts';
import type { ContactWriter } from './contact-writer.ts';
import type { Centre } from './entry-points.ts';
import { channelError } from './errors.ts';
import { factId } from './contact-writer.ts';
import { channelMetrics } from './metrics.ts';
import type { Sender } from './sender.ts';
import { systemText } from './system-texts.ts';

/** What carrying out commands stands on. */
export interface CommandDependencies {
  readonly adapter: Pick<ChannelAdapter, 'manifest' | 'end'>;
  readonly sender: Sender;
  readonly writer: ContactWriter;
  readonly centre: Centre;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const endTimeoutMs = 5_000;

/**
 * Makes the handler of the channel's commands. A command may come again: an outcome fact of its id, or the end of the
 * contact, says that it was carried out.
 */
export function createCommandHandler(dependencies: CommandDependencies): (command: ReceivedCommand) => Promise<void> {
  const { adapter, sender, writer, centre, log } = dependencies;
  const { channel } = adapter.manifest;
  const taken = dependencies.metrics.counter(channelMetrics.channel_commands_total);

  async function endContact(tenant: string, command: EndContact): Promise<void> {
    const place = { tenant, contactId: command.contactId };
    const contact = await writer.change(place, () => []);
    const view = contactView(contact);
    if (view === undefined || contact.started?.channel !== channel) throw channelError('CHANNEL_UNKNOWN_CONTACT', { details: { contactId: command.contactId } });
    if (contact.ended !== undefined) return;
    const closing = command.by === Party.AGENT ? systemText(centre.entryPointByName(tenant, view.entryPoint), 'text.closing', view.attributes['language']) : undefined;
    if (closing !== undefined) {
      await sender.send({
        ...place,
        commandId: factId('closing', command.contactId, command.commandId),
        content: [{ part: { $case: 'text', value: { text: closing } } }],
        by: Party.SYSTEM,
        agentId: '',
        degrade: true,
        notAfterMs: undefined,
      });
    }
    await sender.after(command.contactId, async () => {
      const signal = deadlineSignal(endTimeoutMs);
      // The customer's platform may be away; the contact ends in the centre all the same.
      await abortable(Promise.resolve(adapter.end?.(view, { by: command.by, reason: command.reason, signal })), signal).catch((error: unknown) => {
        log.warn('platform was not told of the end', { error: AppError.from(error), contactId: command.contactId, channel });
      });
      await writer.end(place, { by: command.by, reason: command.reason, code: command.code });
    });
  }

  return async (received) => {
    taken.inc({ channel, name: received.name });
    switch (received.name) {
      case 'SendMessage': {
        const { command, tenant } = received;
        await sender.send({
          tenant,
          contactId: command.contactId,
          commandId: command.commandId,
          content: command.content,
          by: command.by,
          agentId: command.agentId,
          degrade: command.degrade,
          notAfterMs: command.notAfter?.getTime(),
        });
        return;
      }
      case 'EndContact':
        await endContact(received.tenant, received.command);
        return;
      case 'HoldContact':
      case 'RetrieveContact':
        throw channelError('CHANNEL_NO_HOLD', { details: { channel, contactId: received.contactId } });
    }
  };
}
