import { describe, expect, test } from '@jest/globals';
import { WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { ClosingPolicy, FinalActionKind } from '@patchbay/contracts/directory/v1/resource';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';
import { queueStatus } from './views.ts';

const chat = { queues: ['sales'], capacity: { webchat: 1 } };
const setup: CentreSetup = {
  queues: { sales: { plan: 'sales', maxWaitSeconds: 600, maxWaiting: 1, wrapUp: { mode: 1 } } },
  plans: { sales: { targets: [{ queue: 'sales', timeoutSeconds: 60 }], then: { kind: FinalActionKind.MESSAGE } } },
  agents: { anna: chat },
};

/** A customer waits until the plan lets messages be taken, and leaves one. */
function left(centre: Scenario): string[] {
  const contactId = 'left';
  const firstEnqueuedAt = new Date(centre.nowMs);
  centre.request(contactId, { channel: 'webchat' });
  expect(words(centre.advance(60_000))).toEqual([`ContactOverflowed ${contactId} sales to message: wait`]);
  return centre.request(contactId, { requestId: `${contactId}-m`, channel: 'webchat', leftMessage: true, firstEnqueuedAt });
}

describe('a message that was left', () => {
  test('keeps its place in line before those who came later', () => {
    const centre = new Scenario(setup);
    expect(left(centre)).toEqual(['ContactQueued left']);
    centre.advance(1_000);
    centre.request('after', { channel: 'webchat' });
    expect(words(centre.ready('anna'))).toContain('ContactOffered left anna');
  });

  test('waits however full the queue is, longer than customers may, and follows no plan', () => {
    const centre = new Scenario(setup);
    left(centre);
    expect(centre.request('second', { channel: 'webchat', leftMessage: true })).toEqual(['ContactQueued second']);
    expect(words(centre.advance(3_600_000))).toEqual([]);
    centre.failOver(centre.snapshot());
    expect(words(centre.advance(3_600_000))).toEqual([]);
    expect(words(centre.ready('anna'))).toContain('ContactOffered left anna');
  });

  test('is neither offered, answered nor abandoned a second time in the figures of the queue', () => {
    const centre = new Scenario(setup);
    left(centre);
    centre.ready('anna');
    centre.accept('left');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ offeredToday: 1n, answeredToday: 0n, abandonedToday: 0n });
    const taken = new Scenario(setup);
    left(taken);
    expect(taken.withdraw('left', WithdrawalReason.CUSTOMER_LEFT, 'left-m')).toEqual(['RoutingClosed left']);
    expect(queueStatus(taken.state, 'sales', taken.nowMs)).toMatchObject({ offeredToday: 1n, abandonedToday: 0n });
  });

  test('stays in a queue whose hours end, and comes to one that is closed', () => {
    const week = [{ weekday: 5, spans: [{ from: '09:00', to: '12:00' }] }];
    const queues = { sales: { hours: 'office', closing: ClosingPolicy.CUT } };
    const centre = new Scenario({ ...setup, queues, plans: {}, hours: { office: { timeZone: 'Asia/Shanghai', week } }, startMs: Date.parse('2026-03-06T11:59:00+08:00') });
    centre.request('before', { channel: 'webchat', leftMessage: true });
    expect(words(centre.advance(120_000))).toEqual([]);
    expect(centre.request('after', { channel: 'webchat', leftMessage: true })).toEqual(['ContactQueued after']);
    expect(words(centre.ready('anna'))).toContain('ContactOffered before anna');
  });

  test('for a queue that is not there is refused', () => {
    const centre = new Scenario(setup);
    expect(centre.request('left', { queue: 'gone', leftMessage: true })).toEqual(['ContactRefused left unknown_queue']);
  });
});
