import { isAwaited } from './availability.ts';
import { expectedWait } from './expected-wait.ts';
import type { QueuedFields } from './fact-builders.ts';
import type { DecisionContext } from './inputs.ts';
import type { QueuePolicy } from './queue-policy.ts';
import type { RoutingState } from './state.ts';

/** Share of the wait to be expected that a contact waits for one agent, at most. */
const shareOfWait = 0.2;

/** Who knows the customer of a contact: who looks after them, else who served them last. */
function familiarAgent(state: RoutingState, contactId: string, sticky: NonNullable<QueuePolicy['sticky']>, context: DecisionContext): string {
  const customerId = state.notes.get(contactId)?.customerId ?? '';
  const owner = state.centre.customers.get(customerId)?.agent ?? '';
  if (owner !== '') return owner;
  const last = state.familiar.get(customerId);
  return last !== undefined && context.nowMs - last.sinceMs <= sticky.withinMs ? last.agentId : '';
}

/**
 * Whom a contact goes to first where its queue keeps customers with the agent who knows them (熟客优先), and until when it
 * waits for that agent alone: never for one who is not ready, never longer than a share of what it would wait anyway.
 */
export function preferredAgent(state: RoutingState, fields: QueuedFields, context: DecisionContext): Pick<QueuedFields, 'preferredAgentId' | 'preferredUntilMs'> {
  const { preferredAgentId: asked, preferredUntilMs } = fields;
  const sticky = state.centre.queues.get(fields.queue)?.sticky;
  if (sticky === undefined) return { preferredAgentId: asked, preferredUntilMs };
  const preferredAgentId = asked === '' ? familiarAgent(state, fields.contactId, sticky, context) : asked;
  if (preferredAgentId === '' || !isAwaited(state.agents.get(preferredAgentId))) return { preferredAgentId, preferredUntilMs: 0 };
  const expectedMs = expectedWait(state, fields.queue, context.nowMs)?.p50Ms;
  const waitMs = Math.floor(Math.min(sticky.maxWaitMs, expectedMs === undefined ? Infinity : expectedMs * shareOfWait));
  return { preferredAgentId, preferredUntilMs: waitMs > 0 ? context.nowMs + waitMs : 0 };
}
