import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { SurgeActionKind, type SurgeTrigger } from '@patchbay/contracts/directory/v1/resource';
import { arrivalsOf } from './arrivals.ts';
import { decideSetState } from './decide-agent.ts';
import { expectedWait } from './expected-wait.ts';
import { surgeFact, type RoutingFact } from './facts.ts';
import { done, nothing, refuse, type Decision, type DecisionContext } from './inputs.ts';
import { loadOf, type RoutingState } from './state.ts';
import type { Surge, SurgePolicy } from './surge-policy.ts';

/** How often a plan is looked at. */
export const surgeCheckMs = 5_000;

/** Breaks taken back with one look, so that the facts fit one batch. */
const breaksAtOnce = 40;

/** One figure of a trigger as it is now. */
interface Sight {
  readonly reason: 'waiting' | 'expected_wait' | 'arrivals';
  readonly observed: number;
  readonly limit: number;
  readonly starts: boolean;
  readonly calm: boolean;
}

const usualStartSigmas = 4;

function sightsOf(state: RoutingState, { queues, trigger }: { queues: readonly string[]; trigger: SurgeTrigger }, nowMs: number): Sight[] {
  const sights: Sight[] = [];
  const { waiting, expectedWaitSeconds, arrivals } = trigger;
  const level = (reason: Sight['reason'], observed: number, { startsAt, endsAt }: { startsAt: number; endsAt: number }) =>
    sights.push({ reason, observed, limit: startsAt, starts: observed >= startsAt, calm: observed <= endsAt });
  if (arrivals !== undefined) {
    const observed = queues.reduce((sum, queue) => sum + arrivalsOf(state.arrivals, queue, nowMs), 0);
    const limitAt = (sigmas: number) => arrivals.expected + sigmas * Math.sqrt(arrivals.expected);
    const limit = limitAt(arrivals.startSigmas || usualStartSigmas);
    sights.push({ reason: 'arrivals', observed, limit, starts: observed > limit, calm: observed <= limitAt(arrivals.endSigmas) });
  }
  if (expectedWaitSeconds !== undefined) {
    // Nothing known is neither: it begins no surge, and ends none.
    const known = queues.map((queue) => expectedWait(state, queue, nowMs)).filter((wait) => wait !== undefined);
    if (known.length > 0) level('expected_wait', Math.max(...known.map(({ p90Ms }) => p90Ms)) / 1_000, expectedWaitSeconds);
    else sights.push({ reason: 'expected_wait', observed: 0, limit: expectedWaitSeconds.startsAt, starts: false, calm: queues.every((queue) => loadOf(state, queue).requests.size === 0) });
  }
  if (waiting !== undefined) {
    level('waiting', queues.reduce((sum, queue) => sum + Math.max(0, loadOf(state, queue).requests.size - loadOf(state, queue).offered), 0), waiting);
  }
  return sights;
}

/** The plan, when it is there and its queues are of this routing domain. */
export function surgePolicyOf(state: RoutingState, plan: string): SurgePolicy | undefined {
  const policy = state.centre.surgePlans.get(plan);
  return policy?.queues.some((queue) => state.centre.queues.has(queue)) === true ? policy : undefined;
}

interface Cause {
  readonly reason: string;
  readonly observed: number;
  readonly limit: number;
  readonly by: string;
  readonly note: string;
}

function startedFact(state: RoutingState, policy: SurgePolicy, cause: Cause, nowMs: number): RoutingFact {
  const { name, queues, actions } = policy;
  return surgeFact('SurgeStarted', nowMs, { plan: name, domain: state.centre.domain, queues: [...queues], actions: [...actions], ...cause });
}

function endedFact(state: RoutingState, plan: string, how: { reason: string; by: string; note: string }, nowMs: number): RoutingFact {
  return surgeFact('SurgeEnded', nowMs, { plan, domain: state.centre.domain, ...how });
}

const byItself = { by: '', note: '' };

