import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { QuarterCounts, QueueCounts } from './counters.ts';
import { keepParked } from './evolve-assignment.ts';
import { armRelaxation, armStarving, armWait, line } from './evolve-request.ts';
import { isWaiting, type AgentRecord, type Assignment, type CallBackRecord, type ContactRecord, type Offer, type ParkedContact, type Request } from './records.ts';
import type { SkillOverride } from './agent-policy.ts';
import { refreshWays } from './evolve-surge.ts';
import type { SlaKind } from '@patchbay/contracts/routing/v1/routing_event';
import { notePressing } from './pressing-promises.ts';
import { armSla } from './sla.ts';
import { applySkills } from './skill-override.ts';
import { loadOf, type ContactNote, type FamiliarAgent, type PausedQueue, type RoutingState, type RunningSla, type SlaRecord } from './state.ts';
import type { Surge } from './surge-policy.ts';

/** Rises when the form changes; a snapshot of another version is not read, the facts are replayed instead. */
export const snapshotVersion = 16;

type Pairs<Value> = [string, Value][];

interface RequestForm extends Omit<Request, 'skips' | 'offers' | 'callBack'> {
  skips: Pairs<number>;
  offers: string[];
  callBack: CallBackRecord | null;
}

interface AssignmentForm extends Omit<Assignment, 'request' | 'wrapUp'> {
  request: RequestForm;
  wrapUp: { startedAtMs: number; endsAtMs: number | null } | null;
}

interface ParkedForm extends Omit<ParkedContact, 'request'> {
  request: RequestForm;
}

interface SlaForm extends Omit<SlaRecord, 'clocks' | 'lastSequence'> {
  lastSequence: string;
  clocks: [SlaKind, Omit<RunningSla, 'runningSinceMs' | 'dueMs'> & { runningSinceMs: number | null; dueMs: number | null }][];
}

interface AgentForm extends Omit<AgentRecord, 'slots' | 'missed' | 'handled' | 'skillOverride' | 'aliveUntilMs' | 'leaseTimerMs'> {
  slots: AgentRecord['slots'] extends Map<string, infer Slot> ? Slot[] : never;
  missed: Pairs<number>;
  handled: [number, number, number][];
  skillOverride: SkillOverride | null;
}

interface ContactForm {
  openRequestId: string | null;
  endedRequests: [string, string][];
  openAssignments: string[];
  closedAssignments: Pairs<{ offerId: string; agentId: string; by: number; failed: boolean }>;
  touchedMs: number;
}

type CountsForm = Omit<QueueCounts, 'answeredBySecond' | 'abandonedBySecond'> & { answeredBySecond: [number, number][]; abandonedBySecond: [number, number][] };

/** State of a routing domain as plain JSON. */
export interface Snapshot {
  version: number;
  /** What follows from the facts: equal after every replay of the same facts. */
  state: {
    requests: RequestForm[];
    offers: Offer[];
    assignments: AssignmentForm[];
    agents: AgentForm[];
    parked: ParkedForm[];
    sla: SlaForm[];
    contacts: Pairs<ContactForm>;
    counters: Pairs<[number, CountsForm][]>;
    lastOffered: Pairs<string>;
    familiar: Pairs<FamiliarAgent>;
    pausedQueues: Pairs<PausedQueue>;
    prunedMs: number;
    surges: Surge[];
    surgeStops: Pairs<number>;
    arrivals: Pairs<[number, number][]>;
  };
  /** What the process was told besides. */
  notes: Pairs<{ ended: boolean; withdrawn: string[]; customerPriority: number; customerValue: number; customerId: string; connected: string[]; lastMessageId: string }>;
}

function requestForm(request: Request): RequestForm {
  // What is undefined does not get into JSON: the index makes places anew.
  return { ...request, place: undefined, skips: [...request.skips], offers: [...request.offers], callBack: request.callBack ?? null };
}

