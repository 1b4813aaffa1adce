import type { Clock } from '@patchbay/runtime/clock';
import { abortable } from '@patchbay/runtime/deadline';
import { activeTraceparent } from '@patchbay/runtime/spans';
import type { ChangeFeed } from './change-feed.ts';
import type { Outcome, RoutingInput } from './domain/inputs.ts';
import { beat, takeInput } from './domain/perform.ts';
import type { RoutingState } from './domain/state.ts';
import { routingError } from './errors.ts';
import type { Cause, Work, Writer } from './writer.ts';

/** A routing domain as handlers see it, whoever writes it at the moment in this process. */
export interface Desk {
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  /** How long a heartbeat is good for, milliseconds. */
  readonly agentLeaseMs: number;
  /** Gives an input to the domain; resolves when what follows from it is stored. A refusal is thrown. */
  input(input: RoutingInput, options: { signal: AbortSignal; causationId?: string }): Promise<Exclude<Outcome, { kind: 'refused' }>>;
  /** Does any work in turn with inputs. */
  work<Answer>(work: Work<Answer>, options: { signal: AbortSignal; causationId?: string }): Promise<Answer>;
  /** Looks at the state after everything before is stored. */
  look<Answer>(look: (state: RoutingState, nowMs: number) => Answer, signal: AbortSignal): Promise<Answer>;
  /** Takes a heartbeat; gives whether the session is still the agent's. */
  beat(agentId: string, sessionId: string, signal: AbortSignal): Promise<boolean>;
}

/** @param current gives the writer of now, waiting while the state is built again */
export function createDesk(parts: { current(): Promise<Writer>; feed: ChangeFeed; clock: Clock; agentLeaseMs: number }): Desk {
  async function work<Answer>(one: Work<Answer>, options: { signal: AbortSignal; causationId?: string }): Promise<Answer> {
    const cause: Cause = { causationId: options.causationId, traceparent: activeTraceparent() };
    const writer = await abortable(parts.current(), options.signal);
    return abortable(writer.submit(one, cause), options.signal);
  }
  return {
    feed: parts.feed,
    clock: parts.clock,
    agentLeaseMs: parts.agentLeaseMs,
    work,
    async input(input, options) {
      const outcome = await work((state, context) => {
        const decision = takeInput(state, input, context);
        return { facts: decision.facts, answer: decision.outcome };
      }, options);
      if (outcome.kind === 'refused') throw routingError(outcome.code);
      return outcome;
    },
    look: (look, signal) => work((state, { nowMs }) => ({ facts: [], answer: look(state, nowMs) }), { signal }),
    beat: (agentId, sessionId, signal) => work((state, { nowMs }) => ({ facts: [], answer: beat(state, agentId, sessionId, nowMs) }), { signal }),
  };
}
