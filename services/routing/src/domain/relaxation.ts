import { QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { ageMs, queuedFact, type QueuedFields } from './fact-builders.ts';
import type { RoutingFact } from './facts.ts';
import type { DecisionContext } from './inputs.ts';
import { isWaiting, type Request } from './records.ts';
import type { RelaxationPolicy } from './relaxation-policy.ts';
import type { RoutingState } from './state.ts';

/** Steps that hold where a request waits. */
function stepsFor(state: RoutingState, request: Pick<Request, 'queue' | 'plan' | 'target'>): readonly RelaxationPolicy[] {
  const ofTarget = state.centre.plans.get(request.plan)?.targets[request.target]?.relaxation ?? [];
  return ofTarget.length > 0 ? ofTarget : (state.centre.queues.get(request.queue)?.relaxation ?? []);
}

/** When the next step of a request comes; undefined when there is none left. */
export function nextRelaxationMs(state: RoutingState, request: Request): number | undefined {
  const step = stepsFor(state, request)[request.relaxations.length];
  return step === undefined ? undefined : request.requestedAtMs + step.afterMs;
}

/** The request with every step whose age it has reached. */
export function relaxed(state: RoutingState, request: QueuedFields, context: DecisionContext): QueuedFields {
  const steps = stepsFor(state, request);
  if (steps.length <= request.relaxations.length) return request;
  const due = steps
    .slice(request.relaxations.length)
    .filter((step) => step.afterMs <= ageMs(request, context));
  if (due.length === 0) return request;
  const ways = due.map(({ requirement, extraQueues }) => ({ queues: [request.queue, ...extraQueues], requirement }));
  return { ...request, relaxations: [...request.relaxations, ...ways] };
}

/** A step's age is reached. An offer that rings just now decides with its end. */
export function relaxationFacts(state: RoutingState, request: Request | undefined, context: DecisionContext): RoutingFact[] {
  if (request === undefined || !isWaiting(request)) return [];
  const now = relaxed(state, request, context);
  return now === request ? [] : [queuedFact(state, now, QueueCause.RELAXED, context)];
}
