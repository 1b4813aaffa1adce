import type { AnyFact } from '@patchbay/bus/fact';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import type { EventType } from '@patchbay/contracts/event-types';
import type { ChannelBus } from './channel-bus.ts';
import type { ContactWriter } from './contact-writer.ts';
import { factId } from './contact-writer.ts';
import type { ContactStore } from './contact-store.ts';
import type { Centre } from './entry-points.ts';
import { systemText, type SystemTextKey } from './system-texts.ts';

/** Facts of routing that a channel acts on. */
export const routingTypes = [
  'patchbay.routing.v1.ContactAssigned',
  'patchbay.routing.v1.ContactOverflowed',
  'patchbay.routing.v1.ContactRefused',
  'patchbay.routing.v1.RoutingExpired',
] as const satisfies readonly EventType[];

/** What the reactions stand on. */
export interface ReactionDependencies {
  readonly store: ContactStore;
  readonly writer: ContactWriter;
  readonly bus: Pick<ChannelBus, 'sendCommand'>;
  readonly centre: Centre;
  readonly channel: string;
}

const refusalTexts: Readonly<Record<string, SystemTextKey>> = { hours: 'text.refused.hours', full: 'text.refused.full' };

/**
 * Makes the handler of routing's facts: an assignment connects the contact; a refusal or an expiry is told to the customer
 * and ends it. Each reaction looks at the contact's own facts first, so a fact that comes again changes nothing.
 * What is told goes the way of every message, as a command: a platform that is away holds up that contact and no other.
 */
export function createRoutingReactions(dependencies: ReactionDependencies): (fact: AnyFact) => Promise<void> {
  const { store, writer, bus, centre, channel } = dependencies;

  async function tellAndEnd(fact: AnyFact, requestId: string, ending: { text: SystemTextKey; reason: EndReason; code: string }): Promise<void> {
    const place = { tenant: fact.tenant, contactId: fact.key };
    const contact = await writer.change(place, () => []);
    const { started } = contact;
    if (started === undefined || contact.ended !== undefined || contact.request?.requestId !== requestId) return;
    const text = systemText(centre.entryPointByName(fact.tenant, started.entryPoint), ending.text, contact.attributes['language']);
    const to = { tenant: fact.tenant, channel };
    const own = { contactId: fact.key, by: Party.SYSTEM, agentId: '' };
    if (text !== undefined) {
      const content = [{ part: { $case: 'text' as const, value: { text } } }];
      const command = { ...own, commandId: factId('system-text', fact.key, fact.id), content, degrade: true, notAfter: undefined };
      await bus.sendCommand({ ...to, name: 'SendMessage', command });
    }
    const { reason, code } = ending;
    await bus.sendCommand({ ...to, name: 'EndContact', command: { ...own, commandId: factId('system-end', fact.key, fact.id), reason, code } });
  }

  return async (fact) => {
    if (!(await store.isOurs(fact.tenant, fact.key))) return;
    switch (fact.type) {
      case 'patchbay.routing.v1.ContactAssigned':
        await writer.connect({ tenant: fact.tenant, contactId: fact.key }, fact.event);
        return;
      case 'patchbay.routing.v1.ContactRefused':
        await tellAndEnd(fact, fact.event.requestId, {
          text: refusalTexts[fact.event.reason] ?? 'text.refused',
          reason: EndReason.REFUSED,
          code: fact.event.reason,
        });
        return;
      case 'patchbay.routing.v1.ContactOverflowed':
        // Voicemail, messages and call-backs are not taken here: who left the queues is told that nobody came.
        if (fact.event.toQueue === '') await tellAndEnd(fact, fact.event.requestId, { text: 'text.expired', reason: EndReason.EXPIRED, code: fact.event.action });
        return;
      case 'patchbay.routing.v1.RoutingExpired':
        await tellAndEnd(fact, fact.event.requestId, { text: 'text.expired', reason: EndReason.EXPIRED, code: '' });
        return;
      default:
        return;
    }
  };
}
