import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { AgentExplanation } from '@patchbay/contracts/routing/v1/routing_service';
import { offersAtOnce, rankingFor } from './agent-choice.ts';
import type { AgentPolicy } from './agent-policy.ts';
import { hasFreeSlot, isAwaited, isSkipped } from './availability.ts';
import { isBefore, type AgentRecord, type Request } from './records.ts';
import { meetsRequirement, noRequirement } from './requirement.ts';
import type { RoutingState } from './state.ts';
import { surgeWays } from './surge-effects.ts';

/** Why an agent does not get a contact now, and until when, where that is known. */
interface LeftOut {
  readonly reason: string;
  readonly untilMs?: number;
}

/** What of its policy keeps the agent from serving the contact at all. */
function unfit(state: RoutingState, policy: AgentPolicy, request: Request): LeftOut | undefined {
  if (!policy.capacity.has(request.channel)) return { reason: 'other_channel' };
  const ways = [{ queues: [request.queue], requirement: request.requirement }, ...request.relaxations, ...surgeWays(state.surges, request.queue).map((way) => ({ ...way, requirement: way.requirement ?? request.requirement }))];
  const inQueue = ways.filter(({ queues }) => queues.some((queue) => policy.queues.has(queue)));
  if (inQueue.length === 0) return { reason: 'other_queue' };
  return inQueue.some(({ requirement }) => meetsRequirement(policy, requirement ?? noRequirement)) ? undefined : { reason: 'requirement' };
}

/** What of its state keeps the agent from getting anything. */
function unready(record: AgentRecord | undefined, nowMs: number): LeftOut | undefined {
  if (record === undefined || record.state === AgentState.SIGNED_OUT) return { reason: 'signed_out' };
  if (record.state === AgentState.UNREACHABLE || record.aliveUntilMs <= nowMs) return { reason: 'unreachable' };
  if (record.state === AgentState.BREAK) return { reason: 'break' };
  if (record.state !== AgentState.READY) return { reason: 'not_ready' };
  if (record.pendingState !== AgentState.UNSPECIFIED) return { reason: 'pending_state' };
  return record.delayUntilMs > nowMs ? { reason: 'set_up_delay', untilMs: record.delayUntilMs } : undefined;
}

/** What of the contact, or of the others in line, keeps the agent from getting this one. */
function keptAway(state: RoutingState, entry: { policy: AgentPolicy; record: AgentRecord }, request: Request, nowMs: number): LeftOut | undefined {
  const { policy, record } = entry;
  const { agentId } = policy;
  if ([...record.slots.values()].some((slot) => request.offers.has(slot.offerId))) return { reason: 'ringing' };
  if (!hasFreeSlot(policy, record, request.channel)) return { reason: 'capacity' };
  if (isSkipped(request, agentId, nowMs)) return { reason: 'passed_over', untilMs: request.skips.get(agentId) ?? nowMs };
  const preferred = state.index.agent(request.preferredAgentId)?.record;
  if (request.preferredUntilMs > nowMs && request.preferredAgentId !== agentId && isAwaited(preferred)) return { reason: 'waits_for_preferred', untilMs: request.preferredUntilMs };
  const found = state.index.agent(agentId);
  if (found !== undefined && !state.index.hasTeamRoom(found, request.channel)) return { reason: 'team_full' };
  return found !== undefined && state.index.isHeldBack(found, request, nowMs) ? { reason: 'held_for_other' } : undefined;
}

function leftOut(state: RoutingState, policy: AgentPolicy, request: Request, nowMs: number): LeftOut | undefined {
  const record = state.agents.get(policy.agentId);
  const because = unfit(state, policy, request) ?? (state.pausedQueues.has(request.queue) ? { reason: 'queue_paused' } : unready(record, nowMs));
  return because ?? (record === undefined ? { reason: 'signed_out' } : keptAway(state, { policy, record }, request, nowMs));
}

/**
 * Everybody of the centre with regard to one contact in line: those who could have it now in the order in which the queue
 * chooses, the preferred agent first, then those who are left out with the reason, by agent id.
 */
export function explainAgents(state: RoutingState, request: Request, nowMs: number): AgentExplanation[] {
  const ranking = rankingFor(state, request, nowMs);
  const { columns } = state.index;
  const rows = [...state.centre.agents.values()].map((policy) => {
    const record = state.agents.get(policy.agentId);
    const no = state.index.agent(policy.agentId)?.no;
    const score = no === undefined ? Infinity : ranking.score(columns, no);
    return { policy, record, score, because: leftOut(state, policy, request, nowMs) };
  });
  // Where all ring nobody is preferred.
  const preferred = offersAtOnce(state, request) === 1 ? request.preferredAgentId : '';
  const isPreferred = (row: (typeof rows)[number]) => row.policy.agentId === preferred;
  const idleMs = (row: (typeof rows)[number]) => (ranking.byId ? 0 : (row.record?.idleSinceMs ?? Infinity));
  rows.sort((left, right) => {
    const byPlace = Number(left.because !== undefined) - Number(right.because !== undefined);
    if (byPlace !== 0) return byPlace;
    const byId = left.policy.agentId < right.policy.agentId ? -1 : 1;
    if (left.because !== undefined) return byId;
    const difference = Number(isPreferred(right)) - Number(isPreferred(left)) || compare(left.score, right.score) || compare(idleMs(left), idleMs(right));
    return difference === 0 ? byId : difference;
  });
  return rows.map(({ policy, record, score, because }, index) => ({
    agentId: policy.agentId,
    place: because === undefined ? index + 1 : 0,
    leftOut: because?.reason ?? '',
    score,
    inHand: record?.slots.size ?? 0,
    idleSince: record === undefined ? undefined : new Date(record.idleSinceMs),
    until: because?.untilMs === undefined ? undefined : new Date(because.untilMs),
  }));
}

const compare = (left: number, right: number) => (left === right ? 0 : left - right);

/** Contacts before this one in line that some agent of this one could serve, too, whatever the agents do now. */
export function contactsAhead(state: RoutingState, request: Request): Request[] {
  const able = [...state.centre.agents.values()].filter((policy) => unfit(state, policy, request) === undefined);
  return [...state.requests.values()].filter((other) => other !== request && state.index.isInLine(other) && isBefore(other, request) && able.some((policy) => unfit(state, policy, other) === undefined));
}

/** Contacts before this one in line that an agent could serve by its policy but did not get. */
export function passedContacts(state: RoutingState, request: Request, agentId: string, limit: number): string[] {
  const policy = state.centre.agents.get(agentId);
  if (policy === undefined) return [];
  const passed = [...state.requests.values()].filter((other) => other !== request && state.index.isInLine(other) && isBefore(other, request) && unfit(state, policy, other) === undefined);
  return passed.sort((left, right) => (isBefore(left, right) ? -1 : 1)).slice(0, limit).map(({ contactId }) => contactId);
}
