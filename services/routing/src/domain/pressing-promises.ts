import type { ListPromisesResponse, PressingPromise } from '@patchbay/contracts/routing/v1/routing_service';
import { pageLimit } from './page-limit.ts';
import { agentWith, slaCalendar } from './sla.ts';
import { isSlaAtRisk } from './sla-clock.ts';
import type { RoutingState, RunningSla, SlaRecord } from './state.ts';

/** Broken and still to be kept, or warned of while time runs: told by the facts alone. */
function wasTold({ warned, breached, runningSinceMs }: RunningSla): boolean {
  return breached || (warned && runningSinceMs !== undefined);
}

/** Notes whether a contact may have a promise to look at: there are many promises, and few such. */
export function notePressing(state: RoutingState, record: SlaRecord): void {
  const { contactId, queue, clocks } = record;
  const wasPressing = state.pressing.has(contactId);
  const isPressing = [...clocks.values()].some(wasTold);
  if (isPressing) state.pressing.add(contactId);
  else state.pressing.delete(contactId);
  if (wasPressing || isPressing) state.changedQueues.add(queue);
}

/** A limit that was raised since the warning leaves time again, so that is looked at as well. */
function* pressingOf(state: RoutingState, queue: string, nowMs: number): Generator<{ record: SlaRecord; kind: PressingPromise['kind']; clock: RunningSla }> {
  for (const contactId of state.pressing) {
    const record = state.sla.get(contactId);
    if (record?.queue !== queue) continue;
    const calendar = slaCalendar(state, record);
    for (const [kind, clock] of record.clocks) if (wasTold(clock) && (clock.breached || isSlaAtRisk(clock, calendar, nowMs))) yield { record, kind, clock };
  }
}

/** How many promises of a queue's contacts are at risk, and how many broken and still to be kept. */
export function countPressing(state: RoutingState, queue: string, nowMs: number): { atRisk: number; broken: number } {
  const count = { atRisk: 0, broken: 0 };
  for (const { clock } of pressingOf(state, queue, nowMs)) count[clock.breached ? 'broken' : 'atRisk'] += 1;
  return count;
}

/** Promises of a queue's contacts that somebody should look at, most pressing first; undefined when there is no such queue. */
export function listPressing(state: RoutingState, { queue, pageSize }: { queue: string; pageSize: number }, nowMs: number): ListPromisesResponse | undefined {
  if (!state.centre.queues.has(queue)) return undefined;
  const found = [...pressingOf(state, queue, nowMs)].sort((left, right) => (left.clock.dueMs ?? Infinity) - (right.clock.dueMs ?? Infinity));
  const promises = found.slice(0, pageLimit(pageSize)).map(({ record: { contactId, channel, policy }, kind, clock }) => ({
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
