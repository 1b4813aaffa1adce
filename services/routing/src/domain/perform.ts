import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { withOverride, type AgentPolicy } from './agent-policy.ts';
import { customerPriority } from './centre.ts';
import type { QueuePolicy } from './queue-policy.ts';
import { noteOf } from './contact-memory.ts';
import { decide, hasMoreToClose } from './decide.ts';
import { armNextLook, armSurge } from './decide-surge.ts';
import { evolve } from './evolve.ts';
import { agentChanged, armLease } from './evolve-agent.ts';
import { armClosing, armRelaxation, armStarving, armWait, line } from './evolve-request.ts';
import type { RoutingFact } from './facts.ts';
import { done, type Decision, type DecisionContext, type RoutingInput } from './inputs.ts';
import { isWaiting, type Request } from './records.ts';
import { armSla, decideSla } from './sla.ts';
import { settle } from './settle.ts';
import { loadOf, type RoutingState } from './state.ts';
import type { Timer } from './timers.ts';

/** Remembers what an input says and no fact of routing will tell: only until the process ends. */
export function takeNote(state: RoutingState, input: RoutingInput): void {
  switch (input.kind) {
    case 'RoutingWithdrawn':
      if (!state.requests.has(input.event.requestId)) noteOf(state, input.event.contactId).withdrawn.add(input.event.requestId);
      break;
    case 'ContactEnded':
      noteOf(state, input.event.contactId).ended = true;
      break;
    case 'ContactConnected':
      noteOf(state, input.event.contactId).connected.add(input.event.assignmentId);
      break;
    case 'MessageReceived': {
      const { contactId, messageId } = input.event;
      if ((state.contacts.get(contactId)?.openAssignments.size ?? 0) > 0) noteOf(state, contactId).lastMessageId = messageId;
      break;
    }
    case 'ContactIdentified': {
      const note = noteOf(state, input.event.contactId);
      const worth = customerPriority(state.centre.customers.get(input.event.customerId), input.event.customerValue);
      note.customerPriority = Math.max(note.customerPriority, worth);
      if (input.event.customerId !== '') note.customerId = input.event.customerId;
      note.customerValue = Math.max(note.customerValue, input.event.customerValue, state.centre.customers.get(input.event.customerId)?.value ?? 0);
      break;
    }
    default:
      break;
  }
}

/** What a timer changes without a fact: somebody counts again, or the heartbeat came in time. */
function wake(state: RoutingState, timer: Timer, nowMs: number): void {
  if (timer.kind === 'retry') {
    const request = state.requests.get(timer.id);
    if (request !== undefined && state.index.isInLine(request)) state.index.restlessRequests.add(request);
    return;
  }
  if (timer.kind === 'starve' && timer.dueMs === 0) {
    const request = state.requests.get(timer.id);
    if (request !== undefined) armStarving(state, request);
    return;
  }
  if (timer.kind === 'callBack') {
    const request = state.requests.get(timer.id);
    if (request !== undefined && isWaiting(request) && !state.index.isInLine(request)) line(state, request, nowMs);
    return;
  }
  if (timer.kind === 'sla') {
    armSla(state, timer.id, nowMs);
    return;
  }
  if (timer.kind === 'surge') {
    armNextLook(state, timer.id, nowMs);
    return;
  }
  if (timer.kind === 'closing') {
    armClosing(state, timer.id, { nowMs, callBack: [...loadOf(state, timer.id).requests].some((request) => request.callBack !== undefined) });
    if (hasMoreToClose(state, timer.id, nowMs)) state.timers.arm('closing', timer.id, nowMs);
    return;
  }
  const record = timer.kind === 'delay' || timer.kind === 'lease' ? state.agents.get(timer.id) : undefined;
  if (record === undefined) return;
  if (timer.kind === 'delay') agentChanged(state, record, nowMs);
  else if (record.leaseTimerMs === timer.dueMs && record.aliveUntilMs > nowMs && record.state !== AgentState.UNREACHABLE && record.state !== AgentState.SIGNED_OUT) armLease(state, record);
}

/** Most facts of one settling; well under the bus's limit of one batch. */
const settleLimit = 200;

/** Takes one input without settling what follows from it. */
export function takeInput(state: RoutingState, input: RoutingInput, context: DecisionContext): Decision {
  takeNote(state, input);
  if (input.kind === 'Timer') wake(state, input.timer, context.nowMs);
  const decision = decide(state, input, context);
  for (const fact of decision.facts) evolve(state, fact);
  const promised = decideSla(state, input, decision.facts, context);
  if (promised.length === 0) return decision;
  for (const fact of promised) evolve(state, fact);
  return { facts: [...decision.facts, ...promised], outcome: decision.outcome };
}

/**
 * Takes one input: decides, applies the facts, and settles who gets what now. Gives all facts in the order in which they
 * must be written. The caller shows nobody the new state, and answers nobody, before they are; when they cannot be
 * written, the state must be thrown away and built again from what is.
 */
export function perform(state: RoutingState, input: RoutingInput, context: DecisionContext): Decision {
  const decision = takeInput(state, input, context);
  const settled = settle(state, context, settleLimit);
  return settled.length === 0 ? decision : { facts: [...decision.facts, ...settled], outcome: decision.outcome };
}

/** Most timers taken at once: each writes a handful of facts. */
const timerLimit = 50;

