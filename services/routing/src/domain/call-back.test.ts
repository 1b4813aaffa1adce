import { describe, expect, test } from '@jest/globals';
import { WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';
import { queueStatus } from './views.ts';

const voice = { queues: ['sales'], capacity: { voice: 1 } };
const setup: CentreSetup = {
  queues: { sales: { wrapUp: { mode: 1 }, maxWaitSeconds: 600, maxMissedOffers: 9 } },
  agents: { anna: voice },
};
const confirmed = { numberConfirmed: true };

/** A customer waits a minute, then asks to be called back: the call-back keeps the place. */
function asked(centre: Scenario, callBack = {}): string[] {
  const firstEnqueuedAt = new Date(centre.nowMs);
  centre.request('call');
  centre.advance(60_000);
  centre.withdraw('call', WithdrawalReason.MOVED);
  return centre.request('back', { firstEnqueuedAt, callBack: { ...confirmed, ...callBack } });
}

describe('a call-back', () => {
  test('keeps the place in line of the call, before those who came while it rang off', () => {
    const centre = new Scenario(setup);
    centre.request('before');
    centre.advance(1_000);
    expect(asked(centre)).toEqual(['CallBackScheduled back', 'ContactQueued back']);
    centre.request('after');
    centre.ready('anna');
    const order = ['before', 'back', 'after'].map((contactId) => {
      const first = centre.offer(contactId)?.agentId;
      centre.accept(contactId);
      centre.end(contactId);
      return first;
    });
    expect(order).toEqual(['anna', 'anna', 'anna']);
  });

  test('is counted neither as answered nor as abandoned', () => {
    const centre = new Scenario(setup);
    asked(centre);
    centre.ready('anna');
    centre.accept('back');
    centre.end('back');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ offeredToday: 1n, answeredToday: 0n, abandonedToday: 0n, callBacksToday: 1n, calledBackToday: 1n });
    asked(new Scenario(setup));
    const given = new Scenario(setup);
    asked(given);
    expect(given.withdraw('back')).toEqual(['RoutingClosed back']);
    expect(queueStatus(given.state, 'sales', given.nowMs)).toMatchObject({ abandonedToday: 0n });
  });

  test('may wait longer than the queue lets customers wait, and follows no plan', () => {
    const centre = new Scenario(setup);
    asked(centre);
    expect(words(centre.advance(3_600_000))).toEqual([]);
    expect(words(centre.ready('anna'))).toContain('ContactOffered back anna');
  });

  test('is tried three times with time between, and an agent who refuses is no try', () => {
    const centre = new Scenario(setup);
    asked(centre, { spacingSeconds: 300 });
    centre.ready('anna');
    centre.reject('back');
    expect(words(centre.advance(10_000))).toEqual(['ContactOffered back anna']);
    for (const turn of [1, 2]) {
      centre.accept('back');
      expect(centre.callBackFailed('back')).toEqual(['AssignmentClosed back anna system.call_back_failed', 'ContactQueued back']);
      expect(centre.state.requests.get('back-r')?.callBack?.failedAttempts).toBe(turn);
      expect(words(centre.advance(299_999))).toEqual([]);
      centre.failOver(centre.snapshot());
      expect(words(centre.advance(1))).toEqual(['ContactOffered back anna']);
    }
    centre.accept('back');
    expect(centre.callBackFailed('back')).toEqual(['AssignmentClosed back anna system.call_back_failed', 'RoutingClosed back']);
  });

  test('a failure that is told late, or of a contact that is no call-back, changes nothing', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    expect(centre.callBackFailed('c1')).toEqual([]);
    expect(centre.callBackFailed('nobody')).toEqual([]);
  });

  test('at a time is not offered before, though agents are free', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('back', { callBack: { ...confirmed, dueAt: new Date(centre.nowMs + 3_600_000) } });
    expect(queueStatus(centre.state, 'sales', centre.nowMs)?.waiting).toBe(0);
    expect(words(centre.advance(3_599_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered back anna']);
  });

  test.each([
    ['a number that is not confirmed', { numberConfirmed: false }, 'not_confirmed'],
    ['a time more than thirty days ahead', { dueAt: new Date('2026-04-02T10:00:00+08:00') }, 'too_late'],
    ['a time out of hours', { dueAt: new Date('2026-03-03T12:30:00+08:00') }, 'hours'],
  ])('to %s is refused', (_name, callBack, reason) => {
    const office = { week: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, spans: [{ from: '09:00', to: '12:00' }, { from: '13:00', to: '18:00' }] })) };
    const centre = new Scenario({ ...setup, queues: { sales: { hours: 'office' } }, hours: { office } });
    expect(centre.request('back', { callBack: { ...confirmed, ...callBack } })).toEqual([`ContactRefused back ${reason}`]);
  });

  test('whose queue closes before its turn waits for the next opening, at its place', () => {
    const office = { week: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, spans: [{ from: '09:00', to: '12:00' }, { from: '13:00', to: '18:00' }] })) };
    const centre = new Scenario({ ...setup, queues: { sales: { hours: 'office' } }, hours: { office } });
    asked(centre);
    const closesMs = Date.parse('2026-03-02T12:00:00+08:00');
    expect(words(centre.advance(closesMs - centre.nowMs))).toEqual(['ContactQueued back']);
    centre.ready('anna');
    expect(words(centre.advance(3_600_000 - 1_001))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered back anna']);
    expect(centre.state.requests.get('back-r')?.enqueuedAtMs).toBe(Date.parse('2026-03-02T10:00:00+08:00'));
  });
});
