import { Direction, EndReason, WithdrawalReason, type CustomerIdentity } from '@patchbay/contracts/contact/v1/contact';
import { Contact, ContactOutcome, ContactStatus, PromiseState } from '@patchbay/contracts/crm/v1/contact_service';
import { SlaOutcome } from '@patchbay/contracts/routing/v1/routing_event';
import type { EventType, eventTypes } from '@patchbay/contracts/event-types';

/** A fact as the projection needs it. */
export type RecordFact = {
  [Type in EventType]: { readonly type: Type; readonly key: string; readonly timeMs: number; readonly sequence: number; readonly event: ReturnType<(typeof eventTypes)[Type]['codec']['decode']> };
}[EventType];

/** A contact's record with what its next fold needs besides. */
export interface ContactRecord {
  contact: Contact;
  /** Assignments that are not closed. */
  openAssignments: readonly string[];
  /** Request that has not come to an end; empty when none. */
  openRequest: string;
  /** Where the customer is known, for search by address. */
  customer: CustomerIdentity | undefined;
}

/** A record before its first fact. Facts of the medium can come first when the stream's beginning is gone. */
export function emptyRecord(contactId: string): ContactRecord {
  return {
    contact: Contact.fromPartial({ contactId, status: ContactStatus.STARTED, direction: Direction.INBOUND }),
    openAssignments: [],
    openRequest: '',
    customer: undefined,
  };
}

type Change = Partial<Omit<ContactRecord, 'contact'>> & { contact?: Partial<Contact> };

/** Folds one fact into a record. A fact at or before the last one folded changes nothing, so facts may come twice. */
export function foldContact(record: ContactRecord, fact: RecordFact): ContactRecord {
  if (BigInt(fact.sequence) <= record.contact.lastSequence) return record;
  const change = changeOf(record, fact);
  const contact: Contact = { ...record.contact, ...change.contact, factCount: record.contact.factCount + 1, lastSequence: BigInt(fact.sequence) };
  const next: ContactRecord = { ...record, ...change, contact };
  return { ...next, contact: close(next, fact) };
}

/** A contact is closed when it ended, its assignments are closed and its request came to an end. */
function close(record: ContactRecord, fact: RecordFact): Contact {
  const { contact } = record;
  if (contact.endedAt === undefined || record.openAssignments.length > 0 || record.openRequest !== '' || contact.closedAt !== undefined) return contact;
  return {
    ...contact,
    status: ContactStatus.CLOSED,
    closedAt: new Date(fact.timeMs),
    outcome: contact.outcome === ContactOutcome.UNSPECIFIED ? ContactOutcome.SELF_SERVED : contact.outcome,
  };
}

const attributesAfter = (current: Contact['attributes'], changed: Contact['attributes']): Contact['attributes'] => {
  const names = new Set(changed.map(({ name }) => name));
  return [...current.filter(({ name }) => !names.has(name)), ...changed.filter(({ value }) => value !== '')];
};

/** Statuses that a fact of the medium may not turn back once the contact has ended. */
const isOver = (contact: Contact): boolean => contact.endedAt !== undefined;

function changeOf(record: ContactRecord, fact: RecordFact): Change {
  const { contact } = record;
  const at = new Date(fact.timeMs);
  switch (fact.type) {
    case 'patchbay.contact.v1.ContactStarted': {
      const { conversationId, channel, direction, entryPoint, customer, summary, attributes } = fact.event;
      return { customer, contact: { conversationId, channel, direction, entryPoint, customer, summary, attributes, startedAt: at } };
    }
    case 'patchbay.contact.v1.ContactAttributesSet':
      return { contact: { attributes: attributesAfter(contact.attributes, fact.event.attributes) } };
    case 'patchbay.contact.v1.RoutingRequested':
      return { openRequest: fact.event.requestId, contact: { queue: fact.event.queue, enqueuedAt: contact.enqueuedAt ?? fact.event.firstEnqueuedAt ?? at } };
    case 'patchbay.contact.v1.ContactConnected':
      return isOver(contact) ? {} : { contact: { status: ContactStatus.CONNECTED, connectedAt: contact.connectedAt ?? at } };
    case 'patchbay.contact.v1.ContactHeld':
      return isOver(contact) ? {} : { contact: { status: ContactStatus.HELD } };
    case 'patchbay.contact.v1.ContactRetrieved':
      return isOver(contact) ? {} : { contact: { status: ContactStatus.CONNECTED } };
    case 'patchbay.contact.v1.ContactEnded':
      return isOver(contact) ? {} : { contact: { endedAt: at, status: ContactStatus.WRAP_UP, outcome: outcomeAtEnd(contact, fact.event.reason) } };
    case 'patchbay.message.v1.MessageReceived':
      return { contact: { messageCount: contact.messageCount + 1, summary: contact.summary || firstWords(fact.event.content) } };
    case 'patchbay.message.v1.MessageSent':
      return { contact: { messageCount: contact.messageCount + 1 } };
    case 'patchbay.quality.v1.ContactScored':
      return { contact: { scorePct: fact.event.scorePct } };
    default:
      return routingChange(record, fact, at);
  }
}

/** Disposition of an assignment whose contact goes on later. */
const putAside = 'system.parked';

type SlaFact = Extract<RecordFact, { type: `patchbay.routing.v1.Sla${string}` }>;

