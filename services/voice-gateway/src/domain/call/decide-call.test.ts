import { describe, expect, test } from '@jest/globals';
import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { arrive } from './arrive.ts';
import type { CallFact } from './call-fact.ts';
import type { CallEffect, CallEvent, CallState } from './call-state.ts';
import { decideCall } from './decide-call.ts';

/** A fact in short. */
function factBrief(fact: CallFact): string {
  switch (fact.name) {
    case 'LegStarted':
    case 'LegRang':
    case 'LegAnswered':
      return `${fact.name} ${fact.event.legId}`;
    case 'LegEnded':
      return `LegEnded ${fact.event.legId} ${fact.event.sipStatus} ${fact.event.endedBy}`;
    case 'RoutingWithdrawn':
      return `RoutingWithdrawn ${Object.keys(WithdrawalReason).find((key) => WithdrawalReason[key as keyof typeof WithdrawalReason] === fact.event.reason)}`;
    case 'ContactEnded': {
      const name = (table: object, value: number) => Object.entries(table).find(([, one]) => one === value)?.[0];
      return `ContactEnded ${name(Party, fact.event.by)} ${name(EndReason, fact.event.reason)}${fact.event.code === '' ? '' : ` ${fact.event.code}`}`;
    }
    default:
      return fact.name;
  }
}

function brief(effect: CallEffect): string {
  switch (effect.kind) {
    case 'append':
      return `append: ${effect.facts.map(factBrief).join(', ')}`;
    case 'release':
      return `release ${effect.legs.join('+')}: ${effect.facts.map(factBrief).join(', ')}`;
    case 'dial':
      return `dial ${effect.legId} for ${effect.offerId} to ${effect.agentId}`;
    case 'accept':
    case 'abandonAccept':
      return `${effect.kind} ${effect.offerId}`;
    case 'reject':
      return `reject ${effect.offerId} ${effect.reason}`;
    case 'fail':
      return `fail ${effect.offerId} ${effect.code}`;
    case 'dropAgent':
    case 'bridge':
      return `${effect.kind} ${effect.legId}`;
    case 'announce':
      return `announce ${effect.what}`;
    default:
      return effect.kind;
  }
}

/** Runs a call and tells what each event made it do. */
class Scenario {
  state: CallState = arrive({ contactId: 'c', conversationId: 'v', entryPoint: 'hotline', callerNumber: '13800001234', callerName: '', customer: undefined, attributes: {}, sipCallId: 'x', remote: 'sip:a@b' }).state;

  do(event: CallEvent): string[] {
    const step = decideCall(this.state, event);
    this.state = step.state;
    return step.effects.map(brief);
  }

  all(...events: CallEvent[]): this {
    for (const event of events) this.do(event);
    return this;
  }
}

const answered: CallEvent = { kind: 'customerAnswered', codec: 'PCMA' };
const wanted: CallEvent = { kind: 'routingWanted', requestId: 'r1', queue: 'billing', priority: 0, skills: [] };
const offered = (offerId = 'o1', epoch = 5n, agentId = 'anna'): CallEvent => ({ kind: 'offered', requestId: 'r1', offerId, agentId, epoch, expiresAtMs: 20_000 });
const dialled = (legId = 'agent-1'): CallEvent => ({ kind: 'agentDialled', legId, sipCallId: 'y', remote: 'sip:1001@phone' });
const rang = (legId = 'agent-1'): CallEvent => ({ kind: 'agentRang', legId });
const agentAnswered = (legId = 'agent-1'): CallEvent => ({ kind: 'agentAnswered', legId, codec: 'PCMU' });
const accepted = (offerId = 'o1'): CallEvent => ({ kind: 'accepted', offerId, assignmentId: 'a1' });
const assigned = (offerId = 'o1', epoch = 5n): CallEvent => ({ kind: 'assigned', offerId, assignmentId: 'a1', agentId: 'anna', epoch });
const customerBye: CallEvent = { kind: 'customerEnded', sipStatus: 200, endedBy: 'customer' };
const agentBye = (legId = 'agent-1'): CallEvent => ({ kind: 'agentEnded', legId, sipStatus: 200, endedBy: 'agent' });

const waiting = () => new Scenario().all(answered, wanted);
const ringing = () => waiting().all(offered(), dialled(), rang());
const talking = () => ringing().all(agentAnswered(), accepted());

