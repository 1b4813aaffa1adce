import { Party } from '@patchbay/contracts/contact/v1/contact';
import { SlaChange, SlaKind, SlaOutcome } from '@patchbay/contracts/routing/v1/routing_event';
import { exclusiveChannels } from './agent-policy.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import type { DecisionContext, RoutingInput } from './inputs.ts';
import { pauseSlaClock, slaDueTimes, tickSlaClock, usedSlaMs, type SlaCalendar, type SlaClock } from './sla-clock.ts';
import { promiseFor, type SlaPromise } from './sla-policy.ts';
import type { RoutingState, SlaRecord } from './state.ts';

/** Contacts whose clocks are counted anew at once when hours or policies change; the others are with their next fact. */
const recountedAtOnce = 200;
const kinds = [SlaKind.FIRST_RESPONSE, SlaKind.NEXT_RESPONSE, SlaKind.RESOLUTION] as const;

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));

/** The calendar by which a policy counts for a contact. */
function calendarOf(state: RoutingState, queue: string, promise: SlaPromise | undefined): SlaCalendar {
  const hours = promise?.hours || (state.centre.queues.get(queue)?.hours ?? '');
  return { hours: state.centre.hours.get(hours), tenantTimeZone: state.centre.timeZone };
}

function promiseOf(state: RoutingState, record: Pick<SlaRecord, 'policy'>): SlaPromise | undefined {
  return state.centre.slaPolicies.find(({ name }) => name === record.policy);
}

/** The calendar by which a contact's clocks count now. */
export function slaCalendar(state: RoutingState, record: Pick<SlaRecord, 'queue' | 'policy'>): SlaCalendar {
  return calendarOf(state, record.queue, promiseOf(state, record));
}

function promiseNow(state: RoutingState, contactId: string, { queue, channel }: { queue: string; channel: string }): SlaPromise | undefined {
  return promiseFor(state.centre.slaPolicies, { queue, channel, customerValue: state.notes.get(contactId)?.customerValue ?? 0 });
}

/** Arms the next time at which a clock of the contact has something to tell. */
export function armSla(state: RoutingState, contactId: string, laterThanMs = -Infinity): void {
  const record = state.sla.get(contactId);
  if (record === undefined) return;
  const calendar = slaCalendar(state, record);
  let nextMs = Infinity;
  for (const clock of record.clocks.values()) {
    const { warnAtMs, breachAtMs } = slaDueTimes(clock, calendar);
    nextMs = Math.min(nextMs, warnAtMs ?? Infinity, breachAtMs ?? Infinity);
  }
  if (Number.isFinite(nextMs) && nextMs > laterThanMs) state.timers.arm('sla', contactId, nextMs);
}

interface Start {
  contactId: string;
  kind: SlaKind;
  promise: SlaPromise;
  queue: string;
  startedMs: number;
  sequence: bigint;
}

function startedFact(state: RoutingState, { contactId, kind, promise, queue, startedMs, sequence }: Start, context: DecisionContext): RoutingFact[] {
  const limitMs = promise.limitsMs[kind] ?? 0;
  if (limitMs <= 0) return [];
  const clock: SlaClock = { limitMs, usedMs: 0, runningSinceMs: startedMs, warned: false, breached: false };
  const dueAt = dateOf(slaDueTimes(clock, calendarOf(state, queue, promise)).breachAtMs);
  const fields = { contactId, kind, policy: promise.name, queue, limitMs: BigInt(limitMs), startedAt: new Date(startedMs), dueAt, messageSequence: sequence, epoch: context.epoch };
  return [contactFact('SlaStarted', context.nowMs, fields)];
}

function changedFact(state: RoutingState, record: SlaRecord, kind: SlaKind, to: { clock: SlaClock; change: SlaChange; promise: SlaPromise | undefined; sequence: bigint }, context: DecisionContext): RoutingFact {
  const { clock, change, promise, sequence } = to;
  return contactFact('SlaChanged', context.nowMs, {
    contactId: record.contactId,
    kind,
    change,
    policy: promise?.name ?? record.policy,
    queue: record.queue,
    limitMs: BigInt(clock.limitMs),
    usedMs: BigInt(clock.usedMs),
    running: clock.runningSinceMs !== undefined,
    dueAt: dateOf(slaDueTimes(clock, calendarOf(state, record.queue, promise)).breachAtMs),
    messageSequence: sequence,
    epoch: context.epoch,
  });
}

