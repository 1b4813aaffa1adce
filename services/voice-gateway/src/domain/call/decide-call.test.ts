import { describe, expect, test } from '@jest/globals';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { arrive } from './arrive.ts';
import type { CallEvent } from './call-state.ts';
import { decideCall } from './decide-call.ts';
import { CallScenario, accepted, agentAnswered, agentBye, answered, assigned, customerBye, dialled, factBrief, offered, rang, ringing, talking, waiting, wanted } from './testing/call-scenario.ts';

describe('a call from its arrival to its end', () => {
  test('says who calls whom before it is answered', () => {
    const { facts } = arrive({ contactId: 'c', conversationId: 'v', entryPoint: 'hotline', callerNumber: '138', callerName: 'A', customer: { customerId: 'gold', value: 90 }, attributes: { dialled: '10000' }, sipCallId: 'x', remote: 'sip:a@b' });
    expect(facts.map(factBrief)).toEqual(['ContactStarted', 'ContactIdentified', 'LegStarted customer']);
    expect(facts[0]?.event).toMatchObject({ channel: 'voice', customer: { type: 'tel', address: '138', verified: false }, attributes: [{ name: 'dialled', value: '10000' }] });
  });

  test('asks for an agent by the plan that its entry point or flow names', () => {
    const waits = decideCall(new CallScenario().all(answered).state, { ...wanted, queue: '', plan: 'evening' } as CallEvent);
    expect(waits.effects[0]).toMatchObject({ facts: [{ name: 'RoutingRequested', event: { queue: '', plan: 'evening' } }] });
  });

  test('waits, rings, is accepted, connects and ends with the customer', () => {
    const call = new CallScenario();
    expect(call.do(answered)).toEqual(['append: LegAnswered customer']);
    expect(call.do(wanted)).toEqual(['append: RoutingRequested', 'music']);
    expect(call.do(offered())).toEqual(['dial agent-1 for o1 to anna']);
    expect(call.do(dialled())).toEqual(['append: LegStarted agent-1']);
    expect(call.do(rang())).toEqual(['append: LegRang agent-1']);
    expect(call.do(agentAnswered())).toEqual(['accept o1']);
    expect(call.do(accepted())).toEqual(['bridge agent-1', 'append: LegAnswered agent-1, ContactConnected']);
    expect(call.do(assigned())).toEqual([]);
    expect(call.do(customerBye)).toEqual([
      'dropAgent agent-1',
      'release customer+agent-1: LegEnded agent-1 200 gateway, LegEnded customer 200 customer, ContactEnded CUSTOMER CUSTOMER_LEFT',
      'over',
    ]);
  });

  test('ends with the agent', () => {
    expect(talking().do(agentBye())).toEqual([
      'dropCustomer',
      'release customer+agent-1: LegEnded agent-1 200 agent, LegEnded customer 200 gateway, ContactEnded AGENT AGENT_ENDED',
      'over',
    ]);
  });

  test('connects by the fact when the answer of routing was lost', () => {
    const call = ringing().all(agentAnswered());
    expect(call.do(assigned())).toEqual(['bridge agent-1', 'append: LegAnswered agent-1, ContactConnected']);
    expect(call.do(accepted())).toEqual([]);
  });

  test('does nothing more once it is over, but hangs up a phone that answers late', () => {
    const call = talking().all(customerBye);
    for (const event of [customerBye, agentBye(), offered('o2'), assigned('o2'), { kind: 'announced' } as const, { kind: 'cut', code: 'X' } as const]) expect(call.do(event)).toEqual([]);
    expect(call.do(agentAnswered('agent-2'))).toEqual(['dropAgent agent-2']);
  });
});

