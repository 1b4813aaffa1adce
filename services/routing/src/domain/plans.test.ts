import { describe, expect, test } from '@jest/globals';
import { FinalActionKind } from '@patchbay/contracts/directory/v1/resource';
import { queueStatus } from './views.ts';
import { monday10, Scenario, words, type CentreSetup } from './testing/scenario.ts';

const voice = { capacity: { voice: 1 } };

/** Sales after 30 s to help, help until the age of 60 s, then message-taking. */
const centreSetup: CentreSetup = {
  queues: { sales: { plan: 'sales' }, help: { requirement: { skills: [{ skill: 'fixing', minLevel: 10 }] } }, night: {} },
  plans: {
    sales: { targets: [{ queue: 'sales', timeoutSeconds: 30 }, { queue: 'help', priority: 15, timeoutSeconds: 60 }], then: { kind: FinalActionKind.MESSAGE } },
  },
  agents: { anna: { ...voice, queues: ['sales'] }, bo: { ...voice, queues: ['help'], skills: [{ skill: 'fixing', level: 50 }] } },
};

describe('a routing plan', () => {
  test('sends a contact on at the age of each target, not so long after each hop, and to message-taking in the end', () => {
    const centre = new Scenario(centreSetup);
    centre.request('c1');
    expect(words(centre.advance(29_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOverflowed c1 sales to help: wait', 'ContactQueued c1']);
    expect(words(centre.advance(29_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOverflowed c1 help to message: wait']);
    expect(centre.state.requests.size).toBe(0);
  });

  test('keeps the place in line of the first queue, and adds what the target is worth', () => {
    const centre = new Scenario(centreSetup);
    centre.request('c1');
    centre.advance(31_000);
    centre.request('c2', { queue: 'help' });
    centre.advance(5_000);
    const request = centre.state.requests.get('c1-r');
    expect(request).toMatchObject({ queue: 'help', enqueuedAtMs: monday10, requestedAtMs: monday10, priority: 15, hops: 1, target: 1 });
    centre.ready('bo');
    expect(centre.offer('c1')?.agentId).toBe('bo');
  });

  test('asks for the skills of the queue where the contact waits now', () => {
    const centre = new Scenario(centreSetup);
    centre.ready('bo');
    expect(centre.request('c1', { requirement: { skills: [{ skill: 'fixing', minLevel: 20 }] } })).toEqual(['ContactQueued c1']);
    expect(words(centre.advance(30_000))).toContain('ContactOffered c1 bo');
    expect(centre.state.requests.get('c1-r')?.requirement).toMatchObject({ skills: [{ skill: 'fixing', minLevel: 20 }] });
  });

  test('lets an offer that rings at the age of its target decide first', () => {
    const centre = new Scenario(centreSetup);
    centre.request('c1');
    centre.advance(25_000);
    centre.ready('anna');
    expect(words(centre.advance(18_000))).toEqual([]);
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 anna', 'ContactOverflowed c1 sales to help: wait', 'ContactQueued c1']);
  });

  test('passes over a target for which nobody is signed in', () => {
    const [first = {}, second = {}] = centreSetup.plans?.['sales']?.targets ?? [];
    const centre = new Scenario({ ...centreSetup, plans: { sales: { targets: [{ ...first, skipWithoutAgent: true }, { ...second, skipWithoutAgent: true }], then: { kind: FinalActionKind.VOICEMAIL } } } });
    expect(centre.request('c1')).toEqual(['ContactOverflowed c1 sales to voicemail: no_agent']);
    centre.signIn('bo');
    expect(centre.request('c2')).toEqual(['ContactOverflowed c2 sales to help: no_agent', 'ContactQueued c2']);
    centre.signIn('anna');
    expect(centre.request('c3')).toEqual(['ContactQueued c3']);
    expect(centre.state.requests.get('c3-r')?.queue).toBe('sales');
  });

  test.each([
    ['another queue', { kind: FinalActionKind.QUEUE, queue: 'night' }, ['ContactOverflowed c1 help to night: wait', 'ContactQueued c1']],
    ['voicemail', { kind: FinalActionKind.VOICEMAIL }, ['ContactOverflowed c1 help to voicemail: wait']],
    ['the offer of a call-back', { kind: FinalActionKind.CALL_BACK }, ['ContactOverflowed c1 help to call_back: wait']],
    ['a refusal with its reason', { kind: FinalActionKind.REFUSE, reason: 'too_busy' }, ['ContactRefused c1 too_busy']],
    ['staying where it is', undefined, []],
  ])('ends in %s', (_name, then, expected) => {
    const targets = centreSetup.plans?.['sales']?.targets ?? [];
    const centre = new Scenario({ ...centreSetup, plans: { sales: { targets, ...(then === undefined ? {} : { then }) } } });
    centre.request('c1');
    centre.advance(30_000);
    expect(words(centre.advance(30_000))).toEqual(expected);
  });

  test('has a contact of little value pass over the target for customers who are worth more', () => {
    const centre = new Scenario({
      ...centreSetup,
      plans: { vip: { targets: [{ queue: 'night', minCustomerValue: 80, timeoutSeconds: 20 }, { queue: 'help' }] } },
      customers: { gold: { value: 90 } },
    });
    centre.identify('c1', { customerId: 'gold' });
    centre.request('c1', { queue: '', plan: 'vip' });
    expect(centre.request('c2', { queue: '', plan: 'vip' })).toEqual(['ContactQueued c2']);
    expect([...centre.state.requests.values()].map(({ contactId, queue }) => `${contactId} ${queue}`)).toEqual(['c1 night', 'c2 help']);
  });

  test('goes on after a fail-over where it was, at the ages it had', () => {
    const centre = new Scenario(centreSetup);
    centre.request('c1');
    centre.advance(40_000);
    const kept = centre.snapshot();
    centre.failOver(kept);
    expect(words(centre.advance(19_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOverflowed c1 help to message: wait']);
  });

  test('sends one request on five times at most', () => {
    const queues = Object.fromEntries(Array.from({ length: 8 }, (_, number) => [`q${String(number)}`, {}]));
    const targets = Object.keys(queues).map((queue, index) => ({ queue, timeoutSeconds: 10 * (index + 1) }));
    const centre = new Scenario({ queues, agents: {}, plans: { long: { targets, then: { kind: FinalActionKind.VOICEMAIL } } } });
    centre.request('c1', { queue: '', plan: 'long' });
    const facts = words(centre.advance(600_000));
    expect(facts.filter((fact) => fact.startsWith('ContactQueued'))).toHaveLength(5);
    expect(facts.at(-1)).toBe('ContactOverflowed c1 q5 to voicemail: wait');
  });

  test('counts a contact that went on at the queue it left', () => {
    const centre = new Scenario(centreSetup);
    centre.request('c1');
    centre.advance(30_000);
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ waiting: 0, offeredToday: 1n, overflowedToday: 1n });
    expect(queueStatus(centre.state, 'help', centre.nowMs)).toMatchObject({ waiting: 1, offeredToday: 1n });
  });
});

describe('a queue that takes no more', () => {
  test('sends the next contact to the next target of the plan before it is in line', () => {
    const centre = new Scenario({ ...centreSetup, queues: { ...centreSetup.queues, sales: { plan: 'sales', maxWaiting: 1 } } });
    centre.request('c1');
    expect(centre.request('c2')).toEqual(['ContactOverflowed c2 sales to help: full', 'ContactQueued c2']);
  });

  test('refuses the contact without a plan, and leaves it with the agent who wanted to hand it over', () => {
    const centre = new Scenario({ queues: { sales: {}, help: { maxWaiting: 1 } }, agents: { anna: { ...voice, queues: ['sales'] } } });
    centre.request('c1', { queue: 'help' });
    centre.ready('anna');
    centre.request('c2');
    centre.accept('c2');
    expect(centre.request('c2', { queue: 'help', requestId: 'c2-transfer' })).toEqual(['ContactRefused c2 full']);
    expect(centre.assignment('c2')?.wrapUp).toBeUndefined();
  });
});
