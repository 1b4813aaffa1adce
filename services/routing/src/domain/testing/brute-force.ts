import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { Requirement, RequirementTerm } from '@patchbay/contracts/contact/v1/contact';
import { AgentChoice, SurgeActionKind } from '@patchbay/contracts/directory/v1/resource';
import { exclusiveChannels, type AgentPolicy } from '../agent-policy.ts';
import { hasFreeSlot, isReady, isSkipped } from '../availability.ts';
import { localMidnightMs } from '../hours.ts';
import { isBefore, isWaiting, type AgentRecord, type Request } from '../records.ts';
import type { RoutingState } from '../state.ts';

const isDue = (request: Request, nowMs: number) => (request.callBack?.notBeforeMs ?? 0) <= nowMs;

function hasAll(policy: AgentPolicy, requirement: Requirement | undefined): boolean {
  const holds = (term: RequirementTerm) =>
    !term.skills.some(({ skill, minLevel }) => (policy.skills.get(skill) ?? 0) < minLevel) &&
    !term.languages.some((language) => !policy.languages.has(language)) &&
    !term.attributes.some(({ name, value }) => policy.attributes.get(name) !== value);
  if (requirement === undefined) return true;
  const choices = requirement.anyOf.length === 0 ? [true] : requirement.anyOf.map(holds);
  return holds(requirement) && choices.includes(true);
}

function waitsForAnother(state: RoutingState, record: AgentRecord, { preferredAgentId, preferredUntilMs }: Request, nowMs: number): boolean {
  const preferred = state.centre.agents.has(preferredAgentId) ? state.agents.get(preferredAgentId) : undefined;
  const isComing = preferred?.state === AgentState.READY && preferred.pendingState === AgentState.UNSPECIFIED;
  return preferredUntilMs > nowMs && isComing && record !== preferred;
}

function couldServe(state: RoutingState, record: AgentRecord, request: Request, nowMs: number): boolean {
  const policy = state.centre.agents.get(record.agentId);
  if (policy === undefined || !policy.capacity.has(request.channel) || isSkipped(request, record.agentId, nowMs) || waitsForAnother(state, record, request, nowMs)) return false;
  const surging = [...state.surges.values()].filter((surge) => surge.queues.includes(request.queue)).flatMap(({ actions }) => actions);
  const widened = surging.filter(({ kind }) => kind === SurgeActionKind.WIDEN).map(({ requirement }) => ({ queues: [request.queue], requirement }));
  const borrowed = surging.filter(({ kind }) => kind === SurgeActionKind.BORROW).map(({ queues }) => ({ queues, requirement: request.requirement }));
  const ways = [{ queues: [request.queue], requirement: request.requirement }, ...request.relaxations, ...widened, ...borrowed];
  return ways.some(({ queues, requirement }) => queues.some((queue) => policy.queues.has(queue)) && hasAll(policy, requirement));
}

/** Whether one more would be within the channel's own count, but not beside what is in hand. */
function isTooLarge(policy: AgentPolicy, record: AgentRecord, channel: string): boolean {
  const same = [...record.slots.values()].filter((slot) => slot.channel === channel).length;
  return same < (policy.capacity.get(channel) ?? 0) && !hasFreeSlot(policy, record, channel);
}

function hasTeamRoom(state: RoutingState, team: string, channel: string, more = 0): boolean {
  const policy = state.centre.teams.get(team);
  const slots = [...state.agents.values()].filter((record) => state.centre.agents.get(record.agentId)?.team === team).flatMap((record) => [...record.slots.values()]);
  if (policy === undefined) return true;
  const ofChannel = slots.filter((slot) => slot.channel === channel).length + more;
  return (policy.maxContacts === 0 || slots.length + more < policy.maxContacts) && ofChannel < (policy.capacity.get(channel) ?? Infinity);
}

/** Leaves out whoever is one too many for the team when those before ring already. */
function withinTeams(state: RoutingState, channel: string, agentIds: readonly string[]): string[] {
  const teamOf = (agentId: string) => state.centre.agents.get(agentId)?.team ?? '';
  const ringing: string[] = [];
  for (const agentId of agentIds) if (hasTeamRoom(state, teamOf(agentId), channel, ringing.filter((one) => teamOf(one) === teamOf(agentId)).length)) ringing.push(agentId);
  return ringing;
}