describe('a customer who hangs up', () => {
  test('before the answer is an end without a request', () => {
    expect(new CallScenario().do({ kind: 'customerEnded', sipStatus: 487, endedBy: 'customer' })).toEqual(['release customer: LegEnded customer 487 customer, ContactEnded CUSTOMER CUSTOMER_LEFT', 'over']);
  });

  test('in the menu leaves the menu first', () => {
    expect(new CallScenario().all(answered).do(customerBye)).toEqual(['leaveMenu', 'release customer: LegEnded customer 200 customer, ContactEnded CUSTOMER CUSTOMER_LEFT', 'over']);
  });

  test('while waiting withdraws the request, in one batch with the end', () => {
    expect(waiting().do(customerBye)).toEqual(['release customer: RoutingWithdrawn CUSTOMER_LEFT, LegEnded customer 200 customer, ContactEnded CUSTOMER CUSTOMER_LEFT', 'over']);
  });

  test('while a phone rings stops it', () => {
    expect(ringing().do(customerBye)).toEqual([
      'dropAgent agent-1',
      'release customer+agent-1: RoutingWithdrawn CUSTOMER_LEFT, LegEnded agent-1 487 gateway, LegEnded customer 200 customer, ContactEnded CUSTOMER CUSTOMER_LEFT',
      'over',
    ]);
  });

  test('while routing is asked lets that question go', () => {
    const effects = ringing().all(agentAnswered()).do(customerBye);
    expect(effects).toEqual([
      'abandonAccept o1',
      'dropAgent agent-1',
      'release customer+agent-1: RoutingWithdrawn CUSTOMER_LEFT, LegAnswered agent-1, LegEnded agent-1 200 gateway, LegEnded customer 200 customer, ContactEnded CUSTOMER CUSTOMER_LEFT',
      'over',
    ]);
  });

  test('whose network failed ends as failed', () => {
    expect(waiting().do({ kind: 'customerEnded', sipStatus: 408, endedBy: 'timeout' }).at(-2)).toBe('release customer: RoutingWithdrawn FAILED, LegEnded customer 408 timeout, ContactEnded SYSTEM FAILED SIP_408');
  });
});

describe('hold', () => {
  const hold = (id = 'h1'): CallEvent => ({ kind: 'holdCommand', id });
  const retrieve = (id = 'h2'): CallEvent => ({ kind: 'retrieveCommand', id });

  test('plays music to the customer and connects them again, each command once', () => {
    const call = talking();
    expect(call.do(hold())).toEqual(['unbridge', 'music', 'append: ContactHeld']);
    expect(call.do(hold())).toEqual([]);
    expect(call.do(hold('h3'))).toEqual([]);
    expect(call.do(retrieve())).toEqual(['bridge agent-1', 'append: ContactRetrieved']);
    expect(call.do(retrieve('h4'))).toEqual([]);
  });

  test('by the phone is the same, and both must let go', () => {
    const call = talking();
    expect(call.do({ kind: 'agentHeld', legId: 'agent-1', held: true })).toEqual(['unbridge', 'music', 'append: ContactHeld']);
    expect(call.do(hold())).toEqual([]);
    expect(call.do({ kind: 'agentHeld', legId: 'agent-1', held: false })).toEqual([]);
    expect(call.do(retrieve())).toEqual(['bridge agent-1', 'append: ContactRetrieved']);
  });

  test('is nothing while nobody talks', () => {
    expect(ringing().do(hold())).toEqual([]);
  });
});

