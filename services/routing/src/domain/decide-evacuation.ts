import { AgentState, type ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { giveBackFacts } from './decide-agent.ts';
import { stateFact } from './fact-builders.ts';
import type { RoutingFact } from './facts.ts';
import { nothing, type Decision, type DecisionContext } from './inputs.ts';
import { emergency, isPresent } from './availability.ts';
import { moveOnFacts } from './placement.ts';
import type { AgentRecord } from './records.ts';
import type { RoutingState } from './state.ts';

/** Attribute of agents that says where they sit. */
const siteAttribute = 'site';
/** Agents and contacts looked after with one input, so that its facts fit one batch; who asks goes on until nobody is left. */
const atOnce = 40;

function agentsToLeave(state: RoutingState, site: string): AgentRecord[] {
  const found: AgentRecord[] = [];
  for (const policy of state.centre.agents.values()) {
    const record = policy.attributes.get(siteAttribute) === site ? state.agents.get(policy.agentId) : undefined;
    if (isPresent(record)) found.push(record);
    if (found.length >= atOnce) break;
  }
  return found;
}

/** The agents of a site become not ready at once, over whatever they asked for; what rings there goes back in line. */
export function decideEvacuation(state: RoutingState, { site, by, actor = '' }: { site: string; by: ChangedBy; actor?: string }, context: DecisionContext): Decision {
  if (site === '') return nothing;
  const facts: RoutingFact[] = [];
  const leaving = agentsToLeave(state, site);
  for (const record of leaving) {
    facts.push(...giveBackFacts(state, record, 'evacuated', context), stateFact(record.agentId, { state: AgentState.NOT_READY, reason: emergency, by, actor }, context));
  }
  return { facts, outcome: { kind: 'counted', count: leaving.length } };
}

/** Contacts in line whom nobody who is there could serve go on by their plans. */
export function decideStranded(state: RoutingState, context: DecisionContext): Decision {
  const facts: RoutingFact[] = [];
  let moved = 0;
  for (const request of state.requests.values()) {
    if (moved >= atOnce) break;
    if (request.plan === '' || !state.index.isInLine(request) || state.index.hasAgentFor(request)) continue;
    const onward = moveOnFacts(state, request, 'evacuated', context);
    if (onward === undefined) continue;
    facts.push(...onward);
    moved += 1;
  }
  return { facts, outcome: { kind: 'counted', count: moved } };
}
