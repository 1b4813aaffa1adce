import { line } from './evolve-request.ts';
import type { RoutingFact } from './facts.ts';
import { isWaiting } from './records.ts';
import { loadOf, type RoutingState } from './state.ts';

/** Has those who wait in the queue taken out of line, or put in again. */
function lineUp(state: RoutingState, queue: string, timeMs: number): void {
  for (const request of [...loadOf(state, queue).requests]) if (isWaiting(request)) line(state, request, timeMs);
  state.changedQueues.add(queue);
}

/** Applies a fact of a queue. */
export function evolveQueue(state: RoutingState, fact: RoutingFact): void {
  if (fact.type === 'patchbay.queue.v1.QueuePaused') {
    state.pausedQueues.set(fact.key, { sinceMs: fact.timeMs, reason: fact.event.reason });
    lineUp(state, fact.key, fact.timeMs);
  } else if (fact.type === 'patchbay.queue.v1.QueueResumed') {
    state.pausedQueues.delete(fact.key);
    lineUp(state, fact.key, fact.timeMs);
  }
}
