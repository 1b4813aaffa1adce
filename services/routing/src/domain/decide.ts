import { ClosingPolicy } from '@patchbay/contracts/directory/v1/resource';
import { decideCallBackFailed } from './call-back.ts';
import { decideAgentApplied, decideLease, decideSetState, decideSignIn, decideSignOut, decideStayedAway } from './decide-agent.ts';
import { decideEnded, decideIdentified, decideMovedAway, decideRequested, decideWithdrawn } from './decide-contact.ts';
import { decideForcedOut, decideWithdrawSignOut } from './forced-sign-out.ts';
import { decideEvacuation, decideStranded } from './decide-evacuation.ts';
import { decidePause, decideResume } from './decide-pause.ts';
import { decideSteering } from './decide-steering.ts';
import { decideAccept, decideFailed, decideMissed, decideReject, decideTakenOver } from './decide-offer.ts';
import { decideStartSurge, decideStopSurge, decideSurge } from './decide-surge.ts';
import { decideCustomerWrote, decidePark, decideParkedLong, decideResumeContact } from './park.ts';
import { decideClose, decideExtend, decideWrapUpLimit } from './decide-wrap-up.ts';
import { done, nothing, type Decision, type DecisionContext, type RoutingInput } from './inputs.ts';
import { closingFacts, isQueueOpen, waitOverFacts } from './placement.ts';
import { starvedFacts } from './rank.ts';
import { decideOverride, decideRestore } from './skill-override.ts';
import type { QueuePolicy } from './queue-policy.ts';
import { isWaiting, type Request } from './records.ts';
import { relaxationFacts } from './relaxation.ts';
import { loadOf, type RoutingState } from './state.ts';
import type { Timer } from './timers.ts';

/** Most contacts that one firing of a timer sends out of a closed queue; the rest follows at once. */
const closedAtOnce = 20;

/** Those whom the end of a queue's hours concerns: everybody in line, or call-backs alone where the queue drains. */
function closingRequests(state: RoutingState, policy: QueuePolicy): Request[] {
  const drains = policy.closing === ClosingPolicy.DRAIN;
  return [...loadOf(state, policy.name).requests].filter((request) => isWaiting(request) && (!drains || request.callBack !== undefined));
}

/** Whether more have to go from a closed queue than one firing sends out. */
export function hasMoreToClose(state: RoutingState, queue: string, nowMs: number): boolean {
  const policy = state.centre.queues.get(queue);
  return policy !== undefined && !isQueueOpen(state, policy, nowMs) && closingRequests(state, policy).length > closedAtOnce;
}

/** The hours of a queue ended. */
function decideClosing(state: RoutingState, queue: string, context: DecisionContext): Decision {
  const policy = state.centre.queues.get(queue);
  if (policy === undefined) return nothing;
  return { facts: closingRequests(state, policy).slice(0, closedAtOnce).flatMap((request) => closingFacts(state, policy, request, context) ?? []), outcome: done };
}

function decideTimer(state: RoutingState, timer: Timer, context: DecisionContext): Decision {
  switch (timer.kind) {
    case 'offer':
      return decideMissed(state, timer.id, context);
    case 'wait':
      return { facts: waitOverFacts(state, state.requests.get(timer.id), context), outcome: done };
    case 'relax':
      return { facts: relaxationFacts(state, state.requests.get(timer.id), context), outcome: done };
    case 'starve':
      return { facts: starvedFacts(state, state.requests.get(timer.id), context), outcome: done };
    case 'closing':
      return decideClosing(state, timer.id, context);
    case 'surge':
      return decideSurge(state, timer.id, context);
    case 'wrapUp':
      return decideWrapUpLimit(state, timer.id, context);
    case 'lease':
      return decideLease(state, timer.id, context);
    case 'parked':
      return decideParkedLong(state, timer.id, context);
    case 'skills':
      return decideRestore(state, timer.id, '', context);
    case 'lost':
      return decideStayedAway(state, timer.id, context);
    case 'retry':
    case 'callBack':
    case 'delay':
    case 'sla':
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
    case 'CallBackFailed':
      return decideCallBackFailed(state, input.event, context);
    case 'ContactConnected':
    case 'MessageSent':
    case 'SlaApplied':
      return nothing;
    case 'ContactEnded':
      return decideEnded(state, input.event, context);
    case 'ContactIdentified':
      return decideIdentified(state, input.event, context);
    case 'MessageReceived':
      return decideCustomerWrote(state, input.event, context);
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
    case 'ParkContact':
      return decidePark(state, input.request, context);
    case 'ResumeContact':
      return decideResumeContact(state, input.request, context);
    case 'SignIn':
      return decideSignIn(state, input.request, context);
    case 'SignOut':
      return decideSignOut(state, input, context);
    case 'ForceSignOut':
      return decideForcedOut(state, input, context);
    case 'WithdrawSignOut':
      return decideWithdrawSignOut(state, input, context);
    case 'SetState':
      return decideSetState(state, input, context);
    case 'EvacuateSite':
      return decideEvacuation(state, input, context);
    case 'MoveContact':
    case 'PullContact':
    case 'ReassignContact':
    case 'CancelRequest':
    case 'PrioritiseContact':
      return decideSteering(state, input, context);
    case 'OverrideSkills':
      return decideOverride(state, input, context);
    case 'RestoreSkills':
      return decideRestore(state, input.agentId, input.actor, context);
    case 'PauseQueue':
      return decidePause(state, input.queue, input.lead, context);
    case 'ResumeQueue':
      return decideResume(state, input.queue, input.actor, context);
    case 'MoveStranded':
      return decideStranded(state, context);
    case 'StartSurge':
      return decideStartSurge(state, input, context);
    case 'StopSurge':
      return decideStopSurge(state, input, context);
    case 'Timer':
      return decideTimer(state, input.timer, context);
    case 'TakenOver':
      return decideTakenOver(state, context);
    case 'AgentApplied':
      return decideAgentApplied(state, input.agentId, context);
  }
}
