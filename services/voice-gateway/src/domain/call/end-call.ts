import { EndReason, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import type { CallFact } from './call-fact.ts';
import type { CallEffect, CallState, CallStep, Ending } from './call-state.ts';
import { advanceLeg, type EndedBy, type Leg } from './leg.ts';

/** SIP status of a leg that we hang up: BYE after the answer, 487 before (RFC 3261 section 15.1.2). */
const statusOf = (leg: Leg) => (leg.stage === 'answered' ? 200 : 487);

/** How each leg ended when it was not us. */
export interface LegEndings {
  readonly customer?: { readonly sipStatus: number; readonly endedBy: EndedBy };
  readonly agent?: { readonly sipStatus: number; readonly endedBy: EndedBy };
}

const withdrawalByReason: ReadonlyMap<EndReason, WithdrawalReason> = new Map([
  [EndReason.CUSTOMER_LEFT, WithdrawalReason.CUSTOMER_LEFT],
  [EndReason.SELF_SERVED, WithdrawalReason.SELF_SERVED],
]);

/** An agent's leg that is not wanted any more: hung up unless it ended by itself, and told as ended. */
export function dropAgentLeg(state: CallState, ending?: { readonly sipStatus: number; readonly endedBy: EndedBy }): { readonly facts: readonly CallFact[]; readonly effects: readonly CallEffect[] } {
  const { agent, contactId, offer } = state;
  if (agent === undefined || agent.stage === 'ended') return { facts: [], effects: [] };
  // A phone that answered an offer which came to nothing did answer.
  const answered = offer?.stage === 'accepting' ? advanceLeg(agent, contactId, { kind: 'answered', codec: offer.codec }) : { leg: agent, facts: [] };
  const ended = advanceLeg(answered.leg, contactId, { sipStatus: statusOf(answered.leg), endedBy: 'gateway', ...ending, kind: 'ended' });
  return { facts: [...answered.facts, ...ended.facts], effects: ending === undefined ? [{ kind: 'dropAgent', legId: agent.legId }] : [] };
}

/**
 * Ends the contact, once: an open request is withdrawn, both legs end, `ContactEnded` is last. All of it is one batch, so
 * a crash leaves either an open contact, which recovery ends, or a whole end.
 */
export function endCall(state: CallState, ending: Ending, legEndings: LegEndings = {}): CallStep {
  const { contactId, requestId, customer, agent, offer } = state;
  const facts: CallFact[] = [];
  if (requestId !== undefined) {
    facts.push({ name: 'RoutingWithdrawn', event: { contactId, requestId, reason: withdrawalByReason.get(ending.reason) ?? WithdrawalReason.FAILED } });
  }
  const agentDrop = dropAgentLeg(state, legEndings.agent);
  const customerEnd = advanceLeg(customer, contactId, { sipStatus: statusOf(customer), endedBy: 'gateway', ...legEndings.customer, kind: 'ended' });
  facts.push(...agentDrop.facts, ...customerEnd.facts, { name: 'ContactEnded', event: { contactId, ...ending } });
  const legs = [customer.legId, ...(agent === undefined || agent.stage === 'ended' ? [] : [agent.legId])];
  return {
    state: { ...state, phase: 'over', ending, requestId: undefined, offer: undefined, agent: undefined, customer: customerEnd.leg },
    effects: [
      ...(state.phase === 'menu' ? [{ kind: 'leaveMenu' } as const] : []),
      ...(offer?.stage === 'accepting' ? [{ kind: 'abandonAccept', offerId: offer.offerId, agentId: offer.agentId } as const] : []),
      ...agentDrop.effects,
      ...(legEndings.customer === undefined ? [{ kind: 'dropCustomer', ending } as const] : []),
      { kind: 'release', legs, facts },
      { kind: 'over' },
    ],
  };
}
