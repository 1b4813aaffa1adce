import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import type { AgentRecord } from './records.ts';
import type { RoutingState } from './state.ts';

/** What agents do, in one word each; signed-out ones are not told. */
export const presences = ['available', 'reserved', 'engaged', 'wrap_up', 'not_ready', 'unreachable'] as const;

type Presence = (typeof presences)[number];

/** How a routing domain stands, for those who watch over it. */
export interface RoutingFigures {
  readonly queues: readonly { readonly queue: string; readonly contacts: number; /** Wait of the first in line by time, 0 without one. */ readonly oldestMs: number }[];
  /** Every presence, with 0 where nobody is. */
  readonly agents: ReadonlyMap<Presence, number>;
}

/** What the agent does most: with several contacts, the one that binds most. */
function presenceOf(record: AgentRecord): Presence | undefined {
  if (record.state === AgentState.SIGNED_OUT) return undefined;
  if (record.state === AgentState.UNREACHABLE) return 'unreachable';
  const states = new Set([...record.slots.values()].map((slot) => slot.state));
  if (states.has(SlotState.ENGAGED)) return 'engaged';
  if (states.has(SlotState.WRAP_UP)) return 'wrap_up';
  if (states.has(SlotState.RESERVED)) return 'reserved';
  return record.state === AgentState.READY ? 'available' : 'not_ready';
}

/** Waiting contacts by queue and agents by presence. */
export function routingFigures(state: RoutingState, nowMs: number): RoutingFigures {
  const agents = new Map<Presence, number>(presences.map((presence) => [presence, 0]));
  for (const record of state.agents.values()) {
    const presence = presenceOf(record);
    if (presence !== undefined) agents.set(presence, (agents.get(presence) ?? 0) + 1);
  }
  const queues = [...state.centre.queues.keys()].map((queue) => {
    const requests = [...(state.loads.get(queue)?.requests ?? [])];
    const oldestMs = requests.reduce((longest, request) => Math.max(longest, nowMs - request.enqueuedAtMs), 0);
    return { queue, contacts: requests.length, oldestMs };
  });
  return { queues, agents };
}
