import type { EventType, eventTypes } from '@patchbay/contracts/event-types';

/** Types of the facts that routing writes: the domains `routing`, `agent` and `queue`. */
export type RoutingFactType = Extract<EventType, `patchbay.${'routing' | 'agent' | 'queue'}.v1.${string}`>;

type NameIn<Domain extends string, Type> = Type extends `patchbay.${Domain}.v1.${infer Name}` ? Name : never;
type ContactFactName = NameIn<'routing', RoutingFactType>;
type AgentFactName = NameIn<'agent', RoutingFactType>;
type QueueFactName = NameIn<'queue', RoutingFactType>;

type EventOf<Type extends EventType> = ReturnType<(typeof eventTypes)[Type]['codec']['decode']>;

/** One fact, decided or replayed. `key` is the contact, or the surge plan, of the domain `routing`, the agent of `agent`, the queue of `queue`. */
export type RoutingFact = {
  [Type in RoutingFactType]: { readonly type: Type; readonly key: string; readonly timeMs: number; readonly event: EventOf<Type> };
}[RoutingFactType];

/** A fact of a contact. */
export function contactFact<Name extends ContactFactName>(name: Name, timeMs: number, event: EventOf<`patchbay.routing.v1.${Name}`>): RoutingFact {
  return { type: `patchbay.routing.v1.${name}`, key: (event as { contactId: string }).contactId, timeMs, event } as RoutingFact;
}

/** A fact of a surge. */
export function surgeFact<Name extends 'SurgeStarted' | 'SurgeEnded'>(name: Name, timeMs: number, event: EventOf<`patchbay.routing.v1.${Name}`>): RoutingFact {
  return { type: `patchbay.routing.v1.${name}`, key: event.plan, timeMs, event } as RoutingFact;
}

/** Whether a fact is of a surge: its key is the plan. */
export function isSurgeFact({ type }: Pick<RoutingFact, 'type'>): boolean {
  return type === 'patchbay.routing.v1.SurgeStarted' || type === 'patchbay.routing.v1.SurgeEnded';
}

/** A fact of an agent. */
export function agentFact<Name extends AgentFactName>(name: Name, timeMs: number, event: EventOf<`patchbay.agent.v1.${Name}`>): RoutingFact {
  return { type: `patchbay.agent.v1.${name}`, key: (event as { agentId: string }).agentId, timeMs, event } as RoutingFact;
}

/** A fact of a queue. */
export function queueFact<Name extends QueueFactName>(name: Name, timeMs: number, event: EventOf<`patchbay.queue.v1.${Name}`>): RoutingFact {
  return { type: `patchbay.queue.v1.${name}`, key: (event as { queue: string }).queue, timeMs, event } as RoutingFact;
}
