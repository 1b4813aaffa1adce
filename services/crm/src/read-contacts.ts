import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import type { CallContext } from '@patchbay/bus/rpc-server';
import { eventTypes } from '@patchbay/contracts/event-types';
import type { Contact, Fact, GetContactRequest, GetContactResponse, ListContactsRequest, ListContactsResponse } from '@patchbay/contracts/crm/v1/contact_service';
import { isUuid } from '@patchbay/runtime/ids';
import { mayReadAll, ownAgent } from './access.ts';
import { emptyRecord, foldContact } from './domain/contact-record.ts';
import { crmError } from './errors.ts';
import type { ContactFilter, ContactStore, KeptFact } from './ports.ts';
import { contactDomains, toStoredFact } from './project-facts.ts';
import { readPageToken, writePageToken } from './tokens.ts';

const defaultPage = 50;
const largestPage = 500;

function toFilter(request: ListContactsRequest, context: CallContext): ContactFilter {
  const optional = <Name extends string>(name: Name, value: string) => (value === '' ? {} : ({ [name]: value } as Record<Name, string>));
  return {
    tenant: context.tenant,
    statuses: request.statuses,
    ...optional('channel', request.channel),
    ...optional('queue', request.queue),
    ...optional('agentId', request.agentId),
    ...optional('customerAddress', request.customerAddress),
    ...optional('conversationId', request.conversationId),
    ...(request.contactIds.length === 0 ? {} : { contactIds: request.contactIds }),
    ...(request.startedFrom === undefined ? {} : { startedFrom: request.startedFrom }),
    ...(request.startedBefore === undefined ? {} : { startedBefore: request.startedBefore }),
  };
}

/** An agent may list own contacts, and the history of a customer or matter that is asked for by name. */
function restrict(filter: ContactFilter, context: CallContext): ContactFilter {
  if (mayReadAll(context.actor)) return filter;
  const agentId = ownAgent(context.actor);
  if (filter.customerAddress !== undefined || filter.conversationId !== undefined) return filter;
  if (filter.agentId !== undefined && filter.agentId !== agentId) throw crmError('CRM_NOT_ALLOWED');
  return { ...filter, agentId };
}

/** Lists records, newest first. */
export async function listContacts(store: ContactStore, request: ListContactsRequest, context: CallContext): Promise<ListContactsResponse> {
  if (request.pageSize < 0) throw crmError('CRM_BAD_REQUEST', { details: { field: 'page_size', takes: '0 to 500' } });
  if (request.contactIds.length > largestPage || !request.contactIds.every(isUuid)) throw crmError('CRM_BAD_REQUEST', { details: { field: 'contact_ids', takes: `at most ${String(largestPage)} ids` } });
  const limit = Math.min(largestPage, request.pageSize === 0 ? defaultPage : request.pageSize);
  const filter = restrict(toFilter(request, context), context);
  const filterKey = JSON.stringify(filter);
  const after = request.pageToken === '' ? undefined : readPageToken(request.pageToken, filterKey);
  const found = await store.list(filter, limit + 1, after);
  const contacts = found.slice(0, limit);
  const last = contacts.at(-1);
  const more = found.length > limit && last !== undefined;
  return { contacts, nextPageToken: more ? writePageToken({ startedAtMs: last.startedAt?.getTime() ?? 0, contactId: last.contactId }, filterKey) : '' };
}

function toFact(fact: KeptFact): Fact {
  const row = (eventTypes as Record<string, (typeof eventTypes)[keyof typeof eventTypes] | undefined>)[fact.type];
  const codec = row?.codec as { decode(bytes: Uint8Array): unknown; toJSON(message: unknown): unknown } | undefined;
  return {
    eventId: fact.id,
    type: fact.type,
    time: new Date(fact.timeMs),
    source: fact.source,
    sequence: BigInt(fact.sequence),
    json: codec === undefined ? '{}' : JSON.stringify(codec.toJSON(codec.decode(fact.body))),
  };
}

/** What the stream has of a contact that the database has not yet, folded over what it has. */
export async function readNewest(store: ContactStore, bus: BusConnection, tenant: string, contactId: string): Promise<{ contact: Contact; facts: KeptFact[] }> {
  if (!isUuid(contactId)) throw crmError('CRM_CONTACT_UNKNOWN');
  // A fact may be folded in between two reads, so each is taken for what it has itself.
  const [record, kept] = await Promise.all([store.get(tenant, contactId), store.facts(tenant, contactId)]);
  const lastFolded = Number(record?.contact.lastSequence ?? 0n);
  const lastKept = kept.at(-1)?.sequence ?? 0;
  const fromSequence = Math.min(lastFolded, lastKept) + 1;
  const newer = (await readFacts(bus, { tenant, key: contactId, domains: contactDomains, fromSequence })).map(toStoredFact);
  if (record === undefined && newer.length === 0) throw crmError('CRM_CONTACT_UNKNOWN');
  // Only in memory: the projection alone writes, since it alone sees every fact in its turn.
  const { contact } = newer.reduce(foldContact, record ?? emptyRecord(contactId));
  return { contact, facts: [...kept, ...newer.filter(({ sequence }) => sequence > lastKept)] };
}

/** Gives one record with its story. What the caller may not see does not exist for it. */
export async function getContact(store: ContactStore, bus: BusConnection, request: GetContactRequest, context: CallContext): Promise<GetContactResponse> {
  const { contact, facts } = await readNewest(store, bus, context.tenant, request.contactId);
  if (!mayReadAll(context.actor) && ownAgent(context.actor) !== contact.agentId) throw crmError('CRM_CONTACT_UNKNOWN');
  return { contact, facts: facts.map(toFact) };
}
