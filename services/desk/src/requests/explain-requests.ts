import { ContactStatus } from '@patchbay/contracts/crm/v1/contact_service';
import { offerExplanation, waitingContact, waitingExplanation } from '../domain/explain.ts';
import { deskError } from '../errors.ts';
import { idRule, readTexts } from '../socket/read-frame.ts';
import type { RequestHandlers, RequestScope } from './scope.ts';

const limitMs = 8_000;
/** An offer of days ago is built again from the facts before it. */
const offerLimitMs = 20_000;
const mostWaiting = 100;

/** Whoever may look at the wall may ask why; routing checks it once more. */
function requireWall({ session }: RequestScope): void {
  if (!session.view.pages.wall) throw deskError('DESK_FORBIDDEN');
}

/** Who waits, and why contacts wait or went to whom they went. */
export const explainRequests = {
  'waiting.list': async (params, scope) => {
    requireWall(scope);
    const { queue } = readTexts(params, { queue: { min: 1, max: 64 } });
    const statuses = [ContactStatus.QUEUED, ContactStatus.OFFERED];
    const { contacts } = await scope.services.contacts.listContacts({ queue, statuses, pageSize: mostWaiting }, scope.call(limitMs));
    return { contacts: contacts.map(waitingContact).sort((left, right) => left.enqueuedMs - right.enqueuedMs) };
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
