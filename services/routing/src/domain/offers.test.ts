import { describe, expect, test } from '@jest/globals';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import type { Queue } from '@patchbay/contracts/directory/v1/resource';
import { Scenario, words, type Some } from './testing/scenario.ts';

const voice = { queues: ['sales'], capacity: { voice: 1 } };

function twoAgents(queue: Some<Queue> = {}): Scenario {
  const centre = new Scenario({ queues: { sales: queue }, agents: { anna: voice, bo: voice } });
  centre.ready('anna', 'bo');
  return centre;
}

function oneAgent(queue: Some<Queue> = {}): Scenario {
  const centre = new Scenario({ queues: { sales: queue }, agents: { anna: voice } });
  centre.ready('anna');
  return centre;
}

const lastQueued = (centre: Scenario) => centre.facts.filter((fact) => fact.type === 'patchbay.routing.v1.ContactQueued').at(-1)?.event;

describe('an offer', () => {
  test('reserves one slot until it expires, and accepting it assigns the contact', () => {
    const centre = oneAgent({ offerTimeoutSeconds: 15 });
    centre.request('c1');
    expect(centre.offer('c1')?.expiresAtMs).toBe(centre.nowMs + 15_000);
    centre.advance(4_000);
    expect(centre.accept('c1').kind).toBe('accepted');
    const assigned = centre.facts.find((fact) => fact.type === 'patchbay.routing.v1.ContactAssigned');
    expect(assigned?.event.waitedMs).toBe(4_000n);
    expect(centre.advance(60_000)).toEqual([]);
  });

  test('accepted twice gives the same assignment and writes nothing more', () => {
    const centre = oneAgent();
    centre.request('c1');
    const offer = centre.offer('c1');
    const key = { contactId: 'c1', offerId: offer?.offerId ?? '', agentId: 'anna' };
    const first = centre.do({ kind: 'AcceptOffer', request: key });
    const second = centre.do({ kind: 'AcceptOffer', request: key });
    expect(second).toEqual({ facts: [], outcome: first.outcome });
    centre.end('c1');
    centre.close('c1');
    expect(centre.do({ kind: 'AcceptOffer', request: key })).toEqual({ facts: [], outcome: first.outcome });
  });

  test('cannot be accepted by another agent, nor after it is gone', () => {
    const centre = twoAgents();
    centre.request('c1');
    const offerId = centre.offer('c1')?.offerId ?? '';
    expect(centre.do({ kind: 'AcceptOffer', request: { contactId: 'c1', offerId, agentId: 'bo' } }).outcome).toEqual({ kind: 'refused', code: 'ROUTING_OFFER_GONE' });
    centre.reject('c1');
    expect(centre.do({ kind: 'AcceptOffer', request: { contactId: 'c1', offerId, agentId: 'anna' } }).outcome).toEqual({ kind: 'refused', code: 'ROUTING_OFFER_GONE' });
  });

  test('accepting wins over a time-out that is not written yet', () => {
    const centre = oneAgent({ offerTimeoutSeconds: 20 });
    centre.request('c1');
    centre.nowMs += 20_005;
    expect(centre.accept('c1').kind).toBe('accepted');
    expect(words(centre.advance(1))).toEqual([]);
  });

  test('refused: the contact waits again with its first enqueue time and passes the agent over for the delay', () => {
    const centre = oneAgent({ rejectDelaySeconds: 30 });
    centre.request('c1');
    const enqueuedAt = lastQueued(centre)?.enqueuedAt;
    centre.advance(3_000);
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 anna', 'ContactQueued c1']);
    expect(lastQueued(centre)).toMatchObject({ enqueuedAt, cause: QueueCause.REJECTED, attempt: 1 });
    expect(centre.request('c2')).toContain('ContactOffered c2 anna');
    centre.withdraw('c2');
    expect(words(centre.advance(29_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered c1 anna']);
  });

  test('missed: the contact waits again in its place and the agent is taken out (RONA)', () => {
    const centre = twoAgents();
    centre.request('c1');
    const enqueuedAt = lastQueued(centre)?.enqueuedAt;
    expect(words(centre.advance(20_000))).toEqual(['OfferMissed c1 anna', 'ContactQueued c1', 'anna NOT_READY missed', 'ContactOffered c1 bo']);
    expect(lastQueued(centre)).toMatchObject({ enqueuedAt, cause: QueueCause.MISSED });
    expect(centre.agentState('anna')).toBe('NOT_READY missed');
  });

  test('with three misses allowed the agent is taken out at the third in a row; an accepted one begins anew', () => {
    const centre = oneAgent({ maxMissedOffers: 3, rejectDelaySeconds: 1 });
    centre.request('c1');
    centre.advance(20_000);
    centre.advance(21_000);
    expect(centre.agentState('anna')).toBe('READY');
    centre.advance(1_000);
    centre.accept('c1');
    centre.end('c1');
    centre.close('c1');
    centre.request('c2');
    centre.advance(20_000 + 21_000);
    expect(centre.agentState('anna')).toBe('READY');
    centre.advance(21_000);
    expect(centre.agentState('anna')).toBe('NOT_READY missed');
  });

  test('is taken back at once when the caller hangs up while it rings', () => {
    const centre = oneAgent();
    centre.request('c1');
    expect(centre.withdraw('c1')).toEqual(['OfferCancelled c1 anna', 'ContactAbandoned c1']);
    const abandoned = centre.facts.find((fact) => fact.type === 'patchbay.routing.v1.ContactAbandoned');
    expect(abandoned?.event).toMatchObject({ whileOffered: true, shortAbandon: true });
    expect(centre.request('c2')).toContain('ContactOffered c2 anna');
  });

  test('that cannot be set up is no miss: the agent only pauses, the contact keeps its place', () => {
    const centre = oneAgent();
    centre.request('c1');
    expect(centre.fail('c1')).toEqual(['OfferFailed c1 anna', 'ContactQueued c1']);
    expect(lastQueued(centre)?.cause).toBe(QueueCause.SET_UP_FAILED);
    expect(centre.agentState('anna')).toBe('READY');
    expect(words(centre.advance(4_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered c1 anna']);
  });

  test('that fails after it was accepted closes the assignment and brings the contact back', () => {
    const centre = twoAgents();
    centre.request('c1');
    centre.accept('c1');
    expect(centre.fail('c1')).toEqual(['OfferFailed c1 anna', 'AssignmentClosed c1 anna system.set_up_failed', 'ContactQueued c1', 'ContactOffered c1 bo']);
    centre.accept('c1');
    centre.connect('c1');
    expect(centre.fail('c1')).toEqual([]);
  });

  test('a phone that fails three times in a row takes its agent out', () => {
    const centre = oneAgent();
    centre.request('c1');
    for (let time = 0; time < 3; time += 1) {
      centre.fail('c1');
      centre.advance(5_000);
    }
    expect(centre.agentState('anna')).toBe('NOT_READY set_up_failed');
  });
});

describe('the end of a request', () => {
  test('abandoned: short or not by the queue', () => {
    const centre = new Scenario({ queues: { sales: { shortAbandonSeconds: 5 } }, agents: {} });
    centre.request('c1');
    centre.request('c2');
    centre.advance(5_000);
    centre.withdraw('c1');
    centre.advance(1);
    centre.withdraw('c2');
    const abandoned = centre.facts.filter((fact) => fact.type === 'patchbay.routing.v1.ContactAbandoned').map((fact) => fact.event);
    expect(abandoned).toMatchObject([{ shortAbandon: true, waitedMs: 5_000n, whileOffered: false }, { shortAbandon: false }]);
  });

  test('withdrawn for another reason is closed, not abandoned', () => {
    const centre = oneAgent();
    centre.request('c1');
    expect(centre.withdraw('c1', WithdrawalReason.MOVED)).toEqual(['OfferCancelled c1 anna', 'RoutingClosed c1']);
  });

  test('a contact that ended without being withdrawn leaves the queue too', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: {} });
    centre.request('c1');
    expect(centre.end('c1')).toEqual(['RoutingClosed c1']);
  });

  test('expires after the longest wait, but never under a ringing phone', () => {
    const centre = new Scenario({ queues: { sales: { maxWaitSeconds: 30 } }, agents: { anna: voice } });
    centre.request('c1');
    expect(words(centre.advance(29_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['RoutingExpired c1']);
    centre.ready('anna');
    centre.request('c2');
    centre.advance(15_000);
    centre.reject('c2');
    centre.advance(10_000);
    expect(words(centre.advance(10_000))).toEqual([]);
    expect(words(centre.advance(10_000))).toEqual(['OfferMissed c2 anna', 'RoutingExpired c2', 'anna NOT_READY missed']);
  });

  test('late inputs change nothing once it is over', () => {
    const centre = oneAgent();
    centre.request('c1');
    centre.withdraw('c1');
    expect(centre.request('c1')).toEqual([]);
    expect(centre.withdraw('c1')).toEqual([]);
    expect(centre.accept('c1').kind).toBe('refused');
    expect(centre.end('c1')).toEqual([]);
  });

  test('a withdrawal that overtakes its request still ends it', () => {
    const centre = oneAgent();
    expect(centre.withdraw('c1')).toEqual([]);
    expect(centre.request('c1')).toEqual(['RoutingClosed c1']);
    centre.end('c2');
    expect(centre.request('c2')).toEqual(['RoutingClosed c2']);
  });

  test('a new request of the same contact takes the place of the first', () => {
    const centre = new Scenario({ queues: { sales: {}, help: {} }, agents: {} });
    centre.request('c1');
    expect(centre.request('c1', { requestId: 'c1-r2', queue: 'help' })).toEqual(['RoutingClosed c1', 'ContactQueued c1']);
    expect([...centre.state.requests.keys()]).toEqual(['c1-r2']);
  });

  test('a transfer to a queue: the first agent wraps up, the contact waits with the time it is given', () => {
    const centre = new Scenario({ queues: { sales: {}, help: {} }, agents: { anna: voice, bo: { ...voice, queues: ['help'] } } });
    centre.ready('anna', 'bo');
    centre.request('c1');
    centre.accept('c1');
    const first = centre.nowMs;
    centre.advance(60_000);
    expect(centre.request('c1', { requestId: 'c1-r2', queue: 'help', firstEnqueuedAt: new Date(first) })).toEqual(['WrapUpStarted c1 anna', 'ContactQueued c1', 'ContactOffered c1 bo']);
    expect(lastQueued(centre)).toMatchObject({ cause: QueueCause.TRANSFERRED, enqueuedAt: new Date(first), requestedAt: new Date(centre.nowMs) });
    expect(centre.agentState('anna')).toBe('READY');
  });
});

describe('refused before it is queued', () => {
  test('unknown queue', () => {
    expect(oneAgent().request('c1', { queue: 'nowhere' })).toEqual(['ContactRefused c1 unknown_queue']);
  });

  test('full: as many wait as the queue allows', () => {
    const centre = new Scenario({ queues: { sales: { maxWaiting: 2 } }, agents: {} });
    centre.request('c1');
    centre.request('c2');
    expect(centre.request('c3')).toEqual(['ContactRefused c3 full']);
    centre.withdraw('c1');
    expect(centre.request('c4')).toEqual(['ContactQueued c4']);
  });

  test('outside hours', () => {
    const hours = { workdays: { timeZone: 'Asia/Shanghai', week: [{ weekday: 1, spans: [{ from: '09:00', to: '10:05' }] }] } };
    const centre = new Scenario({ queues: { sales: { hours: 'workdays' } }, agents: {}, hours });
    expect(centre.request('c1')).toEqual(['ContactQueued c1']);
    centre.advance(5 * 60_000);
    expect(centre.request('c2')).toEqual(['ContactRefused c2 hours']);
  });
});

describe('a second desk or a state of the agent', () => {
  test('an agent on the way out gets no offer, whatever waits', () => {
    const centre = oneAgent();
    centre.request('c1');
    centre.accept('c1');
    centre.setState('anna', AgentState.BREAK, 'meal');
    centre.request('c2');
    expect(words(centre.do({ kind: 'ContactEnded', event: { contactId: 'c1', by: 2, reason: 2, code: '' } }).facts)).toEqual(['WrapUpStarted c1 anna']);
    expect(words(centre.close('c1').facts)).toEqual(['AssignmentClosed c1 anna', 'anna BREAK meal']);
  });
});
