import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { isHeld, unchanged, type CallEvent, type CallState, type CallStep, type Ending } from './call-state.ts';
import { decideCallBack, withoutIdleCallBack } from './decide-call-back.ts';
import {
  decideAccepted,
  decideAgentAnswered,
  decideAgentFailed,
  decideAgentGoneWhileAccepting,
  decideAssigned,
  decideNotAccepted,
  decideOffered,
  decideOfferOver,
  decideQueued,
  offerOn,
  withOffer,
  withoutOffers,
} from './decide-offer.ts';
import { decideAlternative, decideCallBackDeclined, decideCallBackTaken, decideCallBackWanted, decideMessageOver } from './decide-alternative.ts';
import { endCall } from './end-call.ts';
import { advanceLeg, type LegEvent } from './leg.ts';

type Of<Kind extends CallEvent['kind']> = Extract<CallEvent, { kind: Kind }>;

const rememberedCommands = 32;
const failed = (code: string): Ending => ({ by: Party.SYSTEM, reason: EndReason.FAILED, code });

function customerLegStep(state: CallState, event: LegEvent): CallStep {
  const { leg, facts } = advanceLeg(state.customer, state.contactId, event);
  return { state: { ...state, customer: leg, phase: state.phase === 'arriving' ? 'menu' : state.phase }, effects: facts.length === 0 ? [] : [{ kind: 'append', facts }] };
}

function agentLegStep(state: CallState, legId: string, event: LegEvent): CallStep {
  const offer = offerOn(state, legId);
  if (offer === undefined) return unchanged(state);
  const { leg, facts } = advanceLeg(offer.leg, state.contactId, event);
  return { state: withOffer(state, { ...offer, leg }), effects: facts.length === 0 ? [] : [{ kind: 'append', facts }] };
}

function decideCustomerEnded(state: CallState, { sipStatus, endedBy }: Of<'customerEnded'>): CallStep {
  // Who hangs up during the last announcement leaves for the reason that was announced.
  const left: Ending = endedBy === 'customer' ? { by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT, code: '' } : failed(`SIP_${sipStatus}`);
  return endCall(state, state.ending ?? left, { customer: { sipStatus, endedBy } });
}

function decideAgentEnded(state: CallState, event: Of<'agentEnded'>): CallStep {
  if (state.agent?.legId !== event.legId) return decideAgentGoneWhileAccepting(state, event);
  const { sipStatus, endedBy } = event;
  const ending: Ending = endedBy === 'agent' ? { by: Party.AGENT, reason: EndReason.AGENT_ENDED, code: '' } : failed(`SIP_${sipStatus}`);
  return endCall(state, ending, { agent: { sipStatus, endedBy } });
}

function decideRoutingWanted(state: CallState, event: Of<'routingWanted'>): CallStep {
  if (state.phase !== 'menu') return unchanged(state);
  const { requestId, queue, plan, priority } = event;
  const requested = {
    contactId: state.contactId,
    requestId,
    queue,
    requirement: { skills: [...event.skills], languages: [], attributes: [], anyOf: [] },
    priority,
    preferredAgentId: '',
    firstEnqueuedAt: undefined,
    channel: 'voice',
    plan,
    callBack: undefined,
    leftMessage: false,
  };
  return {
    state: { ...state, phase: 'waiting', requestId },
    effects: [{ kind: 'append', facts: [{ name: 'RoutingRequested', event: requested }] }, { kind: 'music' }],
  };
}

function decideTurnedAway(state: CallState, { ending, announce }: Of<'turnedAway'>): CallStep {
  if (state.phase !== 'menu') return unchanged(state);
  if (announce === undefined) return endCall(state, ending);
  return { state: { ...state, phase: 'leaving', ending }, effects: [{ kind: 'announce', what: announce }] };
}

/** Routing gave the request up: the customer is asked what to do, or told, then the contact ends. */
function decideRequestOver(state: CallState, event: Of<'requestOver'>): CallStep {
  if (state.phase === 'asking' && state.requestId === event.requestId) return unchanged({ ...state, requestId: undefined });
  if (state.phase !== 'waiting' || state.requestId !== event.requestId) return unchanged(state);
  const over = { ...state, requestId: undefined };
  const alternative = decideAlternative(over, event.reason);
  if (alternative !== undefined) return alternative;
  if (event.outcome === 'closed') return endCall(over, failed('routing_closed'));
  const reason = event.outcome === 'expired' ? EndReason.EXPIRED : EndReason.REFUSED;
  const ending: Ending = { by: Party.SYSTEM, reason, code: event.reason };
  const dropped = withoutOffers(over, over.offers);
  return {
    state: { ...dropped.state, phase: 'leaving', ending },
    effects: [...dropped.effects, { kind: 'announce', what: event.reason === 'hours' ? 'closed' : 'busy' }],
  };
}

