import type { Lease } from '@patchbay/bus/lease';
import { abortable } from '@patchbay/runtime/deadline';
import { isRoutingFact } from './contact-inputs.ts';
import type { Desk } from './desk.ts';
import type { RoutingFact } from './domain/facts.ts';
import { toSnapshot } from './domain/snapshot.ts';
import type { RoutingState } from './domain/state.ts';
import type { Journal, SnapshotStore } from './ports.ts';
import { aggregateOf } from './last-sequences.ts';
import type { Writer } from './writer.ts';
import type { WriterSlot } from './writer-slot.ts';

/** What the upkeep of a routing domain works with. */
export interface UpkeepParts {
  slot: WriterSlot;
  lease: Lease;
  journal: Journal;
  snapshots: SnapshotStore;
  desk: Desk;
  signal: AbortSignal;
}

/** Saves the state when facts came since the last time, between two commits. */
export function createSnapshotTask({ slot, lease, snapshots }: Pick<UpkeepParts, 'slot' | 'lease' | 'snapshots'>): () => Promise<void> {
  let savedSequence = 0;
  return async () => {
    const writer = await slot.current();
    const stored = await writer.atRest((state, lastSequence, sequences) => {
      if (lastSequence <= savedSequence) return undefined;
      sequences.keepContacts((contactId) => state.contacts.has(contactId));
      return { snapshot: toSnapshot(state), sequence: lastSequence, subjects: sequences.entries(), traces: sequences.traces() };
    });
    if (stored === undefined || !lease.isHeld()) return;
    await snapshots.save(stored, lease.epoch);
    savedSequence = stored.sequence;
  };
}

/** Whether a fact is about a contact or an agent of this domain. */
function concerns(state: RoutingState, fact: RoutingFact): boolean {
  if (fact.type === 'patchbay.routing.v1.ContactQueued' || fact.type === 'patchbay.routing.v1.SurgeStarted' || fact.type === 'patchbay.routing.v1.SurgeEnded') return fact.event.domain === state.centre.domain;
  const { agents, queues } = state.centre;
  const known = { agent: agents, queue: queues, surge: state.surges, contact: state.contacts };
  return known[aggregateOf(fact)].has(fact.key);
}

/**
 * Reads back what was written and looks for facts that this writer did not write: a writer that was paused in the middle
 * of an append may have woken up after its lease was over. The subjects' sequences keep such a fact from doing harm; this
 * finds it even when it stands on a subject that this writer never touches.
 */
export function createWitnessTask({ slot, journal, desk, signal }: Pick<UpkeepParts, 'slot' | 'journal' | 'desk' | 'signal'>): () => Promise<void> {
  let seen: { writer: Writer; sequence: number } | undefined;
  return async () => {
    const writer = await slot.current();
    if (seen?.writer !== writer) seen = { writer, sequence: writer.firstSequence };
    const untilSequence = writer.lastSequence();
    // Nearly all are its own, and reading them as facts would cost more than the rest of the look.
    const skips = (sequence: number) => sequence <= untilSequence && writer.isOwn(sequence);
    for await (const fact of journal.replay(seen.sequence + 1, signal, skips)) {
      // What is on its way just now is looked at the next time.
      if (fact.sequence > untilSequence) break;
      if (!isRoutingFact(fact) || writer.isOwn(fact.sequence)) continue;
      if (await desk.look((state) => concerns(state, fact), signal)) {
        slot.rebuild('a fact of another writer');
        return;
      }
    }
    seen.sequence = Math.max(seen.sequence, untilSequence);
  };
}

/** Contacts looked at in one round, and how old the last news of them must be. */
const auditedAtOnce = 50;
const quietMs = 5 * 60_000;

/**
 * Looks after contacts that have been waiting or with an agent for long: one that ended without routing having heard of
 * it (its fact went to the dead letters) is let go, so that nobody and nothing is stuck.
 */
export function createAuditTask({ desk, journal, signal }: Pick<UpkeepParts, 'desk' | 'journal' | 'signal'>): () => Promise<void> {
  const audited = new Map<string, number>();
  return async () => {
    const due = await desk.look((state, nowMs) => contactsToAudit(state, audited, nowMs), signal);
    for (const contactId of due) {
      const story = await abortable(journal.history(contactId), signal);
      for (const fact of story) {
        if (fact.type === 'patchbay.contact.v1.ContactEnded') await desk.input({ kind: 'ContactEnded', event: fact.event }, { signal, causationId: fact.id });
      }
    }
  };
}

function contactsToAudit(state: RoutingState, audited: Map<string, number>, nowMs: number): string[] {
  const due: string[] = [];
  for (const contactId of audited.keys()) if (!state.contacts.has(contactId)) audited.delete(contactId);
  for (const [contactId, record] of state.contacts) {
    const isOpen = record.openRequestId !== undefined || state.parked.has(contactId) || (state.sla.get(contactId)?.clocks.size ?? 0) > 0 || [...record.openAssignments].some((id) => state.assignments.get(id)?.wrapUp === undefined);
    const lastMs = Math.max(record.touchedMs, audited.get(contactId) ?? 0);
    if (!isOpen || lastMs > nowMs - quietMs) continue;
    audited.set(contactId, nowMs);
    due.push(contactId);
    if (due.length >= auditedAtOnce) break;
  }
  return due;
}
