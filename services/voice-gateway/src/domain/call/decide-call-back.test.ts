import { describe, expect, test } from '@jest/globals';
import { newCallBack, type CallEvent } from './call-state.ts';
import { decideCall } from './decide-call.ts';
import { CallScenario, accepted, agentAnswered, agentBye, assigned, dialled, offered, rang, talking, waiting } from './testing/call-scenario.ts';

class CallBackScenario extends CallScenario {
  override state = newCallBack({ contactId: 'c', requestId: 'r1', agentLegs: 0, customerLegs: 0 });
}

/** Code of the failed try that an event leads to. */
function failureOf(call: CallScenario, event: CallEvent): string | undefined {
  const facts = decideCall(call.state, event).effects.flatMap((effect) => (effect.kind === 'release' ? effect.facts : []));
  const failed = facts.find(({ name }) => name === 'CallBackFailed');
  return failed?.name === 'CallBackFailed' ? failed.event.code : undefined;
}

const customerDialled: CallEvent = { kind: 'customerDialled', sipCallId: 'z', remote: 'sip:138@trunk' };
const customerAnswered: CallEvent = { kind: 'customerAnswered', codec: 'PCMA' };
const refusedBy = (sipStatus: number): CallEvent => ({ kind: 'customerFailed', sipStatus, code: undefined });
const agentThere = () => new CallBackScenario().all(offered(), dialled(), rang(), agentAnswered(), accepted());
const reaching = () => agentThere().all(customerDialled);

describe('a call-back', () => {
  test('rings the agent first, then the customer, greets, and connects', () => {
    const call = new CallBackScenario();
    expect(call.do(offered())).toEqual(['dial agent-1 for o1 to anna']);
    call.all(dialled(), rang(), agentAnswered());
    expect(call.do(accepted())).toEqual(['append: LegAnswered agent-1', 'reach']);
    expect(call.do(assigned())).toEqual([]);
    expect(call.do(customerDialled)).toEqual(['append: LegStarted customer']);
    expect(call.do({ kind: 'customerRang' })).toEqual(['append: LegRang customer']);
    expect(call.do(customerAnswered)).toEqual(['append: LegAnswered customer', 'greet']);
    expect(call.do({ kind: 'greeted' })).toEqual(['bridge agent-1', 'append: ContactConnected']);
    expect(call.do(agentBye())[1]).toContain('ContactEnded AGENT AGENT_ENDED');
  });

  test.each([
    [486, 'SIP_486'],
    [408, 'no_answer'],
    [480, 'no_answer'],
    [503, 'SIP_503'],
  ])('whose customer answers %d is a failed try, and the agent is let go', (status, code) => {
    const call = reaching();
    expect(failureOf(call, refusedBy(status))).toBe(code);
    const effects = call.do(refusedBy(status));
    expect(effects).toEqual(['dropAgent agent-1', expect.stringMatching(/^release customer\+agent-1: LegEnded agent-1 200 gateway, LegEnded customer \d+ (failed|timeout), CallBackFailed$/), 'over']);
    expect(call.state.ending).toBeUndefined();
  });

  test('whose agent leaves before the customer is there goes back to its place', () => {
    expect(reaching().do(agentBye())).toEqual(['dropCustomer', 'release customer+agent-1: LegEnded agent-1 200 agent, LegEnded customer 487 gateway', 'fail o1 agent_left', 'over']);
    expect(agentThere().do(agentBye())).toEqual(['dropCustomer', 'release customer+agent-1: LegEnded agent-1 200 agent', 'fail o1 agent_left', 'over']);
  });

  test('whose customer hangs up in the greeting is a failed try', () => {
    expect(reaching().all(customerAnswered).do({ kind: 'customerEnded', sipStatus: 200, endedBy: 'customer' })[1]).toContain('LegEnded customer 200 customer, CallBackFailed');
  });

  test('is not made to a customer who forbids it', () => {
    expect(agentThere().do({ kind: 'customerForbids' }).join()).toContain('ContactEnded SYSTEM REFUSED do_not_call');
  });

  test('is nobody’s once no phone rings for it any more', () => {
    const call = new CallBackScenario().all(offered(), dialled(), rang());
    expect(call.do({ kind: 'offerOver', offerId: 'o1' }).at(-1)).toBe('over');
    expect(call.state).toMatchObject({ phase: 'over', ending: undefined });
  });

  test('that is assigned without a phone is given back', () => {
    expect(new CallBackScenario().do(assigned())).toEqual(['fail o1 VOICE_SET_UP_FAILED', 'over']);
  });

  test('ends when its request is over, or by command', () => {
    expect(new CallBackScenario().do({ kind: 'requestOver', requestId: 'r1', outcome: 'closed', reason: '' }).join()).toContain('ContactEnded SYSTEM FAILED not_reached');
    expect(new CallBackScenario().do({ kind: 'requestOver', requestId: 'r1', outcome: 'refused', reason: 'hours' }).join()).toContain('ContactEnded SYSTEM REFUSED hours');
    expect(new CallBackScenario().do({ kind: 'endCommand', id: 'x', by: 1, reason: 1 }).join()).toContain('RoutingWithdrawn CUSTOMER_LEFT, ContactEnded CUSTOMER CUSTOMER_LEFT');
  });

  test('of a gateway that stops is a try only when the customer was called', () => {
    expect(agentThere().do({ kind: 'cut', code: 'VOICE_GATEWAY_STOPPED' }).join()).toContain('fail o1 VOICE_GATEWAY_STOPPED');
    expect(reaching().do({ kind: 'cut', code: 'VOICE_GATEWAY_STOPPED' }).join()).toContain('CallBackFailed');
  });

  test('names its legs on from the last try', () => {
    const call = new CallBackScenario();
    call.state = newCallBack({ contactId: 'c', requestId: 'r1', agentLegs: 2, customerLegs: 1 });
    expect(call.do(offered())).toEqual(['dial agent-3 for o1 to anna']);
    expect(call.state.customer.legId).toBe('customer-2');
  });
});

