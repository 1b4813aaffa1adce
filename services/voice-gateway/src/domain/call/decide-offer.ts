import { Party } from '@patchbay/contracts/contact/v1/contact';
import { unchanged, type CallEffect, type CallEvent, type CallState, type CallStep, type LiveOffer } from './call-state.ts';
import { dropAgentLeg } from './end-call.ts';
import { advanceLeg, type EndedBy } from './leg.ts';

type Of<Kind extends CallEvent['kind']> = Extract<CallEvent, { kind: Kind }>;

/** Final answers by which a person refuses: busy here, busy everywhere, decline (RFC 3261 sections 21.4.24, 21.6.1, 21.6.2). */
const refusals: ReadonlyMap<number, string> = new Map([
  [486, 'busy'],
  [600, 'busy'],
  [603, 'declined'],
]);

/** Takes the live offer away and its leg down. */
function withoutOffer(state: CallState, ending?: { readonly sipStatus: number; readonly endedBy: EndedBy }): CallStep {
  const { facts, effects } = dropAgentLeg(state, ending);
  const legs = state.agent === undefined || state.agent.stage === 'ended' ? [] : [state.agent.legId];
  return {
    state: { ...state, offer: undefined, agent: undefined },
    effects: [...effects, ...(legs.length === 0 ? [] : [{ kind: 'release', legs, facts } as const])],
  };
}

function after(step: CallStep, ...effects: CallEffect[]): CallStep {
  return { state: step.state, effects: [...step.effects, ...effects] };
}

/**
 * Rings the agent's phone, when the call waits under this request. Offers of a lower epoch come from a deposed writer; an
 * offer while another rings means that the other is gone, whose fact is still on its way.
 */
export function decideOffered(state: CallState, event: Of<'offered'>): CallStep {
  if (event.epoch < state.epoch || state.phase !== 'waiting' || state.requestId !== event.requestId) return unchanged(state);
  if (state.offer?.offerId === event.offerId) return unchanged(state);
  const cleared = state.offer === undefined ? unchanged(state) : withoutOffer(state);
  const { offerId, agentId, expiresAtMs } = event;
  const legId = `agent-${state.agentLegs + 1}`;
  return after(
    {
      state: {
        ...cleared.state,
        epoch: event.epoch,
        agentLegs: state.agentLegs + 1,
        offer: { offerId, agentId, legId, stage: 'dialling', assignmentId: undefined, codec: '' },
        agent: { legId, party: Party.AGENT, agentId, stage: 'new' },
      },
      effects: cleared.effects,
    },
    { kind: 'dial', legId, offerId, agentId, expiresAtMs },
  );
}

/** The offer ended elsewhere: the phone stops ringing. */
export function decideOfferOver(state: CallState, event: Of<'offerOver'>): CallStep {
  return state.offer?.offerId === event.offerId ? withoutOffer(state) : unchanged(state);
}

/** The phone answered: routing is asked first, sound flows only when the assignment is stored. */
export function decideAgentAnswered(state: CallState, event: Of<'agentAnswered'>): CallStep {
  const { offer } = state;
  if (offer?.legId !== event.legId || offer.stage !== 'dialling' || state.agent?.stage === 'new') return { state, effects: [{ kind: 'dropAgent', legId: event.legId }] };
  const answered: LiveOffer = { ...offer, stage: 'accepting', codec: event.codec };
  const next = { ...state, offer: answered };
  if (offer.assignmentId !== undefined) return connect(next, answered, offer.assignmentId);
  return { state: next, effects: [{ kind: 'accept', offerId: offer.offerId, agentId: offer.agentId }] };
}