function endedFact(state: RoutingState, record: SlaRecord, kind: SlaKind, how: { outcome: SlaOutcome; sequence: bigint }, context: DecisionContext): RoutingFact[] {
  const clock = record.clocks.get(kind);
  if (clock === undefined) return [];
  const usedMs = usedSlaMs(clock, slaCalendar(state, record), context.nowMs);
  const isLate = how.outcome === SlaOutcome.MET && (clock.breached || usedMs > clock.limitMs);
  const { contactId, policy, queue } = record;
  return [contactFact('SlaEnded', context.nowMs, { contactId, kind, policy, queue, outcome: isLate ? SlaOutcome.LATE : how.outcome, usedMs: BigInt(usedMs), limitMs: BigInt(clock.limitMs), messageSequence: how.sequence, epoch: context.epoch })];
}

/** The contact waits for the first time: what it is promised begins to count from its request. */
function begin(state: RoutingState, contactId: string, waits: { queue: string; channel: string; requestedMs: number }, context: DecisionContext): RoutingFact[] {
  const promise = promiseNow(state, contactId, waits);
  if (promise === undefined) return [];
  const start = { contactId, promise, queue: waits.queue, startedMs: Math.min(context.nowMs, waits.requestedMs), sequence: 0n };
  return [SlaKind.FIRST_RESPONSE, SlaKind.RESOLUTION].flatMap((kind) => startedFact(state, { ...start, kind }, context));
}

/** An agent, or whoever counts as one, answered. */
function answered(state: RoutingState, record: SlaRecord, sequence: bigint, context: DecisionContext): RoutingFact[] {
  const met = { outcome: SlaOutcome.MET, sequence };
  const facts = [SlaKind.FIRST_RESPONSE, SlaKind.NEXT_RESPONSE].flatMap((kind) => endedFact(state, record, kind, met, context));
  const promise = promiseOf(state, record);
  const clock = record.clocks.get(SlaKind.RESOLUTION);
  if (clock?.runningSinceMs === undefined || promise?.countsCustomerTime === true || sequence === 0n) return facts;
  const paused = pauseSlaClock(clock, calendarOf(state, record.queue, promise), context.nowMs);
  return [...facts, changedFact(state, record, SlaKind.RESOLUTION, { clock: paused, change: SlaChange.PAUSED, promise, sequence }, context)];
}

/** The customer wrote: an answer is awaited, and time counts again. */
function asked(state: RoutingState, record: SlaRecord, sequence: bigint, context: DecisionContext): RoutingFact[] {
  const promise = promiseOf(state, record);
  const facts: RoutingFact[] = [];
  if (promise !== undefined && !record.clocks.has(SlaKind.FIRST_RESPONSE) && !record.clocks.has(SlaKind.NEXT_RESPONSE)) {
    facts.push(...startedFact(state, { contactId: record.contactId, kind: SlaKind.NEXT_RESPONSE, promise, queue: record.queue, startedMs: context.nowMs, sequence }, context));
  }
  const clock = record.clocks.get(SlaKind.RESOLUTION);
  if (clock !== undefined && clock.runningSinceMs === undefined) {
    facts.push(changedFact(state, record, SlaKind.RESOLUTION, { clock: { ...clock, runningSinceMs: context.nowMs }, change: SlaChange.RESUMED, promise, sequence }, context));
  }
  return facts;
}

function over(state: RoutingState, record: SlaRecord, outcome: SlaOutcome, context: DecisionContext): RoutingFact[] {
  const how = (kind: SlaKind) => (outcome === SlaOutcome.UNANSWERED && kind === SlaKind.RESOLUTION ? SlaOutcome.MET : outcome);
  return kinds.flatMap((kind) => endedFact(state, record, kind, { outcome: how(kind), sequence: 0n }, context));
}

/** Another policy, queue, customer value or calendar: limits are those of now, what was used stays used. */
function recounted(state: RoutingState, record: SlaRecord, context: DecisionContext): RoutingFact[] {
  const before = promiseOf(state, record);
  const promise = promiseNow(state, record.contactId, record) ?? before;
  if (promise === undefined) return [];
  const calendar = calendarOf(state, record.queue, promise);
  return [...record.clocks].flatMap(([kind, clock]) => {
    const limitMs = promise.limitsMs[kind] || clock.limitMs;
    const usedMs = usedSlaMs(clock, calendarOf(state, record.queue, before), context.nowMs);
    const next: SlaClock = { ...clock, limitMs, usedMs, runningSinceMs: clock.runningSinceMs === undefined ? undefined : context.nowMs };
    const same = limitMs === clock.limitMs && promise.name === record.policy && slaDueTimes(next, calendar).breachAtMs === clock.dueMs;
    return same ? [] : [changedFact(state, record, kind, { clock: next, change: SlaChange.RECALCULATED, promise, sequence: 0n }, context)];
  });
}

