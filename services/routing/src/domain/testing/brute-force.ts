import type { Requirement, RequirementTerm } from '@patchbay/contracts/contact/v1/contact';
import { exclusiveChannels, type AgentPolicy } from '../agent-policy.ts';
import { hasFreeSlot, isReady, isSkipped } from '../availability.ts';
import { isBefore, type AgentRecord, type Request } from '../records.ts';
import type { RoutingState } from '../state.ts';

const isWaiting = (request: Request) => request.offerId === undefined;

function hasAll(policy: AgentPolicy, requirement: Requirement | undefined): boolean {
  const holds = (term: RequirementTerm) =>
    !term.skills.some(({ skill, minLevel }) => (policy.skills.get(skill) ?? 0) < minLevel) &&
    !term.languages.some((language) => !policy.languages.has(language)) &&
    !term.attributes.some(({ name, value }) => policy.attributes.get(name) !== value);
  if (requirement === undefined) return true;
  const choices = requirement.anyOf.length === 0 ? [true] : requirement.anyOf.map(holds);
  return holds(requirement) && choices.includes(true);
}

function couldServe(state: RoutingState, record: AgentRecord, request: Request, nowMs: number): boolean {
  const policy = state.centre.agents.get(record.agentId);
  if (policy === undefined || !policy.capacity.has(request.channel) || isSkipped(request, record.agentId, nowMs)) return false;
  const ways = [{ queues: [request.queue], requirement: request.requirement }, ...request.relaxations];
  return ways.some(({ queues, requirement }) => queues.some((queue) => policy.queues.has(queue)) && hasAll(policy, requirement));
}

/** Whether the rules let the agent have the contact now, by looking at everything. */
export function fits(state: RoutingState, record: AgentRecord, request: Request, nowMs: number): boolean {
  const policy = state.centre.agents.get(record.agentId);
  if (policy === undefined || !isReady(record, nowMs) || !couldServe(state, record, request, nowMs) || !hasFreeSlot(policy, record, request.channel)) return false;
  if (exclusiveChannels.has(request.channel) || record.slots.size === 0 || policy.blends) return true;
  return ![...state.requests.values()].some((call) => isWaiting(call) && exclusiveChannels.has(call.channel) && isBefore(call, request) && couldServe(state, record, call, nowMs));
}

function suitsBetter(left: AgentRecord, right: AgentRecord): boolean {
  if (left.slots.size !== right.slots.size) return left.slots.size < right.slots.size;
  if (left.idleSinceMs !== right.idleSinceMs) return left.idleSinceMs < right.idleSinceMs;
  return left.agentId < right.agentId;
}

/** The next match by a full scan of all requests and agents: what the index must agree with. */
export function bruteForceMatch(state: RoutingState, nowMs: number): { contactId: string; agentId: string } | undefined {
  const waiting = [...state.requests.values()].filter(isWaiting).sort((left, right) => (isBefore(left, right) ? -1 : 1));
  for (const request of waiting) {
    let best: AgentRecord | undefined;
    for (const record of state.agents.values()) {
      if (!fits(state, record, request, nowMs)) continue;
      if (record.agentId === request.preferredAgentId) return { contactId: request.contactId, agentId: record.agentId };
      if (best === undefined || suitsBetter(record, best)) best = record;
    }
    if (best !== undefined) return { contactId: request.contactId, agentId: best.agentId };
  }
  return undefined;
}