describe('a call that routing or somebody else ends', () => {
  test.each([
    ['refused', 'hours', 'closed', 'REFUSED hours'],
    ['refused', 'full', 'busy', 'REFUSED full'],
    ['expired', '', 'busy', 'EXPIRED'],
  ] as const)('%s (%s) hears "%s", then ends as %s', (outcome, reason, what, end) => {
    const call = waiting();
    expect(call.do({ kind: 'requestOver', requestId: 'r1', outcome, reason })).toEqual([`announce ${what}`]);
    expect(call.do({ kind: 'announced' })).toEqual(['dropCustomer', `release customer: LegEnded customer 200 gateway, ContactEnded SYSTEM ${end}`, 'over']);
  });

  test('expired while a phone rings stops the phone', () => {
    expect(ringing().do({ kind: 'requestOver', requestId: 'r1', outcome: 'expired', reason: '' })).toEqual(['dropAgent agent-1', 'release agent-1: LegEnded agent-1 487 gateway', 'announce busy']);
  });

  test('who hangs up during the announcement ends for the announced reason', () => {
    const call = waiting().all({ kind: 'requestOver', requestId: 'r1', outcome: 'expired', reason: '' });
    expect(call.do(customerBye)).toEqual(['release customer: LegEnded customer 200 customer, ContactEnded SYSTEM EXPIRED', 'over']);
  });

  test('turned away by the menu ends without a request', () => {
    const call = new CallScenario().all(answered);
    expect(call.do({ kind: 'turnedAway', ending: { by: Party.BOT, reason: EndReason.SELF_SERVED, code: '' }, announce: undefined })).toEqual([
      'leaveMenu',
      'dropCustomer',
      'release customer: LegEnded customer 200 gateway, ContactEnded BOT SELF_SERVED',
      'over',
    ]);
  });

  test('ended by command drops both sides, once', () => {
    const end: CallEvent = { kind: 'endCommand', id: 'e1', by: Party.AGENT, reason: EndReason.AGENT_ENDED };
    const call = talking();
    expect(call.do(end)).toEqual([
      'dropAgent agent-1',
      'dropCustomer',
      'release customer+agent-1: LegEnded agent-1 200 gateway, LegEnded customer 200 gateway, ContactEnded AGENT AGENT_ENDED',
      'over',
    ]);
    expect(call.do(end)).toEqual([]);
  });

  test('cut by a stopping gateway withdraws and ends as failed', () => {
    expect(waiting().do({ kind: 'cut', code: 'VOICE_GATEWAY_STOPPED' }).at(-2)).toBe('release customer: RoutingWithdrawn FAILED, LegEnded customer 200 gateway, ContactEnded SYSTEM FAILED VOICE_GATEWAY_STOPPED');
  });

  test('whose customer lost its media ends as failed', () => {
    expect(talking().do({ kind: 'mediaLost', legId: 'customer', code: 'VOICE_MEDIA_LOST' }).at(-2)).toContain('ContactEnded SYSTEM FAILED VOICE_MEDIA_LOST');
  });

  test('queued again because the agent was lost hears music and is offered anew', () => {
    const call = talking();
    expect(call.do({ kind: 'queued', requestId: 'r1', epoch: 6n, agentGone: false })).toEqual([]);
    expect(call.do({ kind: 'queued', requestId: 'r1', epoch: 6n, agentGone: true })).toEqual(['unbridge', 'dropAgent agent-1', 'release agent-1: LegEnded agent-1 200 gateway', 'music']);
    expect(call.do(offered('o2', 6n))).toEqual(['dial agent-2 for o2 to anna']);
  });
});

describe('whatever comes in whatever order', () => {
  test('a call ends exactly once, withdraws what it requested at most once, and never talks before an assignment', () => {
    let seed = 11;
    const random = (below: number) => (seed = (seed * 48_271) % 0x7fffffff) % below;
    const legs = () => `agent-${1 + random(3)}`;
    const makers: (() => CallEvent)[] = [
      () => answered,
      () => wanted,
      () => offered(`o${random(4)}`, BigInt(random(4))),
      () => ({ kind: 'offerOver', offerId: `o${random(4)}` }),
      () => dialled(legs()),
      () => rang(legs()),
      () => agentAnswered(legs()),
      () => ({ kind: 'agentFailed', legId: legs(), sipStatus: 486, code: undefined }),
      () => accepted(`o${random(4)}`),
      () => ({ kind: 'notAccepted', offerId: `o${random(4)}`, gone: random(2) === 0 }),
      () => assigned(`o${random(4)}`, BigInt(random(4))),
      () => ({ kind: 'queued', requestId: 'r1', epoch: BigInt(random(5)), agentGone: random(2) === 0 }),
      () => ({ kind: 'agentHeld', legId: legs(), held: random(2) === 0 }),
      () => ({ kind: 'holdCommand', id: `h${random(50)}` }),
      () => ({ kind: 'mediaLost', legId: legs(), code: 'X' }),
      () => agentBye(legs()),
      () => customerBye,
    ];
    for (let round = 0; round < 3_000; round += 1) {
      const call = new CallScenario();
      const told: string[] = [];
      for (let step = 0; step < 40; step += 1) {
        const before = call.state;
        told.push(...call.do((makers[random(makers.length)] as () => CallEvent)()));
        if (call.state.phase === 'talking' && before.phase !== 'talking') expect(call.state.assignment).toBeDefined();
        if (call.state.phase === 'talking') expect(call.state.agent?.stage).toBe('answered');
      }
      told.push(...call.do(customerBye));
      const text = told.join('\n');
      const count = (words: string) => text.split(words).length - 1;
      if (count('ContactEnded') !== 1 || count('\nover') + (told[0] === 'over' ? 1 : 0) !== 1) throw new Error(text);
      if (count('RoutingWithdrawn') > 1) throw new Error(text);
      for (const leg of ['customer', 'agent-1', 'agent-2', 'agent-3']) if (count(`LegEnded ${leg} `) > 1 || count(`LegStarted ${leg}`) > count(`LegEnded ${leg} `)) throw new Error(text);
    }
  });
});
