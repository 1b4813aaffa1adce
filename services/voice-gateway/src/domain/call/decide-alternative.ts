import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { unchanged, type Announcement, type CallEvent, type CallState, type CallStep, type Ending } from './call-state.ts';
import { withoutOffers } from './decide-offer.ts';
import { callBackCode } from './end-call.ts';

type Of<Kind extends CallEvent['kind']> = Extract<CallEvent, { kind: Kind }>;

const served = (code: string): Ending => ({ by: Party.CUSTOMER, reason: EndReason.SELF_SERVED, code });
const nobodyCame = (code: string): Ending => ({ by: Party.SYSTEM, reason: EndReason.EXPIRED, code });

function leave(state: CallState, ending: Ending, what: Announcement): CallStep {
  return { state: { ...state, phase: 'leaving', ending }, effects: [{ kind: 'announce', what }] };
}

/** What a plan that ends without an agent leaves to the caller; undefined when it is only a good-bye. */
export function decideAlternative(state: CallState, action: string): CallStep | undefined {
  if (action !== 'call_back' && action !== 'voicemail' && action !== 'message') return undefined;
  const dropped = withoutOffers(state, state.offers);
  if (action === 'call_back') return { state: { ...dropped.state, phase: 'asking' }, effects: [...dropped.effects, { kind: 'askCallBack' }] };
  // A call takes a message by voice, whichever way it is asked for. Who hangs up after it has left one.
  return { state: { ...dropped.state, phase: 'asking', ending: served('voicemail') }, effects: [...dropped.effects, { kind: 'takeMessage' }] };
}

/** The number is confirmed: nobody rings any more for a call that is about to move. Who hangs up now is called back all the same. */
export function decideCallBackWanted(state: CallState, { number }: Of<'callBackWanted'>): CallStep {
  if (state.phase !== 'waiting' && state.phase !== 'asking') return unchanged(state);
  const dropped = withoutOffers(state, state.offers);
  return { state: { ...dropped.state, phase: 'asking', ending: served(callBackCode) }, effects: [...dropped.effects, { kind: 'takeCallBack', number }] };
}

/** The call-back is stored: the call ends, its request is withdrawn as moved. Else the caller waits on where that is possible. */
export function decideCallBackTaken(state: CallState, { stored }: Of<'callBackTaken'>): CallStep {
  if (state.phase !== 'asking' || state.ending?.code !== callBackCode) return unchanged(state);
  if (stored) {
    const { contactId, requestId } = state;
    const step = leave({ ...state, requestId: undefined }, state.ending, 'call-back-taken');
    if (requestId === undefined) return step;
    // At once, not at the end of the announcement: the place is the call-back's now.
    return { state: step.state, effects: [{ kind: 'append', facts: [{ name: 'RoutingWithdrawn', event: { contactId, requestId, reason: WithdrawalReason.MOVED } }] }, ...step.effects] };
  }
  if (state.requestId === undefined) return leave(state, nobodyCame(callBackCode), 'busy');
  return { state: { ...state, phase: 'waiting', ending: undefined }, effects: [{ kind: 'music' }] };
}

/** Who wants no call-back waits on, or hears that nobody is free. */
export function decideCallBackDeclined(state: CallState): CallStep {
  if (state.phase === 'waiting') return { state, effects: [{ kind: 'music' }] };
  return state.phase === 'asking' && state.ending === undefined ? leave(state, nobodyCame(callBackCode), 'busy') : unchanged(state);
}

export function decideMessageOver(state: CallState): CallStep {
  return state.phase === 'asking' && state.ending?.code === 'voicemail' ? leave(state, state.ending, 'voicemail-taken') : unchanged(state);
}
