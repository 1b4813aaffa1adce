import type { Contact } from '@patchbay/contracts/crm/v1/contact_service';
import { mayOpen, mayReview } from '../domain/access.ts';
import { historyView, kpiView, recordingView, scoreView } from '../domain/record-views.ts';
import { msOf, type Story } from '../domain/story.ts';
import { deskError } from '../errors.ts';
import type { HistoryEntry } from '../protocol.ts';
import { idRule, readTexts } from '../socket/read-frame.ts';
import { agentOf } from './agent-requests.ts';
import type { RequestHandlers, RequestScope } from './scope.ts';

const pageSize = 30;
const recordLimitMs = 8_000;

function entriesOf(contacts: readonly Contact[], conversationId: string, scope: RequestScope): HistoryEntry[] {
  return contacts.map((contact) => {
    const view = historyView(contact, conversationId);
    return { ...view, agentName: view.agentId === '' ? '' : scope.personName(view.agentId), openable: mayOpen(scope.session.view, view.agentId) };
  });
}

/** Contacts of the same matter and of the same customer, without the contact itself, newest first. */
async function listHistory({ view }: Story, scope: RequestScope): Promise<HistoryEntry[]> {
  const { contacts } = scope.services;
  const pages = await Promise.all([
    view.conversationId === '' ? undefined : contacts.listContacts({ conversationId: view.conversationId, pageSize }, scope.call(recordLimitMs)),
    view.customer.address === '' ? undefined : contacts.listContacts({ customerAddress: view.customer.address, pageSize }, scope.call(recordLimitMs)),
  ]);
  const byId = new Map<string, Contact>();
  for (const contact of pages.flatMap((page) => page?.contacts ?? [])) if (contact.contactId !== view.contactId) byId.set(contact.contactId, contact);
  return entriesOf([...byId.values()], view.conversationId, scope)
    .sort((left, right) => right.startedMs - left.startedMs)
    .slice(0, pageSize);
}

async function reviewable(params: unknown, scope: RequestScope): Promise<string> {
  const { contactId } = readTexts(params, { contactId: idRule });
  const { view } = await scope.story(contactId);
  if (!mayReview(scope.session.view, view)) throw deskError('DESK_FORBIDDEN');
  return contactId;
}

/** What is kept of contacts, and figures. */
export const recordRequests = {
  'history.list': async (params, scope) => {
    const { contactId } = readTexts(params, { contactId: idRule });
    return { entries: await listHistory(await scope.story(contactId), scope) };
  },

  'history.recent': async (_params, scope) => {
    const { contacts } = await scope.services.contacts.listContacts({ agentId: agentOf(scope), pageSize }, scope.call(recordLimitMs));
    return { entries: entriesOf(contacts, '', scope) };
  },

  'quality.list': async (params, scope) => {
    const contactId = await reviewable(params, scope);
    const { scores } = await scope.services.quality.listScores({ contactId }, scope.call(recordLimitMs));
    return { scores: scores.map(scoreView).filter((score) => score !== undefined) };
  },

  'recordings.list': async (params, scope) => {
    const contactId = await reviewable(params, scope);
    const { recordings } = await scope.services.recordings.listRecordings({ contactId }, scope.call(recordLimitMs));
    return { recordings: recordings.map((recording) => recordingView(recording, contactId)) };
  },

  'wall.open': async (_params, scope) => {
    if (!scope.session.view.pages.wall) throw deskError('DESK_FORBIDDEN');
    scope.openWall();
    return {};
  },

  'wall.close': async (_params, scope) => {
    scope.closeWall();
    return {};
  },

  'kpis.today': async (_params, scope) => {
    if (!scope.session.view.pages.wall) throw deskError('DESK_FORBIDDEN');
    const { kpis, asOf } = await scope.services.analytics.getKpis({ intervalMinutes: 0 }, scope.call(recordLimitMs));
    return { kpis: kpis.map(kpiView), asOfMs: msOf(asOf) };
  },
} satisfies Partial<RequestHandlers>;
