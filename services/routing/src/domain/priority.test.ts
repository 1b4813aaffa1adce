import { describe, expect, test } from '@jest/globals';
import { PriorityMode, Queue } from '@patchbay/contracts/directory/v1/resource';
import { applyQueue } from './perform.ts';
import { toQueuePolicy } from './queue-policy.ts';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';

const both = { queues: ['sales', 'gold'], capacity: { voice: 1 } };

/** The agent serves everybody in line, one after the other; in which order. */
function orderOf(centre: Scenario): string[] {
  const order: string[] = [];
  if (centre.state.agents.get('anna') === undefined) centre.ready('anna');
  for (;;) {
    const [offer] = centre.state.offers.values();
    if (offer === undefined) return order;
    order.push(offer.contactId);
    centre.accept(offer.contactId);
    centre.end(offer.contactId);
    centre.close(offer.contactId);
  }
}

describe('weights and strict priorities', () => {
  test('a heavier queue goes first however long the others wait, up to the wait after which nobody is passed over', () => {
    const centre = new Scenario({ queues: { sales: { maxStarveSeconds: 300 }, gold: { weight: 1 } }, agents: { anna: both } });
    centre.request('starving');
    centre.advance(100_000);
    centre.request('old');
    centre.advance(200_000);
    centre.request('gold', { queue: 'gold' });
    expect(orderOf(centre)).toEqual(['starving', 'gold', 'old']);
  });

  test('strict priorities go before waiting within the queue, ageing ones do not', () => {
    const run = (priorityMode: PriorityMode) => {
      const centre = new Scenario({ queues: { sales: { priorityMode }, gold: {} }, agents: { anna: both } });
      centre.request('old', { priority: 1 });
      centre.advance(60_000);
      centre.request('high', { priority: 30 });
      centre.request('higher', { priority: 31 });
      return orderOf(centre);
    };
    expect(run(PriorityMode.STRICT)).toEqual(['higher', 'high', 'old']);
    expect(run(PriorityMode.AGEING)).toEqual(['old', 'higher', 'high']);
  });

  test('who is passed over long enough goes before a strict priority and keeps that place after a refusal and a fail-over', () => {
    const centre = new Scenario({ queues: { sales: { priorityMode: PriorityMode.STRICT, maxStarveSeconds: 60, rejectDelaySeconds: 1 }, gold: {} }, agents: { anna: both } });
    centre.request('old');
    centre.advance(50_000);
    centre.request('high', { priority: 500 });
    expect(words(centre.advance(10_000))).toEqual(['ContactQueued old']);
    centre.failOver(centre.snapshot());
    centre.ready('anna');
    expect(centre.offer('old')?.agentId).toBe('anna');
    centre.reject('old');
    centre.accept('high');
    centre.advance(2_000);
    centre.request('newer', { priority: 500 });
    centre.end('high');
    centre.close('high');
    expect(centre.offer('old')?.agentId).toBe('anna');
  });

  test('nothing is written for those who wait long where no queue uses ranks', () => {
    const centre = new Scenario({ queues: { sales: { maxStarveSeconds: 10 } }, agents: { anna: both } });
    centre.request('c1');
    expect(centre.advance(60_000)).toEqual([]);
  });

  test('a weight that is given while contacts wait moves them up, and bounds the wait of the others', () => {
    const centre = new Scenario({ queues: { sales: { maxStarveSeconds: 100 }, gold: {} }, agents: { anna: both } });
    centre.request('c1');
    centre.request('g1', { queue: 'gold' });
    applyQueue(centre.state, 'gold', toQueuePolicy('gold', Queue.fromPartial({ weight: 2 })));
    expect(words(centre.advance(1))).toEqual(['ContactQueued g1']);
    expect(words(centre.advance(99_999))).toEqual(['ContactQueued c1']);
  });
});

describe('customers who are worth more (大客户)', () => {
  const setup: CentreSetup = {
    queues: { sales: { plan: 'sales' }, gold: {} },
    plans: { sales: { targets: [{ queue: 'gold', minCustomerValue: 80, timeoutSeconds: 60, priority: 30 }, { queue: 'sales' }] } },
    agents: {},
    customers: { known: { value: 90 } },
  };

  test('have a queue of their own in the plan, with its own priority', () => {
    const centre = new Scenario(setup);
    centre.identify('c1', { customerValue: 80 });
    centre.request('c1');
    expect(centre.state.requests.get('c1-r')).toMatchObject({ queue: 'gold', priority: 30 + 240 });
    centre.identify('c2', { customerValue: 79 });
    centre.request('c2');
    expect(centre.state.requests.get('c2-r')).toMatchObject({ queue: 'sales' });
  });

  test('go there when they become known while they wait', () => {
    const centre = new Scenario(setup);
    centre.request('c1');
    centre.advance(20_000);
    expect(centre.identify('c1', { customerId: 'known' })).toEqual(['ContactOverflowed c1 sales to gold: value', 'ContactQueued c1']);
    expect(centre.identify('c1', { customerId: 'known' })).toEqual([]);
    expect(words(centre.advance(40_000))).toEqual(['ContactOverflowed c1 gold to sales: wait', 'ContactQueued c1']);
  });

  test('who become known too late for that target stay where they are, and move up', () => {
    const centre = new Scenario(setup);
    centre.request('c1');
    centre.advance(60_000);
    expect(centre.identify('c1', { customerId: 'known' })).toEqual(['ContactQueued c1']);
    expect(centre.state.requests.get('c1-r')).toMatchObject({ queue: 'sales', priority: 270 });
  });
});
