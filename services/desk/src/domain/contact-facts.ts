import { Direction, EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { nameOf } from './access.ts';
import { line, type FactHandlers } from './story.ts';
import type { ContactView, PartyView } from './views.ts';

const parties: Record<number, PartyView> = {
  [Party.CUSTOMER]: 'customer',
  [Party.AGENT]: 'agent',
  [Party.SUPERVISOR]: 'supervisor',
  [Party.THIRD_PARTY]: 'third_party',
  [Party.BOT]: 'bot',
};

/** The word for a party; the system for what nobody said. */
export function partyView(party: number): PartyView {
  return parties[party] ?? 'system';
}

const directions: Record<number, ContactView['direction']> = { [Direction.OUTBOUND]: 'outbound', [Direction.INTERNAL]: 'internal' };

const endReasons: Record<number, string> = {
  [EndReason.CUSTOMER_LEFT]: 'customer_left',
  [EndReason.AGENT_ENDED]: 'agent_ended',
  [EndReason.SELF_SERVED]: 'self_served',
  [EndReason.IDLE]: 'idle',
  [EndReason.REFUSED]: 'refused',
  [EndReason.FAILED]: 'failed',
  [EndReason.EXPIRED]: 'expired',
};

const withdrawals: Record<number, string> = {
  [WithdrawalReason.CUSTOMER_LEFT]: 'customer_left',
  [WithdrawalReason.MOVED]: 'moved',
  [WithdrawalReason.SELF_SERVED]: 'self_served',
};

/** Facts that the contact's channel writes. */
export const contactFacts: FactHandlers = {
  'patchbay.contact.v1.ContactStarted': (_story, event, fact) => ({
    view: {
      conversationId: event.conversationId,
      channel: event.channel,
      direction: directions[event.direction] ?? 'inbound',
      entryPoint: event.entryPoint,
      customer: {
        type: event.customer?.type ?? '',
        address: event.customer?.address ?? '',
        displayName: nameOf(event.customer?.displayName ?? '', event.customer?.address ?? ''),
        verified: event.customer?.verified ?? false,
      },
      summary: event.summary,
      attributes: event.attributes.map(({ name, value }) => ({ name, value })),
      startedMs: fact.timeMs,
    },
    items: [line(fact, 'started', { channel: event.channel, entryPoint: event.entryPoint })],
  }),

  'patchbay.contact.v1.ContactIdentified': (_story, event) => ({ view: { customerId: event.customerId, customerValue: event.customerValue } }),

  'patchbay.contact.v1.ContactAttributesSet': (story, event) => {
    const attributes = new Map(story.view.attributes.map(({ name, value }) => [name, value]));
    for (const { name, value } of event.attributes) {
      if (value === '') attributes.delete(name);
      else attributes.set(name, value);
    }
    return { view: { attributes: [...attributes].map(([name, value]) => ({ name, value })) } };
  },

  'patchbay.contact.v1.FlowStepTaken': (_story, event, fact) =>
    event.input === '' ? {} : { items: [line(fact, 'flow_input', { node: event.node, input: event.input })] },

  'patchbay.contact.v1.RoutingRequested': (_story, event) => ({ requestOpen: true, view: { queue: event.queue } }),

  'patchbay.contact.v1.RoutingWithdrawn': (_story, event, fact) => ({
    requestOpen: false,
    items: [line(fact, 'withdrawn', { reason: withdrawals[event.reason] ?? 'failed' })],
  }),

  'patchbay.contact.v1.ContactConnected': (story, event, fact) => ({
    view: { status: 'connected', connectedMs: story.view.connectedMs ?? fact.timeMs, heldMs: null },
    items: [line(fact, 'connected', { agent: event.agentId })],
  }),

  'patchbay.contact.v1.ContactHeld': (_story, _event, fact) => ({ view: { status: 'held', heldMs: fact.timeMs }, items: [line(fact, 'held')] }),

  'patchbay.contact.v1.ContactRetrieved': (_story, _event, fact) => ({
    view: { status: 'connected', heldMs: null },
    items: [line(fact, 'retrieved')],
  }),

  'patchbay.contact.v1.ParticipantJoined': (_story, event, fact) =>
    event.role === Party.SUPERVISOR || event.role === Party.THIRD_PARTY
      ? { items: [line(fact, 'joined', { party: partyView(event.role), agent: event.agentId })] }
      : {},

  'patchbay.contact.v1.ContactEnded': (story, event, fact) => ({
    requestOpen: false,
    view: {
      endedMs: fact.timeMs,
      endedBy: partyView(event.by),
      heldMs: null,
      outcome: story.view.outcome ?? (event.reason === EndReason.SELF_SERVED ? 'self_served' : null),
    },
    items: [line(fact, 'ended', { by: partyView(event.by), reason: endReasons[event.reason] ?? 'failed' })],
  }),
};