/** Takes the timers that are due, without settling what follows from them. Gives undefined when there is none. */
export function takeDueTimers(state: RoutingState, context: DecisionContext): RoutingFact[] | undefined {
  let facts: RoutingFact[] | undefined;
  for (let taken = 0; taken < timerLimit; taken += 1) {
    const timer = state.timers.takeDue(context.nowMs);
    if (timer === undefined) break;
    facts = [...(facts ?? []), ...takeInput(state, { kind: 'Timer', timer }, context).facts];
  }
  return facts;
}

/** Fires the timers that are due, those of one moment together, and settles. Gives undefined when there is none. */
export function fireDue(state: RoutingState, context: DecisionContext): Decision | undefined {
  const facts = takeDueTimers(state, context);
  return facts === undefined ? undefined : { facts: [...facts, ...settle(state, context, settleLimit)], outcome: done };
}

/** Settles on where the limit of one settling was reached. */
export function settleOn(state: RoutingState, context: DecisionContext): Decision {
  return { facts: settle(state, context, settleLimit), outcome: done };
}

/** Takes a sign of life. Gives whether the session is still the agent's. No fact is written: the next writer gives every agent a new lease. */
export function beat(state: RoutingState, agentId: string, sessionId: string, nowMs: number): boolean {
  const record = state.agents.get(agentId);
  if (record === undefined || record.sessionId === '' || record.sessionId !== sessionId || record.state === AgentState.UNREACHABLE || !state.centre.agents.has(agentId)) return false;
  const wasOverdue = record.aliveUntilMs <= nowMs;
  record.aliveUntilMs = nowMs + state.rules.leaseMs;
  if (wasOverdue) agentChanged(state, record, nowMs);
  return true;
}

/** After a replay: gives every agent a full lease, since heartbeats of the time before are not known, and lets all of it settle. */
export function takeOver(state: RoutingState, context: DecisionContext): Decision {
  state.takenOverMs = context.nowMs;
  for (const record of state.agents.values()) {
    if (record.state !== AgentState.SIGNED_OUT && record.state !== AgentState.UNREACHABLE) {
      record.aliveUntilMs = context.nowMs + state.rules.leaseMs;
      armLease(state, record);
    }
    agentChanged(state, record, context.nowMs);
  }
  for (const plan of state.surges.keys()) armSurge(state, plan, context.nowMs);
  for (const queue of state.loads.keys()) lookAtClosing(state, queue);
  return perform(state, { kind: 'TakenOver' }, context);
}

/** Takes an agent of the centre in, over what was known; undefined when the resource is gone. Then perform `AgentApplied`. */
export function applyAgent(state: RoutingState, agentId: string, policy: AgentPolicy | undefined, nowMs: number): void {
  const before = state.centre.agents.get(agentId);
  for (const queue of [...(before?.queues ?? []), ...(policy?.queues ?? [])]) state.changedQueues.add(queue);
  state.changedAgents.add(agentId);
  if (policy === undefined) {
    state.centre.agents.delete(agentId);
    state.index.removeAgent(agentId);
    return;
  }
  const record = state.agents.get(agentId);
  const effective = withOverride(policy, record?.skillOverride);
  state.centre.agents.set(agentId, effective);
  state.index.putAgent(effective, record, nowMs);
}

/** Has the end of a queue's hours looked up again: queue or hours changed, or the process is new. */
function lookAtClosing(state: RoutingState, queue: string): void {
  const load = loadOf(state, queue);
  load.closesAtMs = -Infinity;
  if (load.requests.size > 0) state.timers.arm('closing', queue, 0);
}

/** Arms every age at which something happens to a request that waits. */
function armAges(state: RoutingState, request: Request): void {
  armWait(state, request);
  armRelaxation(state, request);
  armStarving(state, request);
}

/** To be called after hours of the centre changed. */
export function applyHours(state: RoutingState, hours: string): void {
  for (const policy of state.centre.queues.values()) if (policy.hours === hours) lookAtClosing(state, policy.name);
}

/** Has the index look at an agent again, without a change. */
export function refreshAgent(state: RoutingState, agentId: string, nowMs: number): void {
  const entry = state.index.agent(agentId);
  if (entry !== undefined) state.index.refreshAgent(entry, nowMs);
}

/** To be called after a team of the centre changed: its agents may have more, or less, at once. */
export function applyTeam(state: RoutingState, team: string, nowMs: number): void {
  for (const policy of state.centre.agents.values()) {
    if (policy.team === team) refreshAgent(state, policy.agentId, nowMs);
  }
}

/** To be called after a surge plan of the centre changed, or came: it is looked at at once. */
export function applySurgePlan(state: RoutingState, plan: string): void {
  armSurge(state, plan, 0);
}

/** To be called after a plan of the centre changed: new ages hold for those who follow it. */
export function applyPlan(state: RoutingState, plan: string): void {
  for (const request of state.requests.values()) if (request.plan === plan) armAges(state, request);
}

/** Takes a queue of the centre in, over what was known; undefined when the resource is gone. New limits hold for those who wait. */
export function applyQueue(state: RoutingState, name: string, policy: QueuePolicy | undefined): void {
  if (policy === undefined) state.centre.queues.delete(name);
  else state.centre.queues.set(name, policy);
  const { rankedQueues } = state.centre;
  const ranked = rankedQueues.size;
  if (policy !== undefined && (policy.weight > 0 || policy.isStrict)) rankedQueues.add(name);
  else rankedQueues.delete(name);
  // With the first queue that has a rank, everybody may be passed over and is looked after.
  if (rankedQueues.size > ranked) for (const request of state.requests.values()) state.timers.arm('starve', request.requestId, 0);
  for (const request of loadOf(state, name).requests) armAges(state, request);
  lookAtClosing(state, name);
  state.changedQueues.add(name);
}