/** What a clock has to tell at its time. */
function told(state: RoutingState, record: SlaRecord, context: DecisionContext): RoutingFact[] {
  const calendar = slaCalendar(state, record);
  const { contactId, policy, queue } = record;
  const { epoch } = context;
  return [...record.clocks].flatMap(([kind, clock]) => {
    const tick = tickSlaClock(clock, calendar, context.nowMs);
    if (tick.told === 'warning') return [contactFact('SlaWarned', context.nowMs, { contactId, kind, policy, queue, dueAt: dateOf(slaDueTimes(clock, calendar).breachAtMs), epoch })];
    if (tick.told === 'breach') return [contactFact('SlaBreached', context.nowMs, { contactId, kind, policy, queue, agentId: agentWith(state, contactId), limitMs: BigInt(clock.limitMs), epoch })];
    return [];
  });
}

/** Agent who has a contact in hand, or put it aside; empty while it waits. */
export function agentWith(state: RoutingState, contactId: string): string {
  for (const id of state.contacts.get(contactId)?.openAssignments ?? []) {
    const assignment = state.assignments.get(id);
    if (assignment !== undefined && assignment.wrapUp === undefined) return assignment.agentId;
  }
  return state.parked.get(contactId)?.agentId ?? '';
}

/** A contact that entered a queue: its first one, or another one than its clocks know. */
function entered(state: RoutingState, facts: readonly RoutingFact[], context: DecisionContext): RoutingFact[] {
  return facts.flatMap((fact) => {
    if (fact.type !== 'patchbay.routing.v1.ContactQueued') return [];
    const { contactId, queue, channel, enqueuedAt, callBack } = fact.event;
    const record = state.sla.get(contactId);
    if (record === undefined) return callBack === undefined ? begin(state, contactId, { queue, channel, requestedMs: enqueuedAt?.getTime() ?? context.nowMs }, context) : [];
    return record.queue === queue ? [] : recounted(state, { ...record, queue }, context);
  });
}

/**
 * What an input does to promises. Looks at the state after the input's own facts. What comes again, or late, is known by the
 * place of its message and changes nothing.
 */
export function decideSla(state: RoutingState, input: RoutingInput, facts: readonly RoutingFact[], context: DecisionContext): RoutingFact[] {
  if (state.centre.slaPolicies.length === 0 && state.sla.size === 0) return [];
  const recordOf = (contactId: string) => state.sla.get(contactId);
  switch (input.kind) {
    case 'MessageReceived': {
      const { contactId, sequence } = input.event;
      const record = recordOf(contactId);
      const isLate = record === undefined || sequence <= record.lastSequence || state.notes.get(contactId)?.ended === true;
      return [...(isLate ? [] : asked(state, record, sequence, context)), ...entered(state, facts, context)];
    }
    case 'MessageSent': {
      const { contactId, by, sequence } = input.event;
      const record = recordOf(contactId);
      if (record === undefined || sequence <= record.lastSequence) return [];
      const counts = by === Party.AGENT || promiseOf(state, record)?.botsAnswer === true;
      return counts ? answered(state, record, sequence, context) : [];
    }
    case 'ContactConnected': {
      const record = recordOf(input.event.contactId);
      return record === undefined || !exclusiveChannels.has(record.channel) ? [] : answered(state, record, 0n, context);
    }
    case 'ContactEnded':
    case 'MovedAway': {
      const record = recordOf(input.event.contactId);
      return record === undefined ? [] : over(state, record, input.kind === 'ContactEnded' ? SlaOutcome.UNANSWERED : SlaOutcome.MOVED, context);
    }
    case 'ContactIdentified': {
      const record = recordOf(input.event.contactId);
      return record === undefined ? [] : recounted(state, record, context);
    }
    case 'SlaApplied':
      return [...state.sla.values()].slice(0, recountedAtOnce).flatMap((record) => recounted(state, record, context));
    case 'Timer': {
      const record = input.timer.kind === 'sla' ? recordOf(input.timer.id) : undefined;
      return record === undefined ? entered(state, facts, context) : told(state, record, context);
    }
    default:
      return entered(state, facts, context);
  }
}
