import { describe, expect, test } from '@jest/globals';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { Hours, SlaPolicy } from '@patchbay/contracts/directory/v1/resource';
import { withPromise } from './sla-policy.ts';
import { toSnapshot } from './snapshot.ts';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';

const minute = 60_000;
const nineToFive = { week: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, spans: [{ from: '09:00', to: '17:00' }] })) };
const setup: CentreSetup = {
  queues: { sales: { wrapUp: { mode: 1 } }, help: { wrapUp: { mode: 1 } } },
  agents: { anna: { queues: ['sales', 'help'], capacity: { voice: 1, webchat: 3 } } },
  slaPolicies: { all: { firstResponseSeconds: 600, nextResponseSeconds: 300, resolutionSeconds: 3_600 }, vip: { minCustomerValue: 80, firstResponseSeconds: 120, resolutionSeconds: 1_800 } },
};
const chat = { channel: 'webchat' };
const isSla = (word: string) => word.startsWith('Sla');
const told = (facts: readonly string[]) => facts.filter(isSla);

function centreWith(more: Partial<CentreSetup> = {}): Scenario {
  return new Scenario({ ...setup, ...more });
}

describe('a first answer that was promised', () => {
  test('is counted from the request, warned of at four fifths and broken once', () => {
    const centre = centreWith();
    expect(told(centre.request('c1', chat))).toEqual(['SlaStarted c1 FIRST_RESPONSE', 'SlaStarted c1 RESOLUTION']);
    expect(words(centre.advance(8 * minute - 1))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['SlaWarned c1 FIRST_RESPONSE']);
    expect(words(centre.advance(2 * minute))).toEqual(['SlaBreached c1 FIRST_RESPONSE']);
    expect(told(words(centre.advance(30 * minute)))).toEqual([]);
  });

  test('is kept by the agent’s message, not by what the system or a bot writes', () => {
    const centre = centreWith();
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    centre.advance(minute);
    expect(centre.answer('c1', Party.SYSTEM)).toEqual([]);
    expect(centre.answer('c1')).toEqual(['SlaEnded c1 FIRST_RESPONSE MET', 'SlaChanged c1 RESOLUTION PAUSED']);
  });

  test('is kept by a bot where the policy says so', () => {
    const centre = centreWith({ slaPolicies: { all: { firstResponseSeconds: 600, botsAnswer: true } } });
    centre.request('c1', chat);
    expect(centre.answer('c1', Party.BOT)).toEqual(['SlaEnded c1 FIRST_RESPONSE MET']);
  });

  test('of a call is kept when both can talk', () => {
    const centre = centreWith();
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    expect(centre.connect('c1')).toEqual(['SlaEnded c1 FIRST_RESPONSE MET']);
    expect(told(centre.end('c1'))).toEqual(['SlaEnded c1 RESOLUTION MET']);
  });

  test('that comes too late is told as late, and one that never came as unanswered', () => {
    const centre = centreWith();
    centre.request('c1', chat);
    centre.request('c2', chat);
    centre.advance(11 * minute);
    expect(centre.answer('c1')).toContain('SlaEnded c1 FIRST_RESPONSE LATE');
    expect(told(centre.end('c2'))).toEqual(['SlaEnded c2 FIRST_RESPONSE UNANSWERED', 'SlaEnded c2 RESOLUTION MET']);
    expect(told(words(centre.advance(120 * minute)))).toEqual([]);
  });
});

describe('later answers and the end', () => {
  function conversation(): Scenario {
    const centre = centreWith();
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    centre.advance(10 * minute - 1_000);
    centre.answer('c1');
    return centre;
  }

  test('time stands still while the customer is waited for', () => {
    const centre = conversation();
    expect(told(words(centre.advance(600 * minute)))).toEqual([]);
    expect(centre.write('c1', 'm1')).toEqual(['SlaStarted c1 NEXT_RESPONSE', 'SlaChanged c1 RESOLUTION RESUMED']);
    expect(words(centre.advance(5 * minute))).toEqual(['SlaWarned c1 NEXT_RESPONSE', 'SlaBreached c1 NEXT_RESPONSE']);
    expect(words(centre.advance(33 * minute + 1_000))).toEqual(['SlaWarned c1 RESOLUTION']);
  });

  test('a second message of the customer does not begin the clock anew', () => {
    const centre = conversation();
    centre.write('c1', 'm1');
    centre.advance(minute);
    expect(centre.write('c1', 'm2')).toEqual([]);
    expect(centre.answer('c1')).toEqual(['SlaEnded c1 NEXT_RESPONSE MET', 'SlaChanged c1 RESOLUTION PAUSED']);
  });

  test('messages that come again, or late, change nothing', () => {
    const centre = conversation();
    centre.write('c1', 'm1');
    centre.answer('c1');
    const again = centre.do({ kind: 'MessageReceived', event: { contactId: 'c1', messageId: 'm1', sequence: 2n } });
    expect(words(again.facts)).toEqual([]);
    expect(words(centre.do({ kind: 'MessageSent', event: { contactId: 'c1', by: Party.AGENT, sequence: 1n } }).facts)).toEqual([]);
    centre.end('c1');
    expect(centre.write('c1', 'm9')).toEqual([]);
  });

  test('a policy may count the customer’s time, too', () => {
    const centre = centreWith({ slaPolicies: { all: { resolutionSeconds: 3_600, countsCustomerTime: true } } });
    centre.request('c1', chat);
    expect(centre.answer('c1')).toEqual([]);
    expect(told(words(centre.advance(60 * minute)))).toEqual(['SlaWarned c1 RESOLUTION', 'SlaBreached c1 RESOLUTION']);
  });
});

