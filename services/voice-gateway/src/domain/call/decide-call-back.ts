import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import type { CallFact } from './call-fact.ts';
import { unchanged, type CallEffect, type CallEvent, type CallState, type CallStep, type Ending } from './call-state.ts';
import { dropLeg, dropOffers, endCall, type LegEndings } from './end-call.ts';
import { advanceLeg } from './leg.ts';

type Of<Kind extends CallEvent['kind']> = Extract<CallEvent, { kind: Kind }>;

/** Answers by which a telephone says that nobody took it: not there, timed out, cancelled by us (RFC 3261 section 21.4). */
const unanswered: ReadonlySet<number> = new Set([408, 480, 487]);
const system = (reason: EndReason, code: string): Ending => ({ by: Party.SYSTEM, reason, code });

/** Takes both legs down without ending the contact: it is routing's again. */
function letGo(state: CallState, code: string, endings: LegEndings, last: { facts?: readonly CallFact[]; effects?: readonly CallEffect[] } = {}): CallStep {
  const { contactId, customer } = state;
  const agent = dropLeg(contactId, state.agent, endings.agent);
  const offers = dropOffers(contactId, state.offers);
  const end = advanceLeg(customer, contactId, { sipStatus: customer.stage === 'answered' ? 200 : 487, endedBy: 'gateway', ...endings.customer, kind: 'ended' });
  return {
    state: { ...state, phase: 'over', offers: [], agent: undefined, customer: end.leg },
    effects: [
      ...agent.effects,
      ...offers.effects,
      ...(endings.customer === undefined ? [{ kind: 'dropCustomer', ending: system(EndReason.FAILED, code) } as const] : []),
      { kind: 'release', legs: [customer.legId, ...agent.legs, ...offers.legs], facts: [...agent.facts, ...offers.facts, ...end.facts, ...(last.facts ?? [])] },
      ...(last.effects ?? []),
      { kind: 'over' },
    ],
  };
}

/** The try is over, the customer was not reached: the agent is free, and routing says when it is tried again. */
function failTry(state: CallState, code: string, endings: LegEndings = {}): CallStep {
  const assignmentId = state.assignment?.assignmentId ?? '';
  return letGo(state, code, endings, { facts: [{ name: 'CallBackFailed', event: { contactId: state.contactId, assignmentId, code } }] });
}

/** The agent is gone before anybody was called, which is no try: the call-back goes back to its place. */
function giveBack(state: CallState, code: string, endings: LegEndings = {}): CallStep {
  const { assignment, offers } = state;
  const open = assignment === undefined ? offers : [assignment];
  return letGo(state, code, endings, { effects: open.map(({ offerId, agentId }) => ({ kind: 'fail', offerId, agentId, code })) });
}

/** The customer answered: greeted before the agent is heard. */
function decideReached(state: CallState, { codec }: Of<'customerAnswered'>): CallStep {
  const { leg, facts } = advanceLeg(state.customer, state.contactId, { kind: 'answered', codec });
  return facts.length === 0 ? unchanged(state) : { state: { ...state, customer: leg }, effects: [{ kind: 'append', facts }, { kind: 'greet' }] };
}

/** From here on it is a call like any other. */
function decideGreeted(state: CallState): CallStep {
  const { contactId, assignment, agent } = state;
  if (assignment === undefined || agent === undefined || state.customer.stage !== 'answered') return unchanged(state);
  const { assignmentId, agentId } = assignment;
  return {
    state: { ...state, phase: 'talking', callBack: false },
    effects: [
      { kind: 'bridge', legId: agent.legId },
      { kind: 'append', facts: [{ name: 'ContactConnected', event: { contactId, assignmentId, agentId } }] },
    ],
  };
}

function customerStep(state: CallState, event: Parameters<typeof advanceLeg>[2]): CallStep {
  const { leg, facts } = advanceLeg(state.customer, state.contactId, event);
  return { state: { ...state, customer: leg }, effects: facts.length === 0 ? [] : [{ kind: 'append', facts }] };
}

/** While the customer is being called. Undefined for events that mean the same as in any call. */
function decideReaching(state: CallState, event: CallEvent): CallStep | undefined {
  switch (event.kind) {
    case 'customerDialled':
      return customerStep(state, { kind: 'started', sipCallId: event.sipCallId, remote: event.remote, inbound: false });
    case 'customerRang':
      return customerStep(state, { kind: 'rang' });
    case 'customerAnswered':
      return decideReached(state, event);
    case 'greeted':
      return decideGreeted(state);
    case 'customerForbids':
      return endCall(state, system(EndReason.REFUSED, 'do_not_call'));
    case 'customerFailed': {
      const code = event.code ?? (unanswered.has(event.sipStatus) ? 'no_answer' : `SIP_${event.sipStatus}`);
      return failTry(state, code, { customer: { sipStatus: event.sipStatus, endedBy: event.sipStatus === 408 ? 'timeout' : 'failed' } });
    }
    case 'customerEnded':
      return failTry(state, 'customer_left', { customer: event });
    case 'agentEnded':
      // The agent let go before the customer was there: no try of the customer's.
      return event.legId === state.agent?.legId ? giveBack(state, 'agent_left', { agent: event }) : unchanged(state);
    case 'queued':
      return event.epoch >= state.epoch && event.agentGone ? letGo(state, 'agent_gone', {}) : unchanged(state);
    case 'mediaLost':
      return event.legId === state.customer.legId ? failTry(state, event.code) : event.legId === state.agent?.legId ? giveBack(state, event.code) : unchanged(state);
    case 'cut':
      return state.customer.stage === 'new' ? giveBack(state, event.code) : failTry(state, event.code);
    default:
      return undefined;
  }
}

/** While an agent is looked for. Undefined for events that mean the same as in any call. */
function decideWaiting(state: CallState, event: CallEvent): CallStep | undefined {
  if (event.kind === 'cut') return giveBack(state, event.code);
  if (event.kind !== 'requestOver') return undefined;
  const open = state.requestId === undefined || state.requestId === event.requestId;
  if (!open) return unchanged(state);
  // Whoever could not be reached in the last try is not called any more.
  const ending = event.outcome === 'closed' ? system(EndReason.FAILED, 'not_reached') : system(event.outcome === 'expired' ? EndReason.EXPIRED : EndReason.REFUSED, event.reason);
  return endCall({ ...state, requestId: undefined }, ending);
}

/** What a call-back does that another call does not; undefined where it is like any. */
export function decideCallBack(state: CallState, event: CallEvent): CallStep | undefined {
  return state.phase === 'reaching' ? decideReaching(state, event) : state.phase === 'waiting' ? decideWaiting(state, event) : undefined;
}

/** A call-back that no phone rings for is nobody's until it is offered again. */
export function withoutIdleCallBack(step: CallStep): CallStep {
  const { state, effects } = step;
  if (!state.callBack || state.phase !== 'waiting' || state.offers.length > 0) return step;
  return { state: { ...state, phase: 'over' }, effects: [...effects, { kind: 'over' }] };
}
