import type { ListPromisesResponse, PressingPromise } from '@patchbay/contracts/routing/v1/routing_service';
import { agentWith } from './sla.ts';
import type { RoutingState, RunningSla, SlaRecord } from './state.ts';

const usualPage = 100;
const largestPage = 1_000;

/** Whether somebody should look at it: broken and still to be kept, or little time left while time runs. */
function isPressing({ warned, breached, runningSinceMs }: RunningSla): boolean {
  return breached || (warned && runningSinceMs !== undefined);
}

/** Notes whether a contact has a promise to look at: there are many promises, and few such. */
export function notePressing(state: RoutingState, record: SlaRecord): void {
  if ([...record.clocks.values()].some(isPressing)) state.pressing.add(record.contactId);
  else state.pressing.delete(record.contactId);
  state.changedQueues.add(record.queue);
}

function* pressingOf(state: RoutingState, queue: string): Generator<{ record: SlaRecord; kind: PressingPromise['kind']; clock: RunningSla }> {
  for (const contactId of state.pressing) {
    const record = state.sla.get(contactId);
    if (record?.queue !== queue) continue;
    for (const [kind, clock] of record.clocks) if (isPressing(clock)) yield { record, kind, clock };
  }
}

/** How many promises of a queue's contacts are at risk, and how many broken and still to be kept. */
export function countPressing(state: RoutingState, queue: string): { atRisk: number; broken: number } {
  const count = { atRisk: 0, broken: 0 };
  for (const { clock } of pressingOf(state, queue)) count[clock.breached ? 'broken' : 'atRisk'] += 1;
  return count;
}

/** Promises of a queue's contacts that somebody should look at, most pressing first; undefined when there is no such queue. */
export function listPressing(state: RoutingState, { queue, pageSize }: { queue: string; pageSize: number }): ListPromisesResponse | undefined {
  if (!state.centre.queues.has(queue)) return undefined;
  const found = [...pressingOf(state, queue)].sort((left, right) => (left.clock.dueMs ?? Infinity) - (right.clock.dueMs ?? Infinity));
  const limit = Math.min(largestPage, pageSize > 0 ? pageSize : usualPage);
  const promises = found.slice(0, limit).map(({ record: { contactId, channel, policy }, kind, clock }) => ({
    contactId,
    queue,
    channel,
    kind,
    policy,
    broken: clock.breached,
    dueAt: clock.dueMs === undefined ? undefined : new Date(clock.dueMs),
    agentId: agentWith(state, contactId),
  }));
  return { promises, total: found.length };
}