describe('calendars, values and queues', () => {
  test('Friday 16:30 and an hour is Monday 09:30', () => {
    const centre = centreWith({ hours: { office: nineToFive }, slaPolicies: { all: { firstResponseSeconds: 3_600, hours: 'office' } }, startMs: Date.parse('2026-03-06T16:30:00+08:00') });
    centre.request('c1', chat);
    expect(centre.facts.find((fact) => fact.type === 'patchbay.routing.v1.SlaStarted')?.event).toMatchObject({ dueAt: new Date('2026-03-09T09:30:00+08:00') });
    centre.advance(Date.parse('2026-03-09T09:30:00+08:00') - centre.nowMs);
    expect(told(words(centre.facts)).at(-1)).toBe('SlaBreached c1 FIRST_RESPONSE');
    expect(centre.facts.at(-1)?.timeMs).toBe(Date.parse('2026-03-09T09:30:00+08:00'));
  });

  test('other hours count from now on', () => {
    const centre = centreWith({ hours: { office: nineToFive }, slaPolicies: { all: { firstResponseSeconds: 7_200, hours: 'office' } }, startMs: Date.parse('2026-03-06T16:30:00+08:00') });
    centre.request('c1', chat);
    centre.state.centre.hours.set('office', Hours.fromPartial({ week: [{ weekday: 5, spans: [{ from: '09:00', to: '20:00' }] }] }));
    expect(words(centre.do({ kind: 'SlaApplied' }).facts)).toEqual(['SlaChanged c1 FIRST_RESPONSE RECALCULATED']);
    expect(told(words(centre.advance(120 * minute)))).toEqual(['SlaWarned c1 FIRST_RESPONSE', 'SlaBreached c1 FIRST_RESPONSE']);
  });

  test('a customer who turns out to be valued is promised more, what was used stays used', () => {
    const centre = centreWith();
    centre.request('c1', chat);
    centre.advance(minute);
    expect(told(centre.identify('c1', { customerValue: 90 }))).toEqual(['SlaChanged c1 FIRST_RESPONSE RECALCULATED', 'SlaChanged c1 RESOLUTION RECALCULATED']);
    expect(told(words(centre.advance(minute)))).toEqual(['SlaWarned c1 FIRST_RESPONSE', 'SlaBreached c1 FIRST_RESPONSE']);
  });

  test('another queue has its own promise; another channel none where none is made', () => {
    const centre = centreWith({ slaPolicies: { help: { queues: ['help'], firstResponseSeconds: 60 }, sales: { queues: ['sales'], channels: ['webchat'], firstResponseSeconds: 600 } } });
    expect(told(centre.request('c0', { channel: 'email' }))).toEqual([]);
    centre.request('c1', chat);
    const lead = { actor: 'user:lead', reason: 'wrong' };
    expect(told(words(centre.do({ kind: 'MoveContact', contactId: 'c1', queue: 'help', lead }).facts))).toEqual(['SlaChanged c1 FIRST_RESPONSE RECALCULATED']);
    expect(told(words(centre.advance(minute)))).toEqual(['SlaWarned c1 FIRST_RESPONSE', 'SlaBreached c1 FIRST_RESPONSE']);
  });

  test('a policy that is taken away leaves what was promised', () => {
    const centre = centreWith();
    centre.request('c1', chat);
    centre.state.centre.slaPolicies = withPromise(centre.state.centre.slaPolicies, 'all', undefined);
    centre.state.centre.slaPolicies = withPromise(centre.state.centre.slaPolicies, 'vip', SlaPolicy.fromPartial({ minCustomerValue: 80, firstResponseSeconds: 1 }));
    centre.do({ kind: 'SlaApplied' });
    expect(told(words(centre.advance(10 * minute)))).toEqual(['SlaWarned c1 FIRST_RESPONSE', 'SlaBreached c1 FIRST_RESPONSE']);
  });
});

test.each([true, false])('a writer that dies loses no promise and breaks none twice, built from a snapshot: %s', (fromSnapshot) => {
  const centre = centreWith();
  centre.request('c1', chat);
  centre.advance(9 * minute);
  const before = JSON.stringify(toSnapshot(centre.state).state);
  centre.failOver(fromSnapshot ? centre.snapshot() : undefined);
  expect(JSON.stringify(toSnapshot(centre.state).state)).toBe(before);
  expect(told(words(centre.advance(30 * minute)))).toEqual(['SlaBreached c1 FIRST_RESPONSE']);
});
