import type { AnyFact } from '@patchbay/bus/fact';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import type { EventType } from '@patchbay/contracts/event-types';
import type { ContactWriter } from './contact-writer.ts';
import { factId } from './contact-writer.ts';
import type { ContactStore } from './contact-store.ts';
import type { Centre } from './entry-points.ts';
import type { Sender } from './sender.ts';
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
  readonly sender: Sender;
  readonly centre: Centre;
}

const refusalTexts: Readonly<Record<string, SystemTextKey>> = { hours: 'text.refused.hours', full: 'text.refused.full' };

/**
 * Makes the handler of routing's facts: an assignment connects the contact; a refusal or an expiry is told to the customer
 * and ends it. Each reaction looks at the contact's own facts first, so a fact that comes again changes nothing.
 */
export function createRoutingReactions(dependencies: ReactionDependencies): (fact: AnyFact) => Promise<void> {
  const { store, writer, sender, centre } = dependencies;

  async function tellAndEnd(fact: AnyFact, requestId: string, ending: { text: SystemTextKey; reason: EndReason; code: string }): Promise<void> {
    const place = { tenant: fact.tenant, contactId: fact.key };
    const contact = await writer.change(place, () => []);
    const { started } = contact;
    if (started === undefined || contact.ended !== undefined || contact.request?.requestId !== requestId) return;
    const text = systemText(centre.entryPointByName(fact.tenant, started.entryPoint), ending.text, contact.attributes['language']);
    if (text !== undefined) {
      await sender.send({
        ...place,
        commandId: factId('system-text', fact.key, fact.id),
        content: [{ part: { $case: 'text', value: { text } } }],
        by: Party.SYSTEM,
        agentId: '',
        degrade: true,
        notAfterMs: undefined,
      });
    }
    await writer.end(place, { by: Party.SYSTEM, reason: ending.reason, code: ending.code });
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
