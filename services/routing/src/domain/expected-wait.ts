import type { Requirement } from '@patchbay/contracts/contact/v1/contact';
import { SurgeActionKind } from '@patchbay/contracts/directory/v1/resource';
import type { ExpectedWait } from '@patchbay/contracts/routing/v1/routing_service';
import { exclusiveChannels, type AgentPolicy } from './agent-policy.ts';
import { hasFreeSlot, isAwaited, isReady } from './availability.ts';
import { sumSince, type QueueCounts } from './counters.ts';
import { isBefore, type Request } from './records.ts';
import { meetsRequirement, noRequirement } from './requirement.ts';
import { loadOf, type RoutingState } from './state.ts';

/** How far back handling times and abandons are looked at. */
const lookBackMs = 6 * 3_600_000;
/** With fewer contacts handled in that time nothing is said. */
const fewest = 10;
/** Ninetieth percentile of the normal distribution. */
const z90 = 1.2816;

/** Half and nine tenths of those in one place in line wait no longer. */
interface WaitInterval {
  readonly p50Ms: number;
  readonly p90Ms: number;
}

/** Quantile of a gamma distribution of a shape and mean 1, after Wilson and Hilferty (1931): within 2 % from shape 1 on. */
function gammaQuantile(shape: number, z: number): number {
  const ninth = 1 / (9 * shape);
  return Math.max(0, 1 - ninth + z * Math.sqrt(ninth)) ** 3;
}

/** Contacts that an agent can have at once, as far as lines are concerned: calls one by one. */
function slotsOf(policy: AgentPolicy): number {
  let most = 0;
  for (const [channel, capacity] of policy.capacity) most = Math.max(most, exclusiveChannels.has(channel) ? 1 : capacity);
  return most;
}

/** The agents who serve a queue now, and what they do. */
interface Service {
  /** Contacts that they can have at once. */
  slots: number;
  free: boolean;
  /** Of those who serve another queue, the share that serves this one, too, by queue. */
  sharedWith: Map<string, number>;
}

/** A queue that a surge lets agents of other queues serve. */
interface Loan {
  readonly queue: string;
  readonly from: readonly string[];
  readonly requirement: Requirement;
}

function loansOf(state: RoutingState): Loan[] {
  return [...state.surges.values()].flatMap(({ queues, actions }) =>
    actions
      .filter(({ kind }) => kind === SurgeActionKind.BORROW)
      .flatMap(({ queues: from }) => queues.map((queue) => ({ queue, from, requirement: state.centre.queues.get(queue)?.requirement ?? noRequirement }))),
  );
}

/** Queues that an agent serves, those that a surge adds included. */
function servedQueues(policy: AgentPolicy, loans: readonly Loan[]): ReadonlySet<string> {
  const lent = loans.filter(({ from, requirement }) => from.some((queue) => policy.queues.has(queue)) && meetsRequirement(policy, requirement));
  return new Set([...policy.queues, ...lent.map(({ queue }) => queue)]);
}

function serviceOf(state: RoutingState, queue: string, nowMs: number): Service {
  const service: Service = { slots: 0, free: false, sharedWith: new Map() };
  const all = new Map<string, number>();
  const both = new Map<string, number>();
  const loans = loansOf(state);
  for (const policy of state.centre.agents.values()) {
    const record = state.agents.get(policy.agentId);
    if (record === undefined || !isAwaited(record)) continue;
    const queues = loans.length === 0 ? policy.queues : servedQueues(policy, loans);
    const serves = queues.has(queue);
    for (const one of queues) {
      all.set(one, (all.get(one) ?? 0) + 1);
      if (serves) both.set(one, (both.get(one) ?? 0) + 1);
    }
    if (!serves) continue;
    service.slots += slotsOf(policy);
    service.free ||= isReady(record, nowMs) && [...policy.capacity.keys()].some((channel) => hasFreeSlot(policy, record, channel));
  }
  for (const [one, count] of both) service.sharedWith.set(one, count / (all.get(one) ?? count));
  return service;
}

