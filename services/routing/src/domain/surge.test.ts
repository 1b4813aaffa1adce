import { describe, expect, test } from '@jest/globals';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { SurgeActionKind, type SurgePlan } from '@patchbay/contracts/directory/v1/resource';
import { expectedWait } from './expected-wait.ts';
import { Scenario, words, type Some } from './testing/scenario.ts';

const minute = 60_000;

function centreWith(plan: Some<SurgePlan>): Scenario {
  return new Scenario({
    queues: { sales: { wrapUp: { mode: 2, limitSeconds: 60 }, requirement: { skills: [{ skill: 'selling', minLevel: 50 }] } }, help: {}, spare: { maxWaiting: 1 } },
    agents: {
      pro: { queues: ['sales'], capacity: { voice: 1 }, skills: [{ skill: 'selling', level: 90 }] },
      novice: { queues: ['sales'], capacity: { voice: 1 }, skills: [{ skill: 'selling', level: 20 }] },
      helper: { queues: ['help'], capacity: { voice: 1 }, skills: [{ skill: 'selling', level: 60 }] },
      other: { queues: ['help'], capacity: { voice: 1 } },
    },
    surgePlans: { rush: { queues: ['sales'], ...plan } },
  });
}

const start = (centre: Scenario, note = 'rain') => centre.do({ kind: 'StartSurge', plan: 'rush', by: 'user:lead', note });
const stop = (centre: Scenario, note = 'dry') => centre.do({ kind: 'StopSurge', plan: 'rush', by: 'user:lead', note });
const surges = (centre: Scenario) => words(centre.facts).filter((one) => one.startsWith('Surge'));

function come(centre: Scenario, count: number, prefix = 'c'): void {
  for (let number = 0; number < count; number += 1) centre.request(`${prefix}${String(number)}`);
}

describe('a surge begins and ends by itself', () => {
  const announce = [{ kind: SurgeActionKind.ANNOUNCEMENT, name: 'busy' }];

  test('as many wait as its limit; it ends when few do, but not before its minimum time', () => {
    const centre = centreWith({ trigger: { waiting: { startsAt: 3, endsAt: 1 } }, minimumSeconds: 120, actions: announce });
    come(centre, 2);
    centre.advance(minute);
    expect(surges(centre)).toEqual([]);
    centre.request('third');
    centre.advance(5_000);
    expect(surges(centre)).toEqual(['SurgeStarted rush waiting']);
    expect(centre.state.surges.get('rush')).toMatchObject({ observed: 3, limit: 3, actions: [{ name: 'busy' }], by: '' });
    centre.withdraw('third');
    centre.advance(3 * minute);
    expect(surges(centre)).toHaveLength(1);
    centre.withdraw('c1');
    centre.advance(5_000);
    expect(surges(centre)).toEqual(['SurgeStarted rush waiting', 'SurgeEnded rush calm']);

    come(centre, 3, 'again');
    centre.advance(5_000);
    for (const contact of ['again0', 'again1', 'again2', 'c0']) centre.withdraw(contact);
    centre.advance(110_000);
    expect(surges(centre)).toHaveLength(3);
    centre.advance(15_000);
    expect(surges(centre).at(-1)).toBe('SurgeEnded rush calm');
  });

  test('more came within ten minutes than the forecast and its deviations allow', () => {
    // 4 + 3 × 2 = 10 is not yet unusual; calm at 4 + 1 × 2.
    const centre = centreWith({ trigger: { arrivals: { expected: 4, startSigmas: 3, endSigmas: 1 } }, minimumSeconds: 1, actions: announce });
    for (let number = 0; number < 10; number += 1) {
      centre.request(`c${String(number)}`);
      centre.advance(20_000);
    }
    expect(surges(centre)).toEqual([]);
    centre.request('eleventh');
    centre.advance(5_000);
    expect(centre.state.surges.get('rush')).toMatchObject({ reason: 'arrivals', observed: 11, limit: 10 });
    centre.advance(5 * minute);
    expect(surges(centre)).toHaveLength(1);
    centre.advance(6 * minute);
    expect(surges(centre).at(-1)).toBe('SurgeEnded rush calm');
  });

  test('a newcomer is to expect to wait longer than the limit', () => {
    const centre = centreWith({ trigger: { expectedWaitSeconds: { startsAt: 300, endsAt: 60 } }, minimumSeconds: 1, actions: announce });
    centre.ready('pro');
    for (let number = 0; number < 12; number += 1) {
      centre.request(`done${String(number)}`);
      centre.accept(`done${String(number)}`);
      centre.advance(minute);
      centre.end(`done${String(number)}`);
      centre.close(`done${String(number)}`);
    }
    expect(surges(centre)).toEqual([]);
    come(centre, 12);
    centre.advance(5_000);
    expect(surges(centre)).toEqual(['SurgeStarted rush expected_wait']);
    for (let number = 0; number < 12; number += 1) centre.withdraw(`c${String(number)}`);
    centre.advance(5_000);
    expect(surges(centre).at(-1)).toBe('SurgeEnded rush calm');
  });
});

