import { queueFact } from './facts.ts';
import { done, nothing, refuse, type Decision, type DecisionContext } from './inputs.ts';
import type { Lead } from './lead.ts';
import type { RoutingState } from './state.ts';

/** Nothing is offered from the queue from now on; offers that ring are left to their agents. */
export function decidePause(state: RoutingState, queue: string, lead: Lead, context: DecisionContext): Decision {
  if (!state.centre.queues.has(queue)) return refuse('ROUTING_UNKNOWN_QUEUE');
  if (state.pausedQueues.has(queue)) return nothing;
  return { facts: [queueFact('QueuePaused', context.nowMs, { queue, ...lead, epoch: context.epoch })], outcome: done };
}

/** The queue is served again, each contact at its place. */
export function decideResume(state: RoutingState, queue: string, actor: string, context: DecisionContext): Decision {
  if (!state.centre.queues.has(queue)) return refuse('ROUTING_UNKNOWN_QUEUE');
  if (!state.pausedQueues.has(queue)) return nothing;
  return { facts: [queueFact('QueueResumed', context.nowMs, { queue, actor, epoch: context.epoch })], outcome: done };
}
