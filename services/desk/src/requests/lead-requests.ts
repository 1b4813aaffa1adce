import { mayLead } from '../domain/access.ts';
import { deskError } from '../errors.ts';
import { idRule, readTexts } from '../socket/read-frame.ts';
import { reasonRule, stateOf } from './agent-requests.ts';
import type { RequestHandlers, RequestScope } from './scope.ts';

/** Routing checks once more, and for whose agents. */
function requireLead({ session }: RequestScope): void {
  if (!mayLead(session.view)) throw deskError('DESK_FORBIDDEN');
}

/** What team leads do for others. */
export const leadRequests = {
  'lead.setState': async (params, scope) => {
    requireLead(scope);
    const { agentId, state, reason } = readTexts(params, { agentId: idRule, state: { min: 1, max: 20 }, reason: reasonRule });
    await scope.services.agents.setState({ agentId, state: stateOf(state), reason }, scope.call());
    return {};
  },

  'lead.signOut': async (params, scope) => {
    requireLead(scope);
    await scope.services.agents.signOut(readTexts(params, { agentId: idRule }), scope.call());
    return {};
  },
} satisfies Partial<RequestHandlers>;