function agentForm(record: AgentRecord): AgentForm {
  const { agentId, device, sessionId, state, reason, sinceMs, pendingState, pendingReason, idleSinceMs, setUpFailures, delayUntilMs } = record;
  const slots = [...record.slots.values()];
  const handled = [...record.handled].map(([startMs, { count, busyMs }]): [number, number, number] => [startMs, count, busyMs]);
  return { agentId, device, sessionId, state, reason, sinceMs, pendingState, pendingReason, idleSinceMs, setUpFailures, delayUntilMs, missed: [...record.missed], slots, handled, skillOverride: record.skillOverride ?? null };
}

function contactForm(record: ContactRecord): ContactForm {
  return {
    openRequestId: record.openRequestId ?? null,
    endedRequests: [...record.endedRequests],
    openAssignments: [...record.openAssignments],
    closedAssignments: [...record.closedAssignments],
    touchedMs: record.touchedMs,
  };
}

function slaForm(record: SlaRecord): SlaForm {
  const clocks = [...record.clocks].map(([kind, clock]): SlaForm['clocks'][number] => [kind, { ...clock, runningSinceMs: clock.runningSinceMs ?? null, dueMs: clock.dueMs ?? null }]);
  return { ...record, lastSequence: String(record.lastSequence), clocks };
}

function countersForm(quarters: QuarterCounts<QueueCounts>): [number, CountsForm][] {
  const inOrder = (bySecond: Map<number, number>) => [...bySecond].sort(([left], [right]) => left - right);
  return [...quarters].map(([startMs, counts]) => [startMs, { ...counts, answeredBySecond: inOrder(counts.answeredBySecond), abandonedBySecond: inOrder(counts.abandonedBySecond) }]);
}

/** The state as JSON can hold it. */
export function toSnapshot(state: RoutingState): Snapshot {
  return {
    version: snapshotVersion,
    state: {
      requests: [...state.requests.values()].map(requestForm),
      offers: [...state.offers.values()],
      assignments: [...state.assignments.values()].map((one) => ({
        ...one,
        request: requestForm(one.request),
        wrapUp: one.wrapUp === undefined ? null : { startedAtMs: one.wrapUp.startedAtMs, endsAtMs: one.wrapUp.endsAtMs ?? null },
      })),
      agents: [...state.agents.values()].map(agentForm),
      sla: [...state.sla.values()].map(slaForm),
      parked: [...state.parked.values()].map((one) => ({ ...one, request: requestForm(one.request) })),
      contacts: [...state.contacts].map(([id, record]) => [id, contactForm(record)]),
      counters: [...state.counters].map(([queue, quarters]) => [queue, countersForm(quarters)]),
      lastOffered: [...state.lastOffered],
      familiar: [...state.familiar],
      pausedQueues: [...state.pausedQueues],
      prunedMs: state.prunedMs,
      surges: [...state.surges.values()],
      surgeStops: [...state.surgeStops],
      arrivals: [...state.arrivals].map(([queue, minutes]) => [queue, [...minutes]]),
    },
    notes: [...state.notes].map(([id, note]) => [id, { ...note, withdrawn: [...note.withdrawn], connected: [...note.connected] }]),
  };
}

function toRequest(form: RequestForm): Request {
  return { ...form, skips: new Map(form.skips), offers: new Set(form.offers), callBack: form.callBack ?? undefined, place: undefined };
}

function restoreRequest(state: RoutingState, request: Request): void {
  state.requests.set(request.requestId, request);
  const load = loadOf(state, request.queue);
  // Whether the time of a call-back has come is seen by its timer, which is due at once when it has.
  if (isWaiting(request)) line(state, request, 0);
  else {
    load.requests.add(request);
    load.offered += 1;
  }
  for (const untilMs of [...request.skips.values(), request.preferredUntilMs]) if (untilMs > 0) state.timers.arm('retry', request.requestId, untilMs);
  armWait(state, request);
  armRelaxation(state, request);
  armStarving(state, request);
}

function restoreAssignment(state: RoutingState, form: AssignmentForm): void {
  const wrapUp = form.wrapUp === null ? undefined : { startedAtMs: form.wrapUp.startedAtMs, endsAtMs: form.wrapUp.endsAtMs ?? undefined };
  state.assignments.set(form.assignmentId, { ...form, request: toRequest(form.request), wrapUp });
  if (wrapUp === undefined) loadOf(state, form.request.queue).engaged += 1;
  else if (wrapUp.endsAtMs !== undefined) state.timers.arm('wrapUp', form.assignmentId, wrapUp.endsAtMs);
}

