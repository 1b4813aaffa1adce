import { QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { queuedFact, type QueuedFields } from './fact-builders.ts';
import type { RoutingFact } from './facts.ts';
import type { DecisionContext } from './inputs.ts';
import { isWaiting, type Request } from './records.ts';
import type { RoutingState } from './state.ts';

/** Rank that one step of weight is worth: more than any priority. */
const weightStep = 100_000;
/** Rank of one who has been passed over long enough. */
const topRank = 3_000_000;

type Ranked = Pick<QueuedFields, 'queue' | 'priority' | 'enqueuedAtMs'>;

/** Whether some queue of the domain uses weights or strict priorities. */
export function usesRanks(state: RoutingState): boolean {
  return state.centre.rankedQueues.size > 0;
}

/**
 * Rank of a request: the weight of its queue, then in strict queues its priority; the top once it has waited as long as
 * anybody may be passed over.
 */
export function rankOf(state: RoutingState, request: Ranked, nowMs: number): number {
  const policy = state.centre.queues.get(request.queue);
  if (policy === undefined || !usesRanks(state)) return 0;
  if (nowMs - request.enqueuedAtMs >= policy.maxStarveMs) return topRank;
  const strict = policy.isStrict ? Math.min(weightStep - 1, Math.max(0, request.priority)) : 0;
  return policy.weight * weightStep + strict;
}

/** When a request will have been passed over long enough; undefined when it is at the top, or ranks are not used. */
export function starvesAtMs(state: RoutingState, request: Request): number | undefined {
  const policy = state.centre.queues.get(request.queue);
  return policy === undefined || !usesRanks(state) || request.rank >= topRank ? undefined : request.enqueuedAtMs + policy.maxStarveMs;
}

/** The wait after which nobody is passed over is reached. An offer that rings just now decides with its end. */
export function starvedFacts(state: RoutingState, request: Request | undefined, context: DecisionContext): RoutingFact[] {
  if (request === undefined || !isWaiting(request)) return [];
  const rank = rankOf(state, request, context.nowMs);
  return rank <= request.rank ? [] : [queuedFact(state, { ...request, rank }, QueueCause.PRIORITY_CHANGED, context)];
}