/** Breaks that agents of the queues asked for are taken back. */
function breakFacts(state: RoutingState, surge: Surge, context: DecisionContext): RoutingFact[] {
  if (!surge.actions.some(({ kind }) => kind === SurgeActionKind.CANCEL_BREAKS)) return [];
  const asked = [...state.agents.values()].filter(({ agentId, pendingState }) => pendingState === AgentState.BREAK && surge.queues.some((queue) => state.centre.agents.get(agentId)?.queues.has(queue) === true));
  return asked.slice(0, breaksAtOnce).flatMap(({ agentId }) => decideSetState(state, { request: { agentId, state: AgentState.READY, reason: '' }, by: ChangedBy.SYSTEM }, context).facts);
}

function endingOf(state: RoutingState, surge: Surge, policy: SurgePolicy | undefined, nowMs: number): 'plan_removed' | 'calm' | undefined {
  if (policy === undefined) return 'plan_removed';
  if (surge.reason === 'manual' || nowMs < surge.sinceMs + policy.minimumMs) return undefined;
  const { queues, trigger } = policy;
  return trigger === undefined || sightsOf(state, { queues, trigger }, nowMs).every(({ calm }) => calm) ? 'calm' : undefined;
}

/** Looks at a plan: whether its surge begins or ends, and what it does meanwhile. */
export function decideSurge(state: RoutingState, plan: string, context: DecisionContext): Decision {
  const { nowMs } = context;
  const policy = surgePolicyOf(state, plan);
  const surge = state.surges.get(plan);
  if (surge !== undefined) {
    const reason = endingOf(state, surge, policy, nowMs);
    return { facts: reason === undefined ? breakFacts(state, surge, context) : [endedFact(state, plan, { reason, ...byItself }, nowMs)], outcome: done };
  }
  if (policy?.trigger === undefined || nowMs < (state.surgeStops.get(plan) ?? -Infinity) + policy.minimumMs) return nothing;
  const sight = sightsOf(state, { queues: policy.queues, trigger: policy.trigger }, nowMs).find(({ starts }) => starts);
  if (sight === undefined) return nothing;
  const { reason, observed, limit } = sight;
  return { facts: [startedFact(state, policy, { reason, observed, limit, ...byItself }, nowMs)], outcome: done };
}

const code = /^[a-z0-9_.-]{1,64}$/;

/** Who asks for a surge by hand, and why. */
interface ByHand {
  readonly plan: string;
  readonly by: string;
  readonly note: string;
}

/** By hand: one that lasts already stays, but ends by hand only from now on. */
export function decideStartSurge(state: RoutingState, { plan, by, note }: ByHand, { nowMs }: DecisionContext): Decision {
  const policy = surgePolicyOf(state, plan);
  if (policy === undefined) return refuse('ROUTING_UNKNOWN_SURGE_PLAN');
  if (!code.test(note)) return refuse('ROUTING_REASON_NEEDED');
  if (state.surges.get(plan)?.reason === 'manual') return nothing;
  return { facts: [startedFact(state, policy, { reason: 'manual', observed: 0, limit: 0, by, note }, nowMs)], outcome: done };
}

export function decideStopSurge(state: RoutingState, { plan, by, note }: ByHand, { nowMs }: DecisionContext): Decision {
  if (surgePolicyOf(state, plan) === undefined && !state.surges.has(plan)) return refuse('ROUTING_UNKNOWN_SURGE_PLAN');
  if (!code.test(note)) return refuse('ROUTING_REASON_NEEDED');
  return state.surges.has(plan) ? { facts: [endedFact(state, plan, { reason: 'manual', by, note }, nowMs)], outcome: done } : nothing;
}

/** Looks after a plan from now on, or again. */
export function armSurge(state: RoutingState, plan: string, nowMs: number): void {
  if (state.surgeTimers.has(plan)) return;
  state.surgeTimers.add(plan);
  state.timers.arm('surge', plan, nowMs);
}

/** Has the next look come, as long as there is something to look at. */
export function armNextLook(state: RoutingState, plan: string, nowMs: number): void {
  if (state.centre.surgePlans.has(plan) || state.surges.has(plan)) state.timers.arm('surge', plan, nowMs + surgeCheckMs);
  else state.surgeTimers.delete(plan);
}