function restoreAgent(state: RoutingState, form: AgentForm): void {
  const record: AgentRecord = {
    ...form,
    slots: new Map(form.slots.map((slot) => [slot.slot, slot])),
    missed: new Map(form.missed),
    handled: new Map(form.handled.map(([startMs, count, busyMs]) => [startMs, { count, busyMs }])),
    skillOverride: form.skillOverride ?? undefined,
    aliveUntilMs: 0,
    leaseTimerMs: 0,
  };
  state.agents.set(record.agentId, record);
  const entry = state.index.agent(record.agentId);
  if (entry !== undefined) entry.record = record;
  if (record.state === AgentState.UNREACHABLE) state.timers.arm('lost', record.agentId, record.sinceMs + state.rules.lostGraceMs);
  if (record.delayUntilMs > 0) state.timers.arm('delay', record.agentId, record.delayUntilMs);
  if (record.skillOverride !== undefined) {
    state.timers.arm('skills', record.agentId, record.skillOverride.untilMs);
    applySkills(state, record.agentId, record.sinceMs);
  }
}

function toNote(form: Snapshot['notes'][number][1]): ContactNote {
  return { ...form, withdrawn: new Set(form.withdrawn), connected: new Set(form.connected) };
}

/** Fills a new state, which has its centre already, from a snapshot. Timers are armed again. */
export function restoreSnapshot(state: RoutingState, { state: facts, notes }: Snapshot): void {
  for (const [queue, paused] of facts.pausedQueues) state.pausedQueues.set(queue, paused);
  for (const surge of facts.surges) state.surges.set(surge.plan, surge);
  refreshWays(state, new Set(facts.surges.flatMap(({ queues }) => queues)));
  for (const [plan, timeMs] of facts.surgeStops) state.surgeStops.set(plan, timeMs);
  for (const [queue, minutes] of facts.arrivals) state.arrivals.set(queue, new Map(minutes));
  for (const form of facts.requests) restoreRequest(state, toRequest(form));
  for (const offer of facts.offers) {
    state.offers.set(offer.offerId, offer);
    state.timers.arm('offer', offer.offerId, offer.expiresAtMs);
  }
  for (const form of facts.assignments) restoreAssignment(state, form);
  for (const form of facts.agents) restoreAgent(state, form);
  for (const form of facts.sla) {
    const clocks = form.clocks.map(([kind, clock]): [SlaKind, RunningSla] => [kind, { ...clock, runningSinceMs: clock.runningSinceMs ?? undefined, dueMs: clock.dueMs ?? undefined }]);
    const record = { ...form, lastSequence: BigInt(form.lastSequence), clocks: new Map(clocks) };
    state.sla.set(form.contactId, record);
    armSla(state, form.contactId);
    notePressing(state, record);
  }
  for (const form of facts.parked) keepParked(state, { ...form, request: toRequest(form.request) });
  for (const [id, form] of facts.contacts) {
    state.contacts.set(id, {
      openRequestId: form.openRequestId ?? undefined,
      endedRequests: new Map(form.endedRequests) as ContactRecord['endedRequests'],
      openAssignments: new Set(form.openAssignments),
      closedAssignments: new Map(form.closedAssignments) as ContactRecord['closedAssignments'],
      touchedMs: form.touchedMs,
    });
  }
  for (const [queue, quarters] of facts.counters) {
    state.counters.set(queue, new Map(quarters.map(([startMs, counts]) => [startMs, { ...counts, answeredBySecond: new Map(counts.answeredBySecond), abandonedBySecond: new Map(counts.abandonedBySecond) }])));
  }
  for (const [queue, agentId] of facts.lastOffered) state.lastOffered.set(queue, agentId);
  for (const [customerId, agent] of facts.familiar) state.familiar.set(customerId, agent);
  state.prunedMs = facts.prunedMs;
  for (const [id, form] of notes) state.notes.set(id, toNote(form));
}
