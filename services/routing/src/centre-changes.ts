import type { Place } from './build-writer.ts';
import { agentPolicyOf, domainsOf, queuePolicyOf, takeReferred, type Directory, type DirectoryChange } from './directory.ts';
import type { RoutingFact } from './domain/facts.ts';
import type { DecisionContext } from './domain/inputs.ts';
import { applyAgent, applyHours, applyPlan, applyQueue, applySurgePlan, applyTeam, takeInput } from './domain/perform.ts';
import type { RoutingState } from './domain/state.ts';

interface CentreChange {
  directory: Directory;
  place: Place;
  change: DirectoryChange;
}

/** Agents whose policy a change may touch: the agent itself, or those who serve the queue. */
function touchedAgents(state: RoutingState, { directory, place, change }: CentreChange): string[] {
  if (change.kind === 'Agent') return [change.name];
  if (change.kind !== 'Queue') return [];
  const listed = directory.list(place.tenant, 'Agent').filter(({ spec }) => spec?.$case === 'agent' && spec.value.queues.includes(change.name));
  const serving = [...state.centre.agents.values()].filter((policy) => policy.queues.has(change.name));
  return [...new Set([...listed.map(({ name }) => name), ...serving.map(({ agentId }) => agentId)])];
}

/** Whether agents come in who another routing domain has written about: their state is then in facts not replayed here. */
export function movesAgents(state: RoutingState, directory: Directory, place: Place, change: DirectoryChange): boolean {
  if (domainsOf(directory, place.tenant).size === 1) return false;
  return touchedAgents(state, { directory, place, change }).some((agentId) => !state.centre.agents.has(agentId) && agentPolicyOf(directory, place, agentId) !== undefined);
}

/** Takes one change of the directory into the state. Gives the facts that follow at once: somebody may have to be signed out. */
export function applyDirectoryChange(state: RoutingState, one: CentreChange, context: DecisionContext): RoutingFact[] {
  const { directory, place, change } = one;
  takeReferred(directory, place.tenant, state.centre, change);
  if (change.kind === 'Hours') applyHours(state, change.name);
  if (change.kind === 'RoutingPlan') applyPlan(state, change.name);
  if (change.kind === 'SurgePlan') applySurgePlan(state, change.name);
  if (change.kind === 'Team') applyTeam(state, change.name, context.nowMs);
  const agents = touchedAgents(state, one);
  // Whoever's promise is another by now is told with the next look at the clocks.
  const recounted = change.kind === 'Hours' || change.kind === 'SlaPolicy' ? takeInput(state, { kind: 'SlaApplied' }, context).facts : [];
  if (change.kind === 'Queue') {
    const policy = queuePolicyOf(directory, place, change.name);
    if (policy !== undefined || state.centre.queues.has(change.name)) applyQueue(state, change.name, policy);
  }
  const changed = agents.flatMap((agentId) => {
    const policy = agentPolicyOf(directory, place, agentId);
    if (policy === undefined && !state.centre.agents.has(agentId)) return [];
    applyAgent(state, agentId, policy, context.nowMs);
    return takeInput(state, { kind: 'AgentApplied', agentId }, context).facts;
  });
  return [...recounted, ...changed];
}
