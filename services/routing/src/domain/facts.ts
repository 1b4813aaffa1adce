import type { EventType, eventTypes } from '@patchbay/contracts/event-types';

/** Types of the facts that routing writes: the domains `routing` and `agent`. */
export type RoutingFactType = Extract<EventType, `patchbay.${'routing' | 'agent'}.v1.${string}`>;

type RoutingFactName = RoutingFactType extends `patchbay.routing.v1.${infer Name}` ? Name : never;
type ContactFactName = Extract<RoutingFactType, `patchbay.routing.${string}`> extends `patchbay.routing.v1.${infer Name}` ? Name : never;
type AgentFactName = Extract<RoutingFactType, `patchbay.agent.${string}`> extends `patchbay.agent.v1.${infer Name}` ? Name : never;

type EventOf<Type extends EventType> = ReturnType<(typeof eventTypes)[Type]['codec']['decode']>;

/** One fact, decided or replayed. `key` is the contact of the domain `routing` and the agent of the domain `agent`. */
export type RoutingFact = {
  [Type in RoutingFactType]: { readonly type: Type; readonly key: string; readonly timeMs: number; readonly event: EventOf<Type> };
}[RoutingFactType];

/** A fact of a contact. */
export function contactFact<Name extends ContactFactName & RoutingFactName>(name: Name, timeMs: number, event: EventOf<`patchbay.routing.v1.${Name}`>): RoutingFact {
  return { type: `patchbay.routing.v1.${name}`, key: event.contactId, timeMs, event } as RoutingFact;
}

/** A fact of an agent. */
export function agentFact<Name extends AgentFactName>(name: Name, timeMs: number, event: EventOf<`patchbay.agent.v1.${Name}`>): RoutingFact {
  return { type: `patchbay.agent.v1.${name}`, key: event.agentId, timeMs, event } as RoutingFact;
}
