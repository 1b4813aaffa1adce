import type { AnyFact } from '@patchbay/bus/fact';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import type { EventType } from '@patchbay/contracts/event-types';
import type { ChannelBus } from './channel-bus.ts';
import type { ContactWriter } from './contact-writer.ts';
import { factId } from './contact-writer.ts';
import type { ContactStore } from './contact-store.ts';
import type { MessageTaking } from './message-taking.ts';
import type { SurgeNotices } from './surge-notices.ts';
import type { SystemTextKey } from './system-texts.ts';
import type { TellCustomer } from './tell-customer.ts';

/** Facts of routing that a channel acts on. */
export const routingTypes = [
  'patchbay.routing.v1.ContactAssigned',
  'patchbay.routing.v1.ContactOverflowed',
  'patchbay.routing.v1.ContactQueued',
  'patchbay.routing.v1.ContactRefused',
  'patchbay.routing.v1.RoutingExpired',
] as const satisfies readonly EventType[];

/** What the reactions stand on. */
export interface ReactionDependencies {
  readonly store: ContactStore;
  readonly writer: ContactWriter;
  readonly bus: Pick<ChannelBus, 'sendCommand'>;
  readonly tell: TellCustomer;
  readonly messages: Pick<MessageTaking, 'begin'>;
  readonly surges: SurgeNotices;
  readonly channel: string;
}

const refusalTexts: Readonly<Record<string, SystemTextKey>> = { hours: 'text.refused.hours', full: 'text.refused.full' };

/**
 * Makes the handler of routing's facts: an assignment connects the contact; an end of the plan takes a message; a refusal
 * or an expiry is told to the customer and ends it. Each reaction looks at the contact's own facts first, so a fact that comes again changes nothing.
 */
export function createRoutingReactions(dependencies: ReactionDependencies): (fact: AnyFact) => Promise<void> {
  const { store, writer, bus, tell, messages, surges, channel } = dependencies;

  async function tellAndEnd(fact: AnyFact, requestId: string, ending: { text: SystemTextKey; reason: EndReason; code: string }): Promise<void> {
    const place = { tenant: fact.tenant, contactId: fact.key };
    const contact = await writer.change(place, () => []);
    if (contact.started === undefined || contact.ended !== undefined || contact.request?.requestId !== requestId) return;
    await tell(contact, ending.text, fact.id);
    const { reason, code } = ending;
    const command = { contactId: fact.key, by: Party.SYSTEM, agentId: '', commandId: factId('system-end', fact.key, fact.id), reason, code };
    await bus.sendCommand({ tenant: fact.tenant, channel, name: 'EndContact', command });
  }

  return async (fact) => {
    if (!(await store.isOurs(fact.tenant, fact.key))) return;
    switch (fact.type) {
      case 'patchbay.routing.v1.ContactAssigned':
        await writer.connect({ tenant: fact.tenant, contactId: fact.key }, fact.event);
        return;
      case 'patchbay.routing.v1.ContactQueued':
        await surges.queued(fact);
        return;
      case 'patchbay.routing.v1.ContactRefused':
        if (await messages.begin(fact)) return;
        await tellAndEnd(fact, fact.event.requestId, {
          text: refusalTexts[fact.event.reason] ?? 'text.refused',
          reason: EndReason.REFUSED,
          code: fact.event.reason,
        });
        return;
      case 'patchbay.routing.v1.ContactOverflowed':
        if (fact.event.toQueue !== '' || (await messages.begin(fact))) return;
        await tellAndEnd(fact, fact.event.requestId, { text: 'text.expired', reason: EndReason.EXPIRED, code: fact.event.action });
        return;
      case 'patchbay.routing.v1.RoutingExpired':
        await tellAndEnd(fact, fact.event.requestId, { text: 'text.expired', reason: EndReason.EXPIRED, code: '' });
        return;
      default:
        return;
    }
  };
}
