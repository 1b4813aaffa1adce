import { EndReason, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import type { CallFact } from './call-fact.ts';
import type { CallEffect, CallState, CallStep, Ending, LiveOffer } from './call-state.ts';
import { advanceLeg, type EndedBy, type Leg } from './leg.ts';

/** SIP status of a leg that we hang up: BYE after the answer, 487 before (RFC 3261 section 15.1.2). */
const statusOf = (leg: Leg) => (leg.stage === 'answered' ? 200 : 487);

/** How a leg ended that was not ended by us. */
export interface LegEnding {
  readonly sipStatus: number;
  readonly endedBy: EndedBy;
}

/** How each leg ended when it was not us. */
export interface LegEndings {
  readonly customer?: LegEnding;
  readonly agent?: LegEnding;
}

/** What is to be done about legs to agents that are not wanted any more. */
export interface Drop {
  readonly facts: readonly CallFact[];
  readonly effects: readonly CallEffect[];
  /** Legs whose media are to be closed. */
  readonly legs: readonly string[];
}

const withdrawalByReason: ReadonlyMap<EndReason, WithdrawalReason> = new Map([
  [EndReason.CUSTOMER_LEFT, WithdrawalReason.CUSTOMER_LEFT],
  [EndReason.SELF_SERVED, WithdrawalReason.SELF_SERVED],
]);

/** Code of the end of a call whose caller is called back. */
export const callBackCode = 'call_back';

/** An agent's leg that is not wanted any more: hung up unless it ended by itself, and told as ended. */
export function dropLeg(contactId: string, leg: Leg | undefined, ending?: LegEnding): Drop {
  if (leg === undefined || leg.stage === 'ended') return { facts: [], effects: [], legs: [] };
  const { facts } = advanceLeg(leg, contactId, { sipStatus: statusOf(leg), endedBy: 'gateway', ...ending, kind: 'ended' });
  return { facts, effects: ending === undefined ? [{ kind: 'dropAgent', legId: leg.legId }] : [], legs: [leg.legId] };
}

/** The phones of offers that came to nothing; one that answered did answer. */
export function dropOffers(contactId: string, offers: readonly LiveOffer[], ending?: LegEnding): Drop {
  const drops = offers.map(({ leg, stage, codec }): Drop => {
    const answered = stage === 'accepting' ? advanceLeg(leg, contactId, { kind: 'answered', codec }) : { leg, facts: [] };
    const dropped = dropLeg(contactId, answered.leg, ending);
    return { ...dropped, facts: [...answered.facts, ...dropped.facts] };
  });
  return { facts: drops.flatMap(({ facts }) => facts), effects: drops.flatMap(({ effects }) => effects), legs: drops.flatMap(({ legs }) => legs) };
}

/** Acceptances that routing need not answer any more. */
export function abandonAccepts(offers: readonly LiveOffer[]): CallEffect[] {
  return offers.filter(({ stage }) => stage === 'accepting').map(({ offerId, agentId }) => ({ kind: 'abandonAccept', offerId, agentId }));
}

/**
 * Ends the contact, once: an open request is withdrawn, both legs end, `ContactEnded` is last. All of it is one batch, so
 * a crash leaves either an open contact, which recovery ends, or a whole end.
 */
export function endCall(state: CallState, ending: Ending, legEndings: LegEndings = {}): CallStep {
  const { contactId, requestId, customer, agent, offers } = state;
  const facts: CallFact[] = [];
  if (requestId !== undefined) {
    facts.push({ name: 'RoutingWithdrawn', event: { contactId, requestId, reason: ending.code === callBackCode ? WithdrawalReason.MOVED : (withdrawalByReason.get(ending.reason) ?? WithdrawalReason.FAILED) } });
  }
  const drops = [dropLeg(contactId, agent, legEndings.agent), dropOffers(contactId, offers)];
  const customerEnd = advanceLeg(customer, contactId, { sipStatus: statusOf(customer), endedBy: 'gateway', ...legEndings.customer, kind: 'ended' });
  facts.push(...drops.flatMap((drop) => drop.facts), ...customerEnd.facts, { name: 'ContactEnded', event: { contactId, ...ending } });
  const legs = [customer.legId, ...drops.flatMap((drop) => drop.legs)];
  return {
    state: { ...state, phase: 'over', ending, requestId: undefined, offers: [], agent: undefined, customer: customerEnd.leg },
    effects: [
      ...(state.phase === 'menu' ? [{ kind: 'leaveMenu' } as const] : []),
      ...abandonAccepts(offers),
      ...drops.flatMap((drop) => drop.effects),
      ...(legEndings.customer === undefined ? [{ kind: 'dropCustomer', ending } as const] : []),
      { kind: 'release', legs, facts },
      { kind: 'over' },
    ],
  };
}