/** The promises after a fact of one of them. */
function promisesAfter(contact: Contact, fact: SlaFact): Contact['promises'] {
  const { kind, policy } = fact.event;
  const known = contact.promises.find((promise) => promise.kind === kind);
  const broken = known?.state === PromiseState.BREACHED;
  const next = (state: PromiseState, dueAt?: Date) => [...contact.promises.filter((promise) => promise.kind !== kind), { kind, policy, state, dueAt }].sort((left, right) => left.kind - right.kind);
  switch (fact.type) {
    case 'patchbay.routing.v1.SlaStarted':
      return next(PromiseState.RUNNING, fact.event.dueAt);
    case 'patchbay.routing.v1.SlaChanged':
      if (broken) return contact.promises;
      return next(fact.event.running ? PromiseState.RUNNING : PromiseState.PAUSED, fact.event.dueAt);
    case 'patchbay.routing.v1.SlaWarned':
      return next(PromiseState.AT_RISK, fact.event.dueAt);
    case 'patchbay.routing.v1.SlaBreached':
      return next(PromiseState.BREACHED, known?.dueAt);
    case 'patchbay.routing.v1.SlaEnded':
      return next(fact.event.outcome === SlaOutcome.MET ? PromiseState.MET : PromiseState.MISSED);
  }
}

function routingChange(record: ContactRecord, fact: RecordFact, at: Date): Change {
  const { contact } = record;
  const waiting = (status: ContactStatus): Partial<Contact> => (isOver(contact) ? {} : { status });
  switch (fact.type) {
    case 'patchbay.routing.v1.ContactQueued':
      return { openRequest: fact.event.requestId, contact: { ...waiting(ContactStatus.QUEUED), queue: fact.event.queue, enqueuedAt: fact.event.enqueuedAt ?? contact.enqueuedAt ?? at } };
    case 'patchbay.routing.v1.ContactOffered':
      return { contact: { ...waiting(ContactStatus.OFFERED), agentId: fact.event.agentId } };
    case 'patchbay.routing.v1.OfferRejected':
    case 'patchbay.routing.v1.OfferMissed':
    case 'patchbay.routing.v1.OfferCancelled':
    case 'patchbay.routing.v1.OfferFailed':
      return { contact: waiting(ContactStatus.QUEUED) };
    case 'patchbay.routing.v1.ContactAssigned': {
      const { assignmentId, agentId, queue } = fact.event;
      return {
        openRequest: '',
        openAssignments: [...record.openAssignments, assignmentId],
        contact: { ...waiting(ContactStatus.ASSIGNED), assignmentId, agentId, queue, assignedAt: contact.assignedAt ?? at, outcome: ContactOutcome.HANDLED },
      };
    }
    case 'patchbay.routing.v1.ContactParked':
      return { contact: waiting(ContactStatus.PARKED) };
    case 'patchbay.routing.v1.WrapUpStarted':
      return { contact: isOver(contact) ? { status: ContactStatus.WRAP_UP } : {} };
    case 'patchbay.routing.v1.AssignmentClosed':
      return { openAssignments: record.openAssignments.filter((id) => id !== fact.event.assignmentId), contact: fact.event.disposition === putAside ? {} : { disposition: fact.event.disposition } };
    case 'patchbay.routing.v1.SlaStarted':
    case 'patchbay.routing.v1.SlaChanged':
    case 'patchbay.routing.v1.SlaWarned':
    case 'patchbay.routing.v1.SlaBreached':
    case 'patchbay.routing.v1.SlaEnded':
      return { contact: { promises: promisesAfter(contact, fact) } };
    case 'patchbay.routing.v1.ContactAbandoned':
      return { openRequest: '', contact: { outcome: ContactOutcome.ABANDONED } };
    case 'patchbay.routing.v1.ContactRefused':
      return { openRequest: '', contact: { outcome: ContactOutcome.REFUSED } };
    case 'patchbay.routing.v1.RoutingExpired':
      return { openRequest: '', contact: { outcome: ContactOutcome.EXPIRED } };
    case 'patchbay.routing.v1.RoutingClosed':
      return { openRequest: '', contact: { outcome: fact.event.reason === WithdrawalReason.SELF_SERVED ? ContactOutcome.SELF_SERVED : ContactOutcome.WITHDRAWN } };
    case 'patchbay.routing.v1.ContactOverflowed':
      return fact.event.toQueue === '' ? { openRequest: '', contact: { outcome: ContactOutcome.OVERFLOWED } } : { contact: { queue: fact.event.toQueue } };
    default:
      return {};
  }
}

function outcomeAtEnd(contact: Contact, reason: EndReason): ContactOutcome {
  if (contact.outcome !== ContactOutcome.UNSPECIFIED) return contact.outcome;
  return reason === EndReason.REFUSED ? ContactOutcome.REFUSED : ContactOutcome.UNSPECIFIED;
}

const summaryLength = 80;

function firstWords(content: readonly { part?: { $case: string; value: unknown } | undefined }[]): string {
  for (const { part } of content) {
    const text = (part?.value as { text?: string } | undefined)?.text;
    if (text !== undefined && text !== '') return [...text.replaceAll(/\s+/g, ' ').trim()].slice(0, summaryLength).join('');
  }
  return '';
}
