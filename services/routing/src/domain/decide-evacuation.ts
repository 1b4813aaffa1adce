import { AgentState, SlotState, type ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { giveBackFacts } from './decide-agent.ts';
import { pendingSignOut, stateFact } from './fact-builders.ts';
import type { RoutingFact } from './facts.ts';
import type { Decision, DecisionContext } from './inputs.ts';
import { emergency, isPresent } from './availability.ts';
import { moveOnFacts } from './placement.ts';
import type { AgentRecord } from './records.ts';
import type { RoutingState } from './state.ts';

/** Attribute of agents that says where they sit. */
export const siteAttribute = 'site';
/** Agents and contacts looked after with one input, so that its facts fit one batch; who asks goes on until nobody is left. */
const atOnce = 40;

function agentsToLeave(state: RoutingState, site: string, limit: number): AgentRecord[] {
  const found: AgentRecord[] = [];
  if (site === '') return found;
  for (const policy of state.centre.agents.values()) {
    const record = policy.attributes.get(siteAttribute) === site ? state.agents.get(policy.agentId) : undefined;
    if (isPresent(record)) found.push(record);
    if (found.length >= limit) break;
  }
  return found;
}

/** Whom an evacuation would touch. */
export interface EvacuationReach {
  readonly agents: number;
  /** Contacts that ring there and would go back in line. */
  readonly contactsReturned: number;
  /** Contacts in hand that would stay with their agents. */
  readonly contactsKept: number;
}

export function evacuationReach(state: RoutingState, site: string): EvacuationReach {
  const leaving = agentsToLeave(state, site, Infinity);
  const slots = leaving.flatMap((record) => [...record.slots.values()]);
  const contactsIn = (asked: SlotState) => new Set(slots.filter((slot) => slot.state === asked).map(({ contactId }) => contactId)).size;
  return { agents: leaving.length, contactsReturned: contactsIn(SlotState.RESERVED), contactsKept: contactsIn(SlotState.ENGAGED) };
}

/** The agents of a site become not ready at once, over whatever they asked for; what rings there goes back in line. */
export function decideEvacuation(state: RoutingState, { site, by, actor = '' }: { site: string; by: ChangedBy; actor?: string }, context: DecisionContext): Decision {
  const facts: RoutingFact[] = [];
  const leaving = agentsToLeave(state, site, atOnce);
  for (const record of leaving) {
    facts.push(...giveBackFacts(state, record, 'evacuated', context), stateFact(record.agentId, { state: AgentState.NOT_READY, reason: emergency, by, actor, ...pendingSignOut(record) }, context));
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