describe('a call from its arrival to its end', () => {
  test('says who calls whom before it is answered', () => {
    const { facts } = arrive({ contactId: 'c', conversationId: 'v', entryPoint: 'hotline', callerNumber: '138', callerName: 'A', customer: { customerId: 'gold', value: 90 }, attributes: { dialled: '10000' }, sipCallId: 'x', remote: 'sip:a@b' });
    expect(facts.map(factBrief)).toEqual(['ContactStarted', 'ContactIdentified', 'LegStarted customer']);
    expect(facts[0]?.event).toMatchObject({ channel: 'voice', customer: { type: 'tel', address: '138', verified: false }, attributes: [{ name: 'dialled', value: '10000' }] });
  });

  test('waits, rings, is accepted, connects and ends with the customer', () => {
    const call = new Scenario();
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

describe('a call that rings several agents', () => {
  const allRinging = () => waiting().all(offered('o1'), offered('o2', 5n, 'bo'), offered('o3', 5n, 'cai'), dialled('agent-1'), dialled('agent-2'), dialled('agent-3'), rang('agent-1'), rang('agent-2'));
  const over = (legId: string) => `LegEnded ${legId} 487 gateway`;

  test('dials each of them', () => {
    const call = waiting();
    expect([offered('o1'), offered('o2', 5n, 'bo')].flatMap((event) => call.do(event))).toEqual(['dial agent-1 for o1 to anna', 'dial agent-2 for o2 to bo']);
  });

  test('goes to who answers first; the other phones stop', () => {
    const call = allRinging();
    expect(call.do(agentAnswered('agent-2'))).toEqual(['accept o2']);
    expect(call.do(accepted('o2'))).toEqual([
      'bridge agent-2',
      'append: LegAnswered agent-2, ContactConnected',
      'dropAgent agent-1',
      'dropAgent agent-3',
      `release agent-1+agent-3: ${over('agent-1')}, ${over('agent-3')}`,
    ]);
    for (const offerId of ['o1', 'o3']) expect(call.do({ kind: 'offerOver', offerId })).toEqual([]);
    expect(call.do(agentBye('agent-2'))).toContain('dropCustomer');
  });

  test('has two who answer at once: routing says who has it, the other is hung up', () => {
    const call = allRinging();
    expect([agentAnswered('agent-1'), agentAnswered('agent-2')].flatMap((event) => call.do(event))).toEqual(['accept o1', 'accept o2']);
    expect(call.do({ kind: 'notAccepted', offerId: 'o1', gone: true })).toEqual(['dropAgent agent-1', 'release agent-1: LegAnswered agent-1, LegEnded agent-1 200 gateway']);
    expect(call.do(accepted('o2'))[0]).toBe('bridge agent-2');
  });

  test('lets the acceptance go that routing need not answer any more', () => {
    const call = allRinging().all(agentAnswered('agent-1'), agentAnswered('agent-2'));
    expect(call.do(assigned('o2'))).toContain('abandonAccept o1');
  });

  test('rings on at the others when one declines, is not reached or loses its sound', () => {
    const call = allRinging();
    expect(call.do({ kind: 'agentFailed', legId: 'agent-1', sipStatus: 603, code: undefined })).toEqual(['release agent-1: LegEnded agent-1 603 agent', 'reject o1 declined']);
    expect(call.do({ kind: 'mediaLost', legId: 'agent-2', code: 'VOICE_MEDIA_LOST' })).toEqual(['dropAgent agent-2', `release agent-2: ${over('agent-2')}`, 'fail o2 VOICE_MEDIA_LOST']);
    expect([agentAnswered('agent-3'), accepted('o3')].flatMap((event) => call.do(event))).toEqual(['accept o3', 'bridge agent-3', 'append: LegAnswered agent-3, ContactConnected']);
  });

  test('whose customer hangs up stops every phone', () => {
    const effects = allRinging().do(customerBye);
    expect(effects).toEqual(expect.arrayContaining(['dropAgent agent-1', 'dropAgent agent-2', 'dropAgent agent-3']));
    expect(effects.at(-2)).toMatch(/^release customer\+agent-1\+agent-2\+agent-3: RoutingWithdrawn/);
  });
});

describe('a customer who hangs up', () => {
  test('before the answer is an end without a request', () => {
    expect(new Scenario().do({ kind: 'customerEnded', sipStatus: 487, endedBy: 'customer' })).toEqual(['release customer: LegEnded customer 487 customer, ContactEnded CUSTOMER CUSTOMER_LEFT', 'over']);
  });

  test('in the menu leaves the menu first', () => {
    expect(new Scenario().all(answered).do(customerBye)).toEqual(['leaveMenu', 'release customer: LegEnded customer 200 customer, ContactEnded CUSTOMER CUSTOMER_LEFT', 'over']);
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

describe('an offer', () => {
  test.each([
    [486, 'busy'],
    [600, 'busy'],
    [603, 'declined'],
  ])('refused by the phone with %i is rejected as %s', (sipStatus, reason) => {
    expect(ringing().do({ kind: 'agentFailed', legId: 'agent-1', sipStatus, code: undefined })).toEqual([`release agent-1: LegEnded agent-1 ${sipStatus} agent`, `reject o1 ${reason}`]);
  });

  test.each([
    [480, 'failed'],
    [500, 'failed'],
    [408, 'timeout'],
  ])('whose phone answers %i failed: no blame for the agent', (sipStatus, endedBy) => {
    expect(ringing().do({ kind: 'agentFailed', legId: 'agent-1', sipStatus, code: undefined })).toEqual([`release agent-1: LegEnded agent-1 ${sipStatus} ${endedBy}`, `fail o1 SIP_${sipStatus}`]);
  });

  test('to an agent without a phone fails with the code, and tells of no leg', () => {
    expect(waiting().all(offered()).do({ kind: 'agentFailed', legId: 'agent-1', sipStatus: 0, code: 'VOICE_PHONE_UNREGISTERED' })).toEqual(['release agent-1: ', 'fail o1 VOICE_PHONE_UNREGISTERED']);
  });

  test('that is missed or taken back stops the phone, and the next one rings', () => {
    const call = ringing();
    expect(call.do({ kind: 'offerOver', offerId: 'o1' })).toEqual(['dropAgent agent-1', 'release agent-1: LegEnded agent-1 487 gateway']);
    expect(call.do({ kind: 'agentFailed', legId: 'agent-1', sipStatus: 487, code: undefined })).toEqual([]);
    expect(call.do(offered('o2', 6n))).toEqual(['dial agent-2 for o2 to anna']);
  });

  test('of a lower epoch is refused', () => {
    const call = waiting().all(offered('o1', 7n), { kind: 'offerOver', offerId: 'o1' });
    expect(call.do(offered('o2', 6n))).toEqual([]);
    expect(call.do(offered('o3', 7n))).toEqual(['dial agent-2 for o3 to anna']);
  });

  test('is refused mid-call, of whatever epoch, and twice is once', () => {
    expect(talking().do(offered('o2', 4n))).toEqual([]);
    expect(talking().do(offered('o2', 9n))).toEqual([]);
    expect(ringing().do(offered('o1'))).toEqual([]);
  });

  test('of another request is not ours', () => {
    expect(waiting().do({ kind: 'offered', requestId: 'old', offerId: 'o9', agentId: 'anna', epoch: 5n, expiresAtMs: 1 })).toEqual([]);
  });

  test('that overtakes the end of the one before takes its place', () => {
    expect(ringing().do(offered('o2', 8n))).toEqual(['dropAgent agent-1', 'release agent-1: LegEnded agent-1 487 gateway', 'dial agent-2 for o2 to anna']);
  });

  test('accepted too late frees the phone, and the customer waits on', () => {
    const call = ringing().all(agentAnswered());
    expect(call.do({ kind: 'notAccepted', offerId: 'o1', gone: true })).toEqual(['dropAgent agent-1', 'release agent-1: LegAnswered agent-1, LegEnded agent-1 200 gateway']);
    expect(call.state.phase).toBe('waiting');
  });

  test('that routing could not be asked about is failed', () => {
    expect(ringing().all(agentAnswered()).do({ kind: 'notAccepted', offerId: 'o1', gone: false }).at(-1)).toBe('fail o1 VOICE_SET_UP_FAILED');
  });

  test('whose phone hangs up before routing answers is failed', () => {
    expect(ringing().all(agentAnswered()).do(agentBye())).toEqual(['release agent-1: LegAnswered agent-1, LegEnded agent-1 200 agent', 'abandonAccept o1', 'fail o1 SIP_200']);
  });

  test('that was assigned although its leg is gone is failed', () => {
    const call = ringing().all(agentAnswered(), { kind: 'notAccepted', offerId: 'o1', gone: true });
    expect(call.do(assigned())).toEqual(['fail o1 VOICE_SET_UP_FAILED']);
  });

  test('accepted elsewhere connects when the phone answers', () => {
    const call = ringing().all(assigned());
    expect(call.do(agentAnswered())).toEqual(['bridge agent-1', 'append: LegAnswered agent-1, ContactConnected']);
  });

  test('whose phone lost its media is failed, the customer waits on', () => {
    expect(ringing().do({ kind: 'mediaLost', legId: 'agent-1', code: 'VOICE_MEDIA_LOST' })).toEqual(['dropAgent agent-1', 'release agent-1: LegEnded agent-1 487 gateway', 'fail o1 VOICE_MEDIA_LOST']);
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
    const call = new Scenario().all(answered);
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
      const call = new Scenario();
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
