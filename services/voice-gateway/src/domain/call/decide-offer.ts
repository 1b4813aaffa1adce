import { Party } from '@patchbay/contracts/contact/v1/contact';
import { unchanged, type CallEffect, type CallEvent, type CallState, type CallStep, type LiveOffer } from './call-state.ts';
import { abandonAccepts, dropLeg, dropOffers, type LegEnding } from './end-call.ts';
import { advanceLeg } from './leg.ts';

type Of<Kind extends CallEvent['kind']> = Extract<CallEvent, { kind: Kind }>;

/** Final answers by which a person refuses: busy here, busy everywhere, decline (RFC 3261 sections 21.4.24, 21.6.1, 21.6.2). */
const refusals: ReadonlyMap<number, string> = new Map([
  [486, 'busy'],
  [600, 'busy'],
  [603, 'declined'],
]);

const offerOf = (state: CallState, offerId: string) => state.offers.find((offer) => offer.offerId === offerId);

/** The offer whose phone this leg calls. */
export const offerOn = (state: CallState, legId: string) => state.offers.find((offer) => offer.leg.legId === legId);

/** The state with an offer changed. */
export function withOffer(state: CallState, changed: LiveOffer): CallState {
  return { ...state, offers: state.offers.map((offer) => (offer.offerId === changed.offerId ? changed : offer)) };
}

/** Takes offers away and their legs down. */
export function withoutOffers(state: CallState, gone: readonly LiveOffer[], ending?: LegEnding): CallStep {
  const { facts, effects, legs } = dropOffers(state.contactId, gone, ending);
  return {
    state: { ...state, offers: state.offers.filter((offer) => !gone.includes(offer)) },
    effects: [...effects, ...(legs.length === 0 ? [] : [{ kind: 'release', legs, facts } as const])],
  };
}

function after(step: CallStep, ...effects: CallEffect[]): CallStep {
  return { state: step.state, effects: [...step.effects, ...effects] };
}

/**
 * Rings the agent's phone, when the call waits under this request; beside others where a queue rings all of its agents.
 * Offers of a lower epoch come from a deposed writer; another offer to the same agent means that the first is gone.
 */
export function decideOffered(state: CallState, event: Of<'offered'>): CallStep {
  if (event.epoch < state.epoch || state.phase !== 'waiting' || state.requestId !== event.requestId) return unchanged(state);
  const { offerId, agentId, expiresAtMs } = event;
  if (offerOf(state, offerId) !== undefined) return unchanged(state);
  const cleared = withoutOffers(state, state.offers.filter((offer) => offer.agentId === agentId));
  const legId = `agent-${state.agentLegs + 1}`;
  const offer: LiveOffer = { offerId, agentId, leg: { legId, party: Party.AGENT, agentId, stage: 'new' }, stage: 'dialling', assignmentId: undefined, codec: '' };
  return after(
    { state: { ...cleared.state, epoch: event.epoch, agentLegs: state.agentLegs + 1, offers: [...cleared.state.offers, offer] }, effects: cleared.effects },
    { kind: 'dial', legId, offerId, agentId, expiresAtMs },
  );
}

/** The offer ended elsewhere: the phone stops ringing. */
export function decideOfferOver(state: CallState, event: Of<'offerOver'>): CallStep {
  return withoutOffers(state, state.offers.filter((offer) => offer.offerId === event.offerId));
}

/** A phone answered: routing is asked first, sound flows only when the assignment is stored. */
export function decideAgentAnswered(state: CallState, event: Of<'agentAnswered'>): CallStep {
  const offer = offerOn(state, event.legId);
  if (offer?.stage !== 'dialling' || offer.leg.stage === 'new') return { state, effects: [{ kind: 'dropAgent', legId: event.legId }] };
  const answered: LiveOffer = { ...offer, stage: 'accepting', codec: event.codec };
  const next = withOffer(state, answered);
  if (offer.assignmentId !== undefined) return connect(next, answered, offer.assignmentId);
  return { state: next, effects: [{ kind: 'accept', offerId: offer.offerId, agentId: offer.agentId }] };
}

/** The phone did not answer: a person's refusal is a rejection, anything else a failure, and no answer in time is routing's to say. */
export function decideAgentFailed(state: CallState, event: Of<'agentFailed'>): CallStep {
  const offer = offerOn(state, event.legId);
  if (offer === undefined) return unchanged(state);
  const refusal = event.code === undefined ? refusals.get(event.sipStatus) : undefined;
  const endedBy = refusal !== undefined ? 'agent' : event.sipStatus === 408 ? 'timeout' : 'failed';
  const step = withoutOffers(state, [offer], { sipStatus: event.sipStatus, endedBy });
  const { offerId, agentId } = offer;
  if (refusal !== undefined && offer.assignmentId === undefined) return after(step, { kind: 'reject', offerId, agentId, reason: refusal });
  return after(step, { kind: 'fail', offerId, agentId, code: event.code ?? `SIP_${event.sipStatus}` });
}