describe('a surge by hand', () => {
  const plan: Some<SurgePlan> = { trigger: { waiting: { startsAt: 2, endsAt: 0 } }, minimumSeconds: 60, actions: [{ kind: SurgeActionKind.OFFER_CALL_BACK }] };

  test('lasts until it is ended by hand, over a fail-over, too', () => {
    const centre = centreWith(plan);
    start(centre);
    start(centre);
    const before = centre.snapshot();
    centre.advance(10 * minute);
    centre.failOver(before);
    centre.advance(10 * minute);
    expect(surges(centre)).toEqual(['SurgeStarted rush manual']);
    expect(centre.state.surges.get('rush')).toMatchObject({ by: 'user:lead', note: 'rain', actions: [{ kind: SurgeActionKind.OFFER_CALL_BACK }] });
    stop(centre);
    stop(centre);
    expect(surges(centre)).toEqual(['SurgeStarted rush manual', 'SurgeEnded rush manual']);
  });

  test('ended by hand while it is still busy, it begins again no sooner than its minimum time', () => {
    const centre = centreWith(plan);
    come(centre, 2);
    centre.advance(5_000);
    stop(centre);
    centre.advance(30_000);
    centre.failOver();
    centre.advance(25_000);
    expect(surges(centre)).toHaveLength(2);
    centre.advance(15_000);
    expect(surges(centre)).toEqual(['SurgeStarted rush waiting', 'SurgeEnded rush manual', 'SurgeStarted rush waiting']);
  });

  test('needs a plan and a reason', () => {
    const centre = centreWith(plan);
    expect(start(centre, '').outcome).toEqual({ kind: 'refused', code: 'ROUTING_REASON_NEEDED' });
    expect(centre.do({ kind: 'StartSurge', plan: 'none', by: 'user:lead', note: 'rain' }).outcome).toEqual({ kind: 'refused', code: 'ROUTING_UNKNOWN_SURGE_PLAN' });
  });
});

describe('while a surge lasts', () => {
  test('agents with less skill serve at once, and no longer once it is over', () => {
    const centre = centreWith({ actions: [{ kind: SurgeActionKind.WIDEN, requirement: { skills: [{ skill: 'selling', minLevel: 10 }] } }] });
    centre.ready('novice');
    centre.request('c1');
    expect(centre.offer('c1')).toBeUndefined();
    expect(words(start(centre).facts)).toEqual(['SurgeStarted rush manual', 'ContactOffered c1 novice']);
    centre.accept('c1');
    stop(centre);
    centre.end('c1');
    centre.close('c1');
    expect(centre.request('c2')).toEqual(['ContactQueued c2']);
  });

  test('agents of the named queue are borrowed where they have what is asked', () => {
    const centre = centreWith({ actions: [{ kind: SurgeActionKind.BORROW, queues: ['help'] }] });
    centre.ready('other', 'helper');
    come(centre, 2);
    expect(words(start(centre).facts)).toEqual(['SurgeStarted rush manual', 'ContactOffered c0 helper']);
    expect(centre.offer('c1')).toBeUndefined();
  });

  test('wrap-up begins with its limit; one that has begun keeps its own', () => {
    const centre = centreWith({ actions: [{ kind: SurgeActionKind.WRAP_UP, seconds: 10 }] });
    centre.ready('pro');
    centre.request('c1');
    centre.accept('c1');
    centre.end('c1');
    start(centre);
    centre.advance(59_999);
    expect(centre.assignment('c1')).toBeDefined();
    centre.advance(1);
    centre.request('c2');
    centre.accept('c2');
    centre.end('c2');
    centre.advance(10_000);
    expect(centre.assignment('c2')).toBeUndefined();
  });

  test('breaks that were asked for are taken back, those that are taken stay', () => {
    const centre = centreWith({ actions: [{ kind: SurgeActionKind.CANCEL_BREAKS }] });
    centre.ready('pro', 'novice');
    centre.request('c1');
    centre.accept('c1');
    centre.setState('pro', AgentState.BREAK, 'meal');
    centre.setState('novice', AgentState.BREAK, 'meal');
    start(centre);
    centre.advance(5_000);
    expect(centre.state.agents.get('pro')?.pendingState).toBe(AgentState.UNSPECIFIED);
    expect(centre.agentState('novice')).toBe('BREAK meal');
  });

  test('newcomers wait in the other queue as long as it takes them; those in line stay', () => {
    const centre = centreWith({ actions: [{ kind: SurgeActionKind.OVERFLOW, name: 'spare' }] });
    centre.request('before');
    start(centre);
    expect(centre.request('c1')).toEqual(['ContactOverflowed c1 sales to spare: surge', 'ContactQueued c1']);
    expect(centre.request('c2')).toEqual(['ContactQueued c2']);
    expect([...centre.state.requests.values()].map(({ contactId, queue }) => `${contactId} ${queue}`)).toEqual(['before sales', 'c1 spare', 'c2 sales']);
  });
});

test('the wait to be expected counts agents who are borrowed, with what they have of their own in line', () => {
  const centre = centreWith({ actions: [{ kind: SurgeActionKind.BORROW, queues: ['help'] }] });
  for (let number = 0; number < 10; number += 1) {
    centre.ready('pro');
    const contactId = `before-${String(number)}`;
    centre.request(contactId);
    centre.accept(contactId);
    centre.advance(minute);
    centre.end(contactId);
    centre.close(contactId);
  }
  centre.ready('helper', 'other');
  for (const contactId of ['h1', 'h2']) {
    centre.request(contactId, { queue: 'help' });
    centre.accept(contactId);
  }
  centre.request('c1');
  centre.accept('c1');
  come(centre, 6, 'w');
  const before = expectedWait(centre.state, 'sales', centre.nowMs)?.p50Ms ?? 0;
  start(centre);
  // One of two agents of the other queue has the skill: twice as many serve.
  const during = expectedWait(centre.state, 'sales', centre.nowMs)?.p50Ms ?? 0;
  expect(during / before).toBeGreaterThan(0.4);
  expect(during / before).toBeLessThan(0.6);
  stop(centre);
  expect(expectedWait(centre.state, 'sales', centre.nowMs)?.p50Ms).toBeCloseTo(before, -1);
});
