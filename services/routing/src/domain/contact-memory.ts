import type { RoutingFact } from './facts.ts';
import type { ContactRecord, RequestEnd } from './records.ts';
import type { ContactNote, FamiliarAgent, RoutingState } from './state.ts';

const maxContacts = 200_000;
const maxNotes = 100_000;

function isOver(state: RoutingState, contactId: string, record: ContactRecord): boolean {
  return record.openRequestId === undefined && record.openAssignments.size === 0 && !state.parked.has(contactId) && (state.sla.get(contactId)?.clocks.size ?? 0) === 0;
}

const pruneEveryMs = 60_000;

/**
 * Forgets contacts that have been over for long, once a minute of fact time: a table whose head is looked at with every
 * fact would be walked over its holes each time.
 */
function forgetOld(state: RoutingState, nowMs: number): void {
  if (nowMs < state.prunedMs + pruneEveryMs) return;
  state.prunedMs = nowMs;
  let surplus = state.contacts.size - maxContacts;
  for (const [contactId, record] of state.contacts) {
    if (record.touchedMs >= nowMs - state.rules.rememberMs && surplus <= 0) return;
    state.contacts.delete(contactId);
    surplus -= 1;
    if (isOver(state, contactId, record)) {
      state.sla.delete(contactId);
      state.pressing.delete(contactId);
      continue;
    }
    // Long ones go to the end of the table, so that they hide nobody.
    record.touchedMs = nowMs;
    state.contacts.set(contactId, record);
  }
}

/** The record of a contact that a fact is about, moved to the end of the table. */
export function touchContact(state: RoutingState, contactId: string, timeMs: number): ContactRecord {
  let record = state.contacts.get(contactId);
  if (record === undefined) {
    record = { openRequestId: undefined, endedRequests: new Map(), openAssignments: new Set(), closedAssignments: new Map(), touchedMs: timeMs };
  } else {
    state.contacts.delete(contactId);
    record.touchedMs = Math.max(record.touchedMs, timeMs);
  }
  state.contacts.set(contactId, record);
  forgetOld(state, timeMs);
  return record;
}

const endingTypes: Partial<Record<RoutingFact['type'], RequestEnd>> = {
  'patchbay.routing.v1.ContactAbandoned': 'abandoned',
  'patchbay.routing.v1.ContactRefused': 'refused',
  'patchbay.routing.v1.RoutingExpired': 'expired',
  'patchbay.routing.v1.RoutingClosed': 'closed',
  'patchbay.routing.v1.ContactAssigned': 'assigned',
};

/**
 * Remembers a contact again that was forgotten, from its facts, so that a request that comes once more is known. Counts
 * nothing. One that is still open then waits in another routing domain: here it is closed.
 */
export function recallContact(state: RoutingState, contactId: string, facts: readonly RoutingFact[]): void {
  if (state.contacts.has(contactId)) return;
  for (const fact of facts) {
    if (!('requestId' in fact.event)) continue;
    const overflowed = fact.type === 'patchbay.routing.v1.ContactOverflowed' && fact.event.toQueue === '' ? 'overflowed' : undefined;
    const end = endingTypes[fact.type] ?? overflowed ?? (fact.type === 'patchbay.routing.v1.ContactQueued' ? 'closed' : undefined);
    if (end !== undefined) touchContact(state, contactId, fact.timeMs).endedRequests.set(fact.event.requestId, end);
  }
}

function dropOldest(table: Map<string, unknown>, count: number): void {
  let left = count;
  for (const key of table.keys()) {
    if (left <= 0) return;
    left -= 1;
    table.delete(key);
  }
}

/** Customers whose last agent is remembered, at most. */
const maxFamiliar = 200_000;

/** Remembers who served a customer last. */
export function rememberFamiliar(state: RoutingState, customerId: string, agent: FamiliarAgent): void {
  state.familiar.delete(customerId);
  state.familiar.set(customerId, agent);
  if (state.familiar.size > maxFamiliar) dropOldest(state.familiar, maxFamiliar / 10);
}

/** The note on a contact, made when there is none. */
export function noteOf(state: RoutingState, contactId: string): ContactNote {
  let note = state.notes.get(contactId);
  if (note === undefined) {
    note = { ended: false, withdrawn: new Set(), customerPriority: 0, customerValue: 0, customerId: '', connected: new Set(), lastMessageId: '' };
    state.notes.set(contactId, note);
    if (state.notes.size > maxNotes) dropOldest(state.notes, maxNotes / 10);
  }
  return note;
}