/** Contacts that come before, each as far as it falls to agents of this queue and is not given up before its turn. */
function workAhead(state: RoutingState, { sharedWith }: Service, stays: number, counts: (request: Request) => boolean): number {
  let ahead = 0;
  for (const [queue, share] of sharedWith) {
    let waiting = 0;
    for (const request of loadOf(state, queue).requests) if (counts(request)) waiting += 1;
    ahead += waiting * share;
  }
  return ahead * stays;
}

/** What was seen of a queue lately. */
interface Seen extends QueueCounts {
  /** For how long, milliseconds. */
  spanMs: number;
}

function seenOf(state: RoutingState, queue: string, nowMs: number): Seen {
  const quarters = state.counters.get(queue);
  const first = Math.min(...[...(quarters?.keys() ?? [])].filter((startMs) => startMs >= nowMs - lookBackMs));
  return { ...sumSince(quarters, nowMs - lookBackMs), spanMs: Math.max(60_000, nowMs - first) };
}

/** Contacts that will come later and go before, for the priority they come with. */
function overtaking(seen: Seen, priority: number): number {
  if (seen.offered === 0) return 0;
  return (seen.offered / seen.spanMs) * Math.max(0, seen.prioritySeconds / seen.offered - priority) * 1_000;
}

/** Mean and variance of handling. What goes on counts, too, or a young centre would look faster than it is. */
function handlingOf(state: RoutingState, queue: string, seen: Seen, nowMs: number): { meanMs: number; variation: number } {
  let goingOnMs = 0;
  for (const { request, assignedAtMs } of state.assignments.values()) if (request.queue === queue) goingOnMs += Math.max(0, nowMs - assignedAtMs);
  const closedMs = seen.handledMs / seen.handled;
  const variance = Math.max(0, seen.handledSquaredMs / seen.handled - closedMs * closedMs);
  const variation = variance / (closedMs * closedMs);
  // In full where handling times are exponential; where they hardly differ there is nothing to make up for.
  return { meanMs: (seen.handledMs + goingOnMs * Math.min(1, variation)) / seen.handled, variation };
}

/**
 * How long a place in line is to wait. While every agent is engaged, agents come free one after the other at a rate of
 * slots ÷ mean handling time; the wait until the one for this place is gamma distributed with as many steps, wider or
 * narrower as handling times are.
 * @param request one that waits; undefined for a newcomer without priority
 */
export function expectedWait(state: RoutingState, queue: string, nowMs: number, request?: Request): WaitInterval | undefined {
  const seen = seenOf(state, queue, nowMs);
  const service = serviceOf(state, queue, nowMs);
  if (service.slots === 0) return undefined;
  const stays = seen.offered === 0 ? 1 : Math.min(1, Math.max(0, 1 - seen.abandoned / seen.offered));
  const ahead = workAhead(state, service, stays, (other) => request === undefined || isBefore(other, request));
  if (ahead < 1 && service.free) return { p50Ms: 0, p90Ms: 0 };
  if (seen.handled < fewest) return undefined;
  const { meanMs, variation } = handlingOf(state, queue, seen, nowMs);
  const steps = 1 + ahead + overtaking(seen, request?.priority ?? state.centre.queues.get(queue)?.priority ?? 0) * stays;
  const waitMs = (steps * meanMs) / service.slots;
  // Many agents together come free as by chance, whatever one handling time is like; a single one does not.
  const spread = 1 + (variation - 1) / service.slots;
  const shape = Math.max(1, steps / Math.max(0.05, spread));
  return { p50Ms: waitMs * gammaQuantile(shape, 0), p90Ms: waitMs * gammaQuantile(shape, z90) };
}

/** The interval as it is told. */
export function toExpectedWait(interval: WaitInterval | undefined): ExpectedWait | undefined {
  return interval === undefined ? undefined : { p50Ms: BigInt(Math.round(interval.p50Ms)), p90Ms: BigInt(Math.round(interval.p90Ms)) };
}
