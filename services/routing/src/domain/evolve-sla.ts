import { SlaChange } from '@patchbay/contracts/routing/v1/routing_event';
import type { RoutingFact } from './facts.ts';
import { notePressing } from './pressing-promises.ts';
import { armSla } from './sla.ts';
import type { RoutingState, SlaRecord } from './state.ts';

/** The record of a contact whose clocks run, made when there is none. */
function recordOf(state: RoutingState, contactId: string, made: { policy: string; queue: string }): SlaRecord {
  const known = state.sla.get(contactId);
  if (known !== undefined) return known;
  const requestId = state.contacts.get(contactId)?.openRequestId ?? '';
  const record = { contactId, ...made, channel: state.requests.get(requestId)?.channel ?? '', lastSequence: 0n, clocks: new Map() };
  state.sla.set(contactId, record);
  return record;
}

const noteSequence = (record: SlaRecord, sequence: bigint) => void (record.lastSequence = sequence > record.lastSequence ? sequence : record.lastSequence);

function applyFact(state: RoutingState, fact: RoutingFact): boolean {
  switch (fact.type) {
    case 'patchbay.routing.v1.SlaStarted': {
      const { contactId, kind, policy, queue, limitMs, startedAt, dueAt, messageSequence } = fact.event;
      const record = recordOf(state, contactId, { policy, queue });
      noteSequence(record, messageSequence);
      record.clocks.set(kind, { limitMs: Number(limitMs), usedMs: 0, runningSinceMs: startedAt?.getTime() ?? fact.timeMs, warned: false, breached: false, dueMs: dueAt?.getTime() });
      armSla(state, contactId);
      return true;
    }
    case 'patchbay.routing.v1.SlaChanged': {
      const { contactId, kind, change, policy, queue, limitMs, usedMs, running, dueAt, messageSequence } = fact.event;
      const record = state.sla.get(contactId);
      const clock = record?.clocks.get(kind);
      if (record === undefined || clock === undefined) return true;
      noteSequence(record, messageSequence);
      if (change === SlaChange.RECALCULATED) Object.assign(record, { policy, queue });
      record.clocks.set(kind, { ...clock, limitMs: Number(limitMs), usedMs: Number(usedMs), runningSinceMs: running ? fact.timeMs : undefined, dueMs: dueAt?.getTime() });
      armSla(state, contactId);
      return true;
    }
    case 'patchbay.routing.v1.SlaWarned':
    case 'patchbay.routing.v1.SlaBreached': {
      const { contactId, kind } = fact.event;
      const clock = state.sla.get(contactId)?.clocks.get(kind);
      if (clock === undefined) return true;
      state.sla.get(contactId)?.clocks.set(kind, { ...clock, warned: true, breached: clock.breached || fact.type.endsWith('SlaBreached') });
      armSla(state, contactId);
      return true;
    }
    case 'patchbay.routing.v1.SlaEnded': {
      const record = state.sla.get(fact.event.contactId);
      if (record === undefined) return true;
      noteSequence(record, fact.event.messageSequence);
      record.clocks.delete(fact.event.kind);
      return true;
    }
    default:
      return false;
  }
}

/** Applies a fact of a promise, and notes whether the contact is one to look at; false for others. */
export function evolveSla(state: RoutingState, fact: RoutingFact): boolean {
  if (!applyFact(state, fact)) return false;
  const record = state.sla.get(fact.key);
  if (record !== undefined) notePressing(state, record);
  return true;
}
