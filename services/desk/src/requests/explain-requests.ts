import type { Contact } from '@patchbay/contracts/crm/v1/contact_service';
import { offerExplanation, pressingPromise, waitingContact, waitingExplanation } from '../domain/explain.ts';
import { deskError } from '../errors.ts';
import { idRule, readTexts } from '../socket/read-frame.ts';
import type { RequestHandlers, RequestScope } from './scope.ts';

const limitMs = 8_000;
/** An offer of days ago is built again from the facts before it. */
const offerLimitMs = 20_000;
/** As many records as crm gives at once. */
const mostWaiting = 500;
const mostPromises = 100;
/** A list without names is better than none. */
const namesLimitMs = 1_500;

/** Whoever may look at the wall may ask why; routing checks it once more. */
function requireWall({ session }: RequestScope): void {
  if (!session.view.pages.wall) throw deskError('DESK_FORBIDDEN');
}

/** What crm has of these contacts, by id. */
async function recordsOf(contactIds: string[], { services, call }: RequestScope): Promise<ReadonlyMap<string, Contact>> {
  if (contactIds.length === 0) return new Map();
  try {
    const { contacts } = await services.contacts.listContacts({ contactIds, pageSize: contactIds.length }, call(namesLimitMs));
    return new Map(contacts.map((contact) => [contact.contactId, contact]));
  } catch {
    // Who waits is shown without names then; crm's own pages say that it is away.
    return new Map();
  }
}

/** Who waits, and why contacts wait or went to whom they went. */
export const explainRequests = {
  'waiting.list': async (params, scope) => {
    requireWall(scope);
    const { queue, limit } = readTexts(params, { queue: { min: 1, max: 64 }, limit: { min: 1, max: 3, pattern: /^[1-9]\d*$/ } });
    const pageSize = Math.min(mostWaiting, Number(limit));
    const { contacts, total } = await scope.services.routing.listWaiting({ queue, pageSize }, scope.call(limitMs));
    const records = await recordsOf(contacts.map(({ contactId }) => contactId), scope);
    return { contacts: contacts.map((contact) => waitingContact(contact, records.get(contact.contactId), scope.personName)), total };
  },

  'promises.list': async (params, scope) => {
    requireWall(scope);
    const { queue } = readTexts(params, { queue: { min: 1, max: 64 } });
    const { promises, total } = await scope.services.routing.listPromises({ queue, pageSize: mostPromises }, scope.call(limitMs));
    const records = await recordsOf([...new Set(promises.map(({ contactId }) => contactId))], scope);
    return { promises: promises.map((promise) => pressingPromise(promise, records.get(promise.contactId), scope.personName)), total };
  },

  'explain.waiting': async (params, scope) => {
    requireWall(scope);
    const asked = readTexts(params, { contactId: idRule });
    return waitingExplanation(await scope.services.routing.explainWaiting(asked, scope.call(limitMs)), scope.personName);
  },

  'explain.offer': async (params, scope) => {
    requireWall(scope);
    const asked = readTexts(params, { contactId: idRule, offerId: { ...idRule, min: 0 } });
    return offerExplanation(await scope.services.routing.explainOffer(asked, scope.call(offerLimitMs)), scope.personName);
  },
} satisfies Partial<RequestHandlers>;
