import { describe, expect, test } from '@jest/globals';
import { QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { applyQueue } from './perform.ts';
import { Queue } from '@patchbay/contracts/directory/v1/resource';
import { toQueuePolicy } from './queue-policy.ts';
import { recallContact } from './contact-memory.ts';
import { toSnapshot } from './snapshot.ts';
import { Scenario, words } from './testing/scenario.ts';

const voice = { queues: ['sales'], capacity: { voice: 1 } };
const hash = (centre: Scenario) => JSON.stringify(toSnapshot(centre.state).state);

describe('fail-over', () => {
  test('the next writer has the same state, from the facts alone or from any snapshot and the facts after it', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 4 } } }, agents: { anna: voice, bo: voice } });
    const snapshots = [centre.snapshot()];
    const step = (act: () => unknown) => {
      act();
      snapshots.push(centre.snapshot());
    };
    step(() => centre.ready('anna', 'bo'));
    step(() => centre.request('c1'));
    step(() => centre.accept('c1'));
    step(() => centre.request('c2'));
    step(() => centre.reject('c2'));
    step(() => centre.end('c1'));
    step(() => centre.withdraw('c2'));
    const expected = hash(centre);
    for (const snapshot of snapshots) {
      centre.failOver(snapshot);
      expect(hash(centre)).toBe(expected);
    }
  });

  test('an open offer goes on and can be accepted at the next writer', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    centre.ready('anna');
    centre.request('c1');
    centre.advance(5_000);
    expect(words(centre.failOver())).toEqual([]);
    expect(centre.accept('c1').kind).toBe('accepted');
  });

  test('an offer that ran out meanwhile goes back without blame for the agent, at its old place', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    centre.ready('anna');
    centre.request('c1');
    const enqueuedAt = centre.facts.filter((fact) => fact.type === 'patchbay.routing.v1.ContactQueued').at(-1)?.event.enqueuedAt;
    centre.nowMs += 25_000;
    expect(words(centre.failOver())).toEqual(['OfferCancelled c1 anna', 'ContactQueued c1', 'ContactOffered c1 anna']);
    expect(centre.facts.filter((fact) => fact.type === 'patchbay.routing.v1.ContactQueued').at(-1)?.event).toMatchObject({ cause: QueueCause.FAIL_OVER, enqueuedAt });
    expect(centre.agentState('anna')).toBe('READY');
  });

  test('agents have one lease to be heard again; silent ones are lost after it', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice, bo: voice } });
    centre.ready('anna', 'bo');
    centre.nowMs += 60_000;
    centre.silent.add('bo');
    expect(words(centre.failOver())).toEqual([]);
    expect(words(centre.advance(9_000))).toEqual(['bo UNREACHABLE heartbeat']);
    expect(centre.agentState('anna')).toBe('READY');
  });

  test('timers are armed again: wrap-up, longest wait, delay after a refusal', () => {
    const centre = new Scenario({ queues: { sales: { maxWaitSeconds: 300, rejectDelaySeconds: 10, wrapUp: { mode: 2, limitSeconds: 30 } } }, agents: { anna: voice } });
    centre.ready('anna');
    centre.request('c1');
    centre.reject('c1');
    const early = centre.snapshot();
    centre.failOver(early);
    expect(words(centre.advance(10_000))).toEqual(['ContactOffered c1 anna']);
    centre.accept('c1');
    centre.request('c2');
    centre.end('c1');
    centre.failOver(centre.snapshot());
    expect(words(centre.advance(30_000))).toEqual(['AssignmentClosed c1 anna system.expired', 'ContactOffered c2 anna']);
    centre.reject('c2');
    centre.silent.add('anna');
    centre.advance(9_000);
    centre.failOver();
    expect(words(centre.advance(300_000))).toContain('RoutingExpired c2');
  });

  test('a request handled before the fail-over and delivered again changes nothing', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    centre.ready('anna');
    centre.serve('c1');
    centre.failOver();
    expect(centre.request('c1')).toEqual([]);
    expect(centre.end('c1')).toEqual([]);
  });

  test('what another routing domain wrote about its requests is not taken for ours', () => {
    const help = new Scenario({ domain: 'help', queues: { help: { domain: 'help' } }, agents: {} });
    help.request('c1', { queue: 'help' });
    const main = new Scenario({ queues: { sales: {} }, agents: {} });
    main.facts.push(...help.facts);
    main.failOver();
    expect(main.state.requests.size).toBe(0);
  });
});

describe('memory', () => {
  test('contacts that are over are forgotten after a while, open ones never', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 1 } } }, agents: { anna: voice }, rules: { rememberMs: 60_000 } });
    centre.ready('anna');
    centre.serve('c1');
    centre.request('c2');
    centre.accept('c2');
    centre.advance(61_000);
    for (const contact of ['c3', 'c4', 'c5']) centre.request(contact);
    expect([...centre.state.contacts.keys()].sort()).toEqual(['c2', 'c3', 'c4', 'c5']);
  });
});

describe('a request that comes again after its contact was forgotten', () => {
  test('is known once the contact’s facts were read back', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice }, rules: { rememberMs: 60_000 } });
    centre.ready('anna');
    centre.serve('c1');
    centre.advance(120_000);
    centre.serve('c2');
    centre.advance(120_000);
    centre.request('c3');
    expect(centre.state.contacts.has('c1')).toBe(false);
    recallContact(centre.state, 'c1', centre.facts.filter((fact) => fact.key === 'c1'));
    expect(centre.request('c1')).toEqual([]);
    expect(centre.state.contacts.get('c1')?.endedRequests.get('c1-r')).toBe('assigned');
  });
});

describe('changes of the centre', () => {
  test('a new limit of the wait holds for those who wait already', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: {} });
    centre.request('c1');
    centre.advance(60_000);
    applyQueue(centre.state, 'sales', toQueuePolicy('sales', Queue.fromPartial({ maxWaitSeconds: 90 })));
    expect(words(centre.advance(29_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['RoutingExpired c1']);
  });

  test('who waits in a queue that is removed is not forgotten but expires', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: {} });
    centre.request('c1');
    applyQueue(centre.state, 'sales', undefined);
    expect(words(centre.advance(1))).toEqual(['RoutingExpired c1']);
  });
});