/** Holds or retrieves by command and by phone: the customer is on hold while either of them wants it. */
function hold(state: CallState, change: Partial<CallState['held']>): CallStep {
  if (state.phase !== 'talking' || state.assignment === undefined || state.agent === undefined) return unchanged(state);
  const next = { ...state, held: { ...state.held, ...change } };
  if (isHeld(next) === isHeld(state)) return unchanged(next);
  const event = { contactId: state.contactId, assignmentId: state.assignment.assignmentId };
  if (isHeld(next)) return { state: next, effects: [{ kind: 'unbridge' }, { kind: 'music' }, { kind: 'append', facts: [{ name: 'ContactHeld', event }] }] };
  return { state: next, effects: [{ kind: 'bridge', legId: state.agent.legId }, { kind: 'append', facts: [{ name: 'ContactRetrieved', event }] }] };
}

/** Commands come at least once: an id that is known has no second effect. */
function decideCommand(state: CallState, event: Of<'endCommand' | 'holdCommand' | 'retrieveCommand'>): CallStep {
  if (state.commands.includes(event.id)) return unchanged(state);
  const known = { ...state, commands: [...state.commands, event.id].slice(-rememberedCommands) };
  if (event.kind === 'holdCommand') return hold(known, { byCommand: true });
  if (event.kind === 'retrieveCommand') return hold(known, { byCommand: false });
  const by = event.by === Party.UNSPECIFIED ? Party.SYSTEM : event.by;
  const reason = event.reason !== EndReason.UNSPECIFIED ? event.reason : by === Party.AGENT ? EndReason.AGENT_ENDED : EndReason.FAILED;
  return endCall(known, { by, reason, code: '' });
}

function decideMediaLost(state: CallState, { legId, code }: Of<'mediaLost'>): CallStep {
  if (legId === state.customer.legId) return endCall(state, failed(code));
  if (legId === state.agent?.legId) return endCall(state, failed(code));
  // The phone still rings or waits for routing: it is hung up, and that offer could not be set up.
  const offer = offerOn(state, legId);
  if (offer === undefined) return unchanged(state);
  const step = withoutOffers(state, [offer]);
  return { state: step.state, effects: [...step.effects, { kind: 'fail', offerId: offer.offerId, agentId: offer.agentId, code }] };
}

/**
 * What a call does when something happens. Pure; events that do not fit where the call stands change nothing, so repeats
 * and races are harmless. Nothing happens once it is over, except that a late assignment of ours needs no answer: routing
 * ends it on `ContactEnded`.
 */
export function decideCall(state: CallState, event: CallEvent): CallStep {
  if (state.phase === 'over') return event.kind === 'agentAnswered' ? { state, effects: [{ kind: 'dropAgent', legId: event.legId }] } : unchanged(state);
  if (!state.callBack) return decideAnyCall(state, event);
  return withoutIdleCallBack(decideCallBack(state, event) ?? decideAnyCall(state, event));
}

function decideAnyCall(state: CallState, event: CallEvent): CallStep {
  switch (event.kind) {
    case 'customerAnswered':
      return customerLegStep(state, { kind: 'answered', codec: event.codec });
    case 'customerEnded':
      return decideCustomerEnded(state, event);
    case 'routingWanted':
      return decideRoutingWanted(state, event);
    case 'turnedAway':
      return decideTurnedAway(state, event);
    case 'offered':
      return decideOffered(state, event);
    case 'offerOver':
      return decideOfferOver(state, event);
    case 'assigned':
      return decideAssigned(state, event);
    case 'queued':
      return decideQueued(state, event);
    case 'requestOver':
      return decideRequestOver(state, event);
    case 'agentDialled':
      return agentLegStep(state, event.legId, { kind: 'started', sipCallId: event.sipCallId, remote: event.remote, inbound: false });
    case 'agentRang':
      return agentLegStep(state, event.legId, { kind: 'rang' });
    case 'agentAnswered':
      return decideAgentAnswered(state, event);
    case 'agentFailed':
      return decideAgentFailed(state, event);
    case 'agentEnded':
      return decideAgentEnded(state, event);
    case 'agentHeld':
      return state.agent?.legId === event.legId ? hold(state, { byPhone: event.held }) : unchanged(state);
    case 'accepted':
      return decideAccepted(state, event);
    case 'notAccepted':
      return decideNotAccepted(state, event);
    case 'endCommand':
    case 'holdCommand':
    case 'retrieveCommand':
      return decideCommand(state, event);
    case 'announced':
      return state.phase === 'leaving' && state.ending !== undefined ? endCall(state, state.ending) : unchanged(state);
    case 'mediaLost':
      return decideMediaLost(state, event);
    case 'cut':
      return endCall(state, state.ending ?? failed(event.code));
    case 'callBackWanted':
      return decideCallBackWanted(state, event);
    case 'callBackTaken':
      return decideCallBackTaken(state, event);
    case 'callBackDeclined':
      return decideCallBackDeclined(state);
    case 'messageOver':
      return decideMessageOver(state);
    case 'customerDialled':
    case 'customerRang':
    case 'customerFailed':
    case 'customerForbids':
    case 'greeted':
      // Of a call-back that is over or connected by now.
      return unchanged(state);
  }
}