describe('a call that nobody takes', () => {
  const over = (reason: string): CallEvent => ({ kind: 'requestOver', requestId: 'r1', outcome: 'expired', reason });
  const confirmed: CallEvent = { kind: 'callBackWanted', number: '138' };

  test('moves to a call-back: its phones stop, and once that is stored the request is withdrawn and the caller told', () => {
    const call = waiting().all(offered(), dialled(), rang());
    expect(call.do(confirmed)).toEqual(['dropAgent agent-1', 'release agent-1: LegEnded agent-1 487 gateway', 'takeCallBack']);
    expect(call.do(offered('o2'))).toEqual([]);
    expect(call.do({ kind: 'callBackTaken', stored: true })).toEqual(['append: RoutingWithdrawn MOVED', 'announce call-back-taken']);
    expect(call.do({ kind: 'announced' }).join()).toContain('ContactEnded CUSTOMER SELF_SERVED call_back');
  });

  test('whose caller hangs up right after confirming is moved, not abandoned', () => {
    const effects = waiting().all(confirmed).do({ kind: 'customerEnded', sipStatus: 200, endedBy: 'customer' });
    expect(effects.join()).toContain('RoutingWithdrawn MOVED');
    expect(effects.join()).toContain('ContactEnded CUSTOMER SELF_SERVED call_back');
  });

  test('waits on when the call-back cannot be stored', () => {
    const call = waiting().all(confirmed);
    expect(call.do({ kind: 'callBackTaken', stored: false })).toEqual(['music']);
    expect(call.do(offered())).toEqual(['dial agent-1 for o1 to anna']);
  });

  test('is asked about a call-back where the plan ends so; who wants none hears that nobody is free', () => {
    const call = waiting();
    expect(call.do(over('call_back'))).toEqual(['askCallBack']);
    expect(call.do({ kind: 'callBackDeclined' })).toEqual(['announce busy']);
    expect(call.do({ kind: 'announced' }).join()).toContain('ContactEnded SYSTEM EXPIRED call_back');
  });

  test.each(['voicemail', 'message'])('says a message where the plan ends with %s, by key or by hanging up', (action) => {
    const call = waiting();
    expect(call.do(over(action))).toEqual(['takeMessage']);
    expect(call.do({ kind: 'messageOver' })).toEqual(['announce voicemail-taken']);
    expect(waiting().all(over(action)).do({ kind: 'customerEnded', sipStatus: 200, endedBy: 'customer' }).join()).toContain('ContactEnded CUSTOMER SELF_SERVED voicemail');
  });

  test('is connected although its caller was just being asked', () => {
    expect(waiting().all(offered(), dialled(), rang(), agentAnswered()).do(accepted())[0]).toBe('bridge agent-1');
    expect(talking().do(confirmed)).toEqual([]);
  });
});
