import { SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { slotFact } from './fact-builders.ts';
import { contactFact, type RoutingFact } from './facts.ts';
import type { DecisionContext } from './inputs.ts';
import type { AgentRecord, Request } from './records.ts';
import type { RoutingState } from './state.ts';

/** The lowest number of the channel that is free. */
export function freeSlotName(record: AgentRecord, channel: string): string {
  for (let number = 0; ; number += 1) {
    const slot = `${channel}.${String(number)}`;
    if (!record.slots.has(slot)) return slot;
  }
}

/** An offer to one agent, with its slot reserved. */
export function offerFacts(state: RoutingState, request: Request, record: AgentRecord, context: DecisionContext, offerId = context.newId()): RoutingFact[] {
  const { contactId, requestId, queue, channel } = request;
  const { agentId } = record;
  const expiresAt = new Date(context.nowMs + (state.centre.queues.get(queue)?.offerTimeoutMs ?? 20_000));
  return [
    contactFact('ContactOffered', context.nowMs, { contactId, requestId, offerId, agentId, channel, expiresAt, epoch: context.epoch, queue }),
    slotFact(agentId, { slot: freeSlotName(record, channel), state: SlotState.RESERVED, contactId, offerId }, context),
  ];
}
