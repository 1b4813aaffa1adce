import { describe, expect, test } from '@jest/globals';
import { expectedWait } from './expected-wait.ts';
import { explainWaiting } from './explain-contact.ts';
import { Scenario } from './testing/scenario.ts';
import { queueStatus } from './views.ts';

const voice = { queues: ['sales'], capacity: { voice: 1 } };

/** Two agents who have handled ten contacts of a minute each, and are engaged now. */
function busyCentre(): Scenario {
  const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 1 } }, help: {} }, agents: { anna: voice, bo: voice, other: { ...voice, queues: ['help'] } } });
  centre.ready('anna', 'bo', 'other');
  for (let number = 0; number < 10; number += 1) {
    centre.request(`before-${String(number)}`);
    centre.accept(`before-${String(number)}`);
    centre.advance(60_000);
    centre.end(`before-${String(number)}`);
  }
  for (const contactId of ['c1', 'c2']) {
    centre.request(contactId);
    centre.accept(contactId);
  }
  return centre;
}

describe('the wait to be expected', () => {
  test('is an interval that grows with those before, and shrinks with the agents who serve', () => {
    const centre = busyCentre();
    const first = expectedWait(centre.state, 'sales', centre.nowMs);
    for (let number = 3; number <= 12; number += 1) centre.request(`c${String(number)}`);
    const eleventh = expectedWait(centre.state, 'sales', centre.nowMs);
    // 60 s a contact, two agents: 30 s a step.
    expect(first?.p50Ms).toBeGreaterThan(15_000);
    expect(first?.p90Ms).toBeLessThan(90_000);
    expect(eleventh?.p50Ms).toBeGreaterThan(300_000);
    expect(eleventh?.p50Ms).toBeLessThan(11 * 30_000);
    expect(eleventh?.p90Ms).toBeGreaterThan(eleventh?.p50Ms ?? Infinity);
  });

  test('counts only those before in line, priority included', () => {
    const centre = busyCentre();
    for (let number = 3; number <= 6; number += 1) centre.request(`c${String(number)}`);
    centre.request('gold', { priority: 3_600 });
    const waitOf = (contactId: string) => Number(explainWaiting(centre.state, contactId, centre.nowMs)?.expectedWait?.p50Ms);
    expect(waitOf('gold')).toBeLessThan(waitOf('c3'));
    expect(waitOf('c3')).toBeLessThan(waitOf('c6'));
  });

  test('is nothing while somebody is free, and not told while too little was seen or nobody serves', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    expect(queueStatus(centre.state, 'sales', centre.nowMs)?.expectedWait).toBeUndefined();
    centre.ready('anna');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)?.expectedWait).toEqual({ p50Ms: 0n, p90Ms: 0n });
    centre.request('c1');
    centre.accept('c1');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)?.expectedWait).toBeUndefined();
  });

  test('takes the contacts of another queue into account as far as they fall to the same agents', () => {
    const both = { ...voice, queues: ['sales', 'help'] };
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 1 } }, help: {} }, agents: { anna: both, bo: { ...voice, queues: ['help'] } } });
    centre.ready('anna');
    for (let number = 0; number < 10; number += 1) {
      centre.request(`before-${String(number)}`);
      centre.accept(`before-${String(number)}`);
      centre.advance(60_000);
      centre.end(`before-${String(number)}`);
    }
    centre.request('c1');
    centre.accept('c1');
    const alone = expectedWait(centre.state, 'sales', centre.nowMs)?.p50Ms ?? 0;
    for (let number = 0; number < 4; number += 1) centre.request(`h${String(number)}`, { queue: 'help' });
    const withAll = expectedWait(centre.state, 'sales', centre.nowMs)?.p50Ms ?? 0;
    centre.ready('bo');
    centre.accept('h0');
    const withShare = expectedWait(centre.state, 'sales', centre.nowMs)?.p50Ms ?? 0;
    expect(withAll).toBeGreaterThan(3 * alone);
    expect(withShare).toBeGreaterThan(alone);
    expect(withShare).toBeLessThan(withAll / 1.5);
  });
});
