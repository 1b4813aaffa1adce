import { Party } from '@patchbay/contracts/contact/v1/contact';
import type { ChannelBus } from './channel-bus.ts';
import type { ContactState } from './contact-state.ts';
import { factId } from './contact-writer.ts';
import type { Centre } from './entry-points.ts';
import { systemText, type SystemTextKey } from './system-texts.ts';

/**
 * Tells a customer a text of the system, once for each cause; nothing when the text is not set. It goes the way of every
 * message, as a command: a platform that is away holds up that contact and no other.
 */
export type TellCustomer = (contact: ContactState, text: SystemTextKey, cause: string) => Promise<void>;

/** Creates it. */
export function createTellCustomer({ bus, centre, channel }: { bus: Pick<ChannelBus, 'sendCommand'>; centre: Centre; channel: string }): TellCustomer {
  return async ({ tenant, contactId, started, attributes }, key, cause) => {
    const text = systemText(centre.entryPointByName(tenant, started?.entryPoint ?? ''), key, attributes['language']);
    if (text === undefined) return;
    const content = [{ part: { $case: 'text' as const, value: { text } } }];
    const command = { contactId, by: Party.SYSTEM, agentId: '', commandId: factId('system-text', contactId, cause), content, degrade: true, notAfter: undefined };
    await bus.sendCommand({ tenant, channel, name: 'SendMessage', command });
  };
}
