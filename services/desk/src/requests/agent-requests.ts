import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { deskError } from '../errors.ts';
import { idRule, readTexts } from '../socket/read-frame.ts';
import type { RequestHandlers, RequestScope } from './scope.ts';

/** Reason codes of states and rejections. */
export const reasonRule = { max: 40, pattern: /^[a-z0-9_.-]+$/ };

const states: ReadonlyMap<string, AgentState> = new Map(Object.entries({ ready: AgentState.READY, not_ready: AgentState.NOT_READY, break: AgentState.BREAK }));

/** A state that can be asked for; DESK_BAD_REQUEST for any other word. */
export function stateOf(word: string): AgentState {
  const asked = states.get(word);
  if (asked === undefined) throw deskError('DESK_BAD_REQUEST', { details: { field: 'state' } });
  return asked;
}

/** The agent the user works as; DESK_NO_AGENT for a user without one. */
export function agentOf({ session }: RequestScope): string {
  if (session.view.agent === '') throw deskError('DESK_NO_AGENT');
  return session.view.agent;
}

function presenceOf(scope: RequestScope) {
  if (scope.presence === undefined) throw deskError('DESK_NO_AGENT');
  return scope.presence;
}

/** Presence, state and offers. Each may be asked twice without harm: routing gives the same answer. */
export const agentRequests = {
  'agent.signIn': async (params, scope) => presenceOf(scope).signIn(readTexts(params, { sessionId: { max: 128, pattern: /^[A-Za-z0-9_-]+$/ } }).sessionId),

  'agent.signOut': async (_params, scope) => {
    await presenceOf(scope).signOut();
    return {};
  },

  'agent.setState': async (params, scope) => {
    const { state, reason } = readTexts(params, { state: { min: 1, max: 20 }, reason: reasonRule });
    await scope.services.agents.setState({ agentId: agentOf(scope), state: stateOf(state), reason }, scope.call());
    return {};
  },

  'offer.accept': async (params, scope) => {
    const { offerId, contactId } = readTexts(params, { offerId: idRule, contactId: idRule });
    const { assignmentId } = await scope.services.routing.acceptOffer({ offerId, contactId, agentId: agentOf(scope) }, scope.call());
    return { assignmentId };
  },

  'offer.reject': async (params, scope) => {
    const { offerId, contactId, reason } = readTexts(params, { offerId: idRule, contactId: idRule, reason: reasonRule });
    await scope.services.routing.rejectOffer({ offerId, contactId, agentId: agentOf(scope), reason }, scope.call());
    return {};
  },
} satisfies Partial<RequestHandlers>;