/** The phone hung up between its answer and routing's. */
export function decideAgentGoneWhileAccepting(state: CallState, event: Of<'agentEnded'>): CallStep {
  const offer = offerOn(state, event.legId);
  if (offer === undefined) return unchanged(state);
  const { offerId, agentId } = offer;
  const { sipStatus, endedBy } = event;
  const step = withoutOffers(state, [offer], { sipStatus, endedBy });
  return after(step, { kind: 'abandonAccept', offerId, agentId }, { kind: 'fail', offerId, agentId, code: `SIP_${sipStatus}` });
}

/** Customer and agent can talk, or the customer of a call-back is called; the other phones stop ringing. */
function connect(state: CallState, offer: LiveOffer, assignmentId: string): CallStep {
  const { contactId } = state;
  const { offerId, agentId, codec } = offer;
  const others = state.offers.filter((other) => other.offerId !== offerId);
  const cleared = withoutOffers(state, others);
  const { leg, facts } = advanceLeg(offer.leg, contactId, { kind: 'answered', codec });
  const next = { ...cleared.state, agent: leg, offers: [], requestId: undefined, assignment: { assignmentId, offerId, agentId } };
  if (state.callBack) {
    return {
      state: { ...next, phase: 'reaching' },
      effects: [{ kind: 'append', facts }, ...abandonAccepts(others), ...cleared.effects, { kind: 'reach', agentLegId: leg.legId }],
    };
  }
  return {
    state: { ...next, phase: 'talking' },
    effects: [
      { kind: 'bridge', legId: leg.legId },
      { kind: 'append', facts: [...facts, { name: 'ContactConnected', event: { contactId, assignmentId, agentId } }] },
      ...abandonAccepts(others),
      ...cleared.effects,
    ],
  };
}

/** Routing's answer to the acceptance. */
export function decideAccepted(state: CallState, event: Of<'accepted'>): CallStep {
  const offer = offerOf(state, event.offerId);
  return offer?.stage === 'accepting' ? connect(state, offer, event.assignmentId) : unchanged(state);
}

/** The assignment as a fact: the same as the answer, or news when the offer was accepted elsewhere or its leg is gone. */
export function decideAssigned(state: CallState, event: Of<'assigned'>): CallStep {
  if (event.epoch < state.epoch || state.assignment?.assignmentId === event.assignmentId) return unchanged(state);
  const next = { ...state, epoch: event.epoch };
  const offer = offerOf(state, event.offerId);
  if (offer?.stage === 'accepting') return connect(next, offer, event.assignmentId);
  if (offer !== undefined) return unchanged(withOffer(next, { ...offer, assignmentId: event.assignmentId }));
  if (state.phase !== 'waiting') return unchanged(next);
  return { state: next, effects: [{ kind: 'fail', offerId: event.offerId, agentId: event.agentId, code: 'VOICE_SET_UP_FAILED' }] };
}

/** Routing did not take the acceptance: the offer is gone, or routing could not be reached in time. */
export function decideNotAccepted(state: CallState, event: Of<'notAccepted'>): CallStep {
  const offer = offerOf(state, event.offerId);
  if (offer?.stage !== 'accepting') return unchanged(state);
  const { offerId, agentId } = offer;
  const step = withoutOffers(state, [offer]);
  return event.gone ? step : after(step, { kind: 'fail', offerId, agentId, code: 'VOICE_SET_UP_FAILED' });
}

/** It waits again although an agent had it: that agent is lost to it, the customer hears music. */
export function decideQueued(state: CallState, event: Of<'queued'>): CallStep {
  if (event.epoch < state.epoch) return unchanged(state);
  const next = { ...state, epoch: event.epoch, place: event.place ?? state.place };
  if (state.phase !== 'talking' || !event.agentGone) return unchanged(next);
  const { facts, effects, legs } = dropLeg(state.contactId, state.agent);
  return {
    state: { ...next, phase: 'waiting', agent: undefined, requestId: event.requestId, assignment: undefined, held: { byCommand: false, byPhone: false } },
    effects: [{ kind: 'unbridge' }, ...effects, ...(legs.length === 0 ? [] : [{ kind: 'release', legs, facts } as const]), { kind: 'music' }],
  };
}