/** The phone did not answer: a person's refusal is a rejection, anything else a failure, and no answer in time is routing's to say. */
export function decideAgentFailed(state: CallState, event: Of<'agentFailed'>): CallStep {
  const { offer } = state;
  if (offer?.legId !== event.legId) return unchanged(state);
  const refusal = event.code === undefined ? refusals.get(event.sipStatus) : undefined;
  const endedBy = refusal !== undefined ? 'agent' : event.sipStatus === 408 ? 'timeout' : 'failed';
  const step = withoutOffer(state, { sipStatus: event.sipStatus, endedBy });
  const { offerId, agentId } = offer;
  if (refusal !== undefined && offer.assignmentId === undefined) return after(step, { kind: 'reject', offerId, agentId, reason: refusal });
  return after(step, { kind: 'fail', offerId, agentId, code: event.code ?? `SIP_${event.sipStatus}` });
}

/** The phone hung up between its answer and routing's. */
export function decideAgentGoneWhileAccepting(state: CallState, event: Of<'agentEnded'>): CallStep {
  const { offer } = state;
  if (offer?.legId !== event.legId) return unchanged(state);
  const { offerId, agentId } = offer;
  const step = withoutOffer(state, event);
  return after(step, { kind: 'abandonAccept', offerId, agentId }, { kind: 'fail', offerId, agentId, code: `SIP_${event.sipStatus}` });
}

/** Customer and agent can talk. */
function connect(state: CallState, offer: LiveOffer, assignmentId: string): CallStep {
  const { contactId, agent } = state;
  if (agent === undefined) return unchanged(state);
  const { offerId, agentId, legId } = offer;
  const { leg, facts } = advanceLeg(agent, contactId, { kind: 'answered', codec: offer.codec });
  return {
    state: { ...state, phase: 'talking', agent: leg, offer: undefined, requestId: undefined, assignment: { assignmentId, offerId, agentId } },
    effects: [
      { kind: 'bridge', legId },
      { kind: 'append', facts: [...facts, { name: 'ContactConnected', event: { contactId, assignmentId, agentId } }] },
    ],
  };
}

/** Routing's answer to the acceptance. */
export function decideAccepted(state: CallState, event: Of<'accepted'>): CallStep {
  const { offer } = state;
  return offer?.offerId === event.offerId && offer.stage === 'accepting' ? connect(state, offer, event.assignmentId) : unchanged(state);
}

/** The assignment as a fact: the same as the answer, or news when the offer was accepted elsewhere or its leg is gone. */
export function decideAssigned(state: CallState, event: Of<'assigned'>): CallStep {
  if (event.epoch < state.epoch || state.assignment?.assignmentId === event.assignmentId) return unchanged(state);
  const next = { ...state, epoch: event.epoch };
  const { offer } = state;
  if (offer?.offerId === event.offerId) {
    if (offer.stage === 'accepting') return connect(next, offer, event.assignmentId);
    return unchanged({ ...next, offer: { ...offer, assignmentId: event.assignmentId } });
  }
  if (state.phase !== 'waiting') return unchanged(next);
  return { state: next, effects: [{ kind: 'fail', offerId: event.offerId, agentId: event.agentId, code: 'VOICE_SET_UP_FAILED' }] };
}

/** Routing did not take the acceptance: the offer is gone, or routing could not be reached in time. */
export function decideNotAccepted(state: CallState, event: Of<'notAccepted'>): CallStep {
  const { offer } = state;
  if (offer?.offerId !== event.offerId || offer.stage !== 'accepting') return unchanged(state);
  const { offerId, agentId } = offer;
  const step = withoutOffer(state);
  return event.gone ? step : after(step, { kind: 'fail', offerId, agentId, code: 'VOICE_SET_UP_FAILED' });
}

/** It waits again although an agent had it: that agent is lost to it, the customer hears music. */
export function decideQueued(state: CallState, event: Of<'queued'>): CallStep {
  if (event.epoch < state.epoch) return unchanged(state);
  const next = { ...state, epoch: event.epoch };
  if (state.phase !== 'talking' || !event.agentGone) return unchanged(next);
  const dropped = withoutOffer(next);
  return after(
    { state: { ...dropped.state, phase: 'waiting', requestId: event.requestId, assignment: undefined, held: { byCommand: false, byPhone: false } }, effects: [{ kind: 'unbridge' }, ...dropped.effects] },
    { kind: 'music' },
  );
}
