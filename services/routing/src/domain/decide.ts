import { decideAgentApplied, decideLease, decideSetState, decideSignIn, decideSignOut, decideStayedAway } from './decide-agent.ts';
import { decideEnded, decideIdentified, decideMovedAway, decideRequested, decideWithdrawn } from './decide-contact.ts';
import { decideAccept, decideFailed, decideMissed, decideReject, decideTakenOver } from './decide-offer.ts';
import { decideClose, decideExtend, decideWrapUpLimit } from './decide-wrap-up.ts';
import { expiredFact } from './fact-builders.ts';
import { done, nothing, type Decision, type DecisionContext, type RoutingInput } from './inputs.ts';
import type { RoutingState } from './state.ts';
import type { Timer } from './timers.ts';

/** The wait is over, unless an offer rings just now: then its end decides. */
function decideMaxWait(state: RoutingState, requestId: string, context: DecisionContext): Decision {
  const request = state.requests.get(requestId);
  if (request === undefined || request.offerId !== undefined) return nothing;
  const policy = state.centre.queues.get(request.queue);
  const over = policy === undefined || (policy.maxWaitMs > 0 && context.nowMs >= request.requestedAtMs + policy.maxWaitMs);
  return over ? { facts: [expiredFact(request, context)], outcome: done } : nothing;
}

function decideTimer(state: RoutingState, timer: Timer, context: DecisionContext): Decision {
  switch (timer.kind) {
    case 'offer':
      return decideMissed(state, timer.id, context);
    case 'maxWait':
      return decideMaxWait(state, timer.id, context);
    case 'wrapUp':
      return decideWrapUpLimit(state, timer.id, context);
    case 'lease':
      return decideLease(state, timer.id, context);
    case 'lost':
      return decideStayedAway(state, timer.id, context);
    case 'retry':
    case 'delay':
      // Settling does the rest: the agent or the contact counts again.
      return nothing;
  }
}

/**
 * What one input leads to, as facts to be written and an answer. Looks at the state and changes nothing; offers to
 * agents come from settling afterwards. An input that is late, repeated or unknown leads to no facts.
 */
export function decide(state: RoutingState, input: RoutingInput, context: DecisionContext): Decision {
  switch (input.kind) {
    case 'RoutingRequested':
      return decideRequested(state, input.event, input.timeMs, context);
    case 'MovedAway':
      return decideMovedAway(state, input.event, context);
    case 'RoutingWithdrawn':
      return decideWithdrawn(state, input.event, context);
    case 'ContactConnected':
      return nothing;
    case 'ContactEnded':
      return decideEnded(state, input.event, context);
    case 'ContactIdentified':
      return decideIdentified(state, input.event, context);
    case 'AcceptOffer':
      return decideAccept(state, input.request, context);
    case 'RejectOffer':
      return decideReject(state, input.request, context);
    case 'FailOffer':
      return decideFailed(state, input.request, context);
    case 'ExtendWrapUp':
      return decideExtend(state, input.request, context);
    case 'CloseAssignment':
      return decideClose(state, input.request, input.by, context);
    case 'SignIn':
      return decideSignIn(state, input.request, context);
    case 'SignOut':
      return decideSignOut(state, input.request, input.by, context);
    case 'SetState':
      return decideSetState(state, input.request, input.by, context);
    case 'Timer':
      return decideTimer(state, input.timer, context);
    case 'TakenOver':
      return decideTakenOver(state, context);
    case 'AgentApplied':
      return decideAgentApplied(state, input.agentId, context);
  }
}