/** Whether the rules let the agent have the contact now, by looking at everything. */
export function fits(state: RoutingState, record: AgentRecord, request: Request, nowMs: number): boolean {
  const policy = state.centre.agents.get(record.agentId);
  if (policy === undefined || !isReady(record, nowMs) || !couldServe(state, record, request, nowMs) || !hasFreeSlot(policy, record, request.channel)) return false;
  if (!hasTeamRoom(state, policy.team, request.channel)) return false;
  if (exclusiveChannels.has(request.channel) || record.slots.size === 0) return true;
  return ![...state.requests.values()].some((call) => isWaiting(call) && isDue(call, nowMs) && !state.pausedQueues.has(call.queue) && isTooLarge(policy, record, call.channel) && isBefore(call, request) && couldServe(state, record, call, nowMs));
}

function sumSkills(policy: AgentPolicy | undefined, request: Request): number {
  const named = JSON.stringify([request.requirement, request.relaxations]);
  return [...(policy?.skills ?? [])].reduce((sum, [skill, level]) => (named.includes(`"skill":"${skill}"`) ? sum + level : sum), 0);
}

function since(record: AgentRecord, midnightMs: number): { count: number; busyMs: number } {
  return [...record.handled].filter(([startMs]) => startMs >= midnightMs).reduce((sum, [, quarter]) => ({ count: sum.count + quarter.count, busyMs: sum.busyMs + quarter.busyMs }), { count: 0, busyMs: 0 });
}

/** What agents are compared by, the first that differs decides. */
function figuresOf(state: RoutingState, record: AgentRecord, request: Request, nowMs: number): (number | string)[] {
  const queue = state.centre.queues.get(request.queue);
  const policy = state.centre.agents.get(record.agentId);
  const { agentId, idleSinceMs } = record;
  const today = since(record, localMidnightMs(state.centre.timeZone, nowMs));
  switch (queue?.choice) {
    case AgentChoice.LONGEST_IDLE:
      return [idleSinceMs, agentId];
    case AgentChoice.LEAST_OCCUPIED:
      return [today.busyMs, idleSinceMs, agentId];
    case AgentChoice.FEWEST_CONTACTS:
      return [today.count + record.slots.size, idleSinceMs, agentId];
    case AgentChoice.ROUND_ROBIN:
      return [Number(agentId <= (state.lastOffered.get(request.queue) ?? '')), agentId];
    case AgentChoice.LINEAR:
      return [queue.agentOrder.get(agentId) ?? 1_000, agentId];
    case AgentChoice.BEST_PROFICIENCY:
      return [-sumSkills(policy, request), idleSinceMs, agentId];
    case AgentChoice.LEAST_SKILLED:
      return [policy?.skills.size ?? 0, idleSinceMs, agentId];
    default:
      return [record.slots.size, idleSinceMs, agentId];
  }
}

function inOrder(left: readonly (number | string)[], right: readonly (number | string)[]): number {
  const place = left.findIndex((value, index) => value !== right[index]);
  return (left[place] ?? 0) < (right[place] ?? 0) ? -1 : 1;
}

/** The next match by a full scan of all requests and agents: what the index must agree with. */
export function bruteForceMatch(state: RoutingState, nowMs: number): { contactId: string; agentIds: string[] } | undefined {
  const waiting = [...state.requests.values()].filter((request) => isWaiting(request) && isDue(request, nowMs) && !state.pausedQueues.has(request.queue)).sort((left, right) => (isBefore(left, right) ? -1 : 1));
  for (const request of waiting) {
    const fitting = [...state.agents.values()].filter((record) => fits(state, record, request, nowMs));
    if (fitting.length === 0) continue;
    const { contactId, preferredAgentId } = request;
    const policy = state.centre.queues.get(request.queue);
    const ringsAll = policy?.choice === AgentChoice.RING_ALL;
    if (!ringsAll && fitting.some((record) => record.agentId === preferredAgentId)) return { contactId, agentIds: [preferredAgentId] };
    const ordered = fitting.map((record) => figuresOf(state, record, request, nowMs)).sort(inOrder);
    const agentIds = ordered.slice(0, ringsAll ? policy.maxRinging : 1).map((figures) => String(figures.at(-1)));
    return { contactId, agentIds: withinTeams(state, request.channel, agentIds) };
  }
  return undefined;
}
