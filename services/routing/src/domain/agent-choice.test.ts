import { describe, expect, test } from '@jest/globals';
import { AgentChoice, type Queue } from '@patchbay/contracts/directory/v1/resource';
import { expectedWait } from './expected-wait.ts';
import { Scenario, words, type CentreSetup, type Some } from './testing/scenario.ts';

const chat = { queues: ['sales'], capacity: { webchat: 3 } };
const three = { anna: chat, bo: chat, cai: chat };

function centreWith(choice: AgentChoice, agents: CentreSetup['agents'] = three, queue: Some<Queue> = {}): Scenario {
  return new Scenario({ queues: { sales: { choice, wrapUp: { mode: 1 }, ...queue } }, agents });
}

/** Contacts come one after the other and are accepted; who got them. */
function servedBy(centre: Scenario, count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, index) => {
    const contactId = `c${String(first + index)}`;
    centre.request(contactId, { channel: 'webchat' });
    const agentId = centre.offer(contactId)?.agentId ?? '';
    centre.accept(contactId);
    centre.advance(1_000);
    return agentId;
  });
}

describe('the order in which a queue chooses agents', () => {
  test('least in hand, then idle longest, is what a queue does that says nothing', () => {
    const centre = centreWith(AgentChoice.UNSPECIFIED);
    centre.ready('bo', 'anna');
    expect(servedBy(centre, 3)).toEqual(['bo', 'anna', 'bo']);
  });

  test('idle longest goes by the end of the last contact, whatever is in hand', () => {
    const centre = centreWith(AgentChoice.LONGEST_IDLE);
    centre.ready('bo', 'anna');
    expect(servedBy(centre, 2)).toEqual(['bo', 'bo']);
    centre.end('c1');
    expect(servedBy(centre, 1, 3)).toEqual(['anna']);
  });

  test('least occupied goes by the time spent with contacts today, not by their number', () => {
    const centre = centreWith(AgentChoice.LEAST_OCCUPIED);
    centre.ready('anna', 'bo');
    expect(servedBy(centre, 1)).toEqual(['anna']);
    centre.advance(60_000);
    centre.end('c1');
    expect(servedBy(centre, 1, 2)).toEqual(['bo']);
    centre.end('c2');
    expect(servedBy(centre, 1, 3)).toEqual(['bo']);
  });

  test('fewest contacts counts those of today and those in hand, from local midnight on', () => {
    const centre = centreWith(AgentChoice.FEWEST_CONTACTS);
    centre.ready('anna');
    expect(servedBy(centre, 2)).toEqual(['anna', 'anna']);
    centre.end('c1');
    centre.end('c2');
    centre.ready('bo');
    expect(servedBy(centre, 2, 3)).toEqual(['bo', 'bo']);
    centre.end('c3');
    centre.end('c4');
    centre.advance(14 * 3_600_000);
    centre.request('c5', { channel: 'webchat' });
    expect(centre.offer('c5')?.agentId).toBe('anna');
  });

  test('round robin goes on where it stopped, over a fail-over, too', () => {
    const centre = centreWith(AgentChoice.ROUND_ROBIN);
    centre.ready('cai', 'bo', 'anna');
    expect(servedBy(centre, 2)).toEqual(['anna', 'bo']);
    centre.failOver(centre.snapshot());
    expect(servedBy(centre, 2, 3)).toEqual(['cai', 'anna']);
  });

  test('linear takes the first of the list who is free', () => {
    const centre = centreWith(AgentChoice.LINEAR, three, { agentOrder: ['cai', 'anna'] });
    centre.ready('bo', 'anna', 'cai');
    expect(servedBy(centre, 7)).toEqual(['cai', 'cai', 'cai', 'anna', 'anna', 'anna', 'bo']);
  });

  test('best proficiency takes the highest level in the skills asked for', () => {
    const skills = (billing: number) => ({ ...chat, skills: [{ skill: 'billing', level: billing }, { skill: 'other', level: 100 - billing }] });
    const centre = centreWith(AgentChoice.BEST_PROFICIENCY, { anna: skills(50), bo: skills(90), cai: skills(70) }, { requirement: { skills: [{ skill: 'billing', minLevel: 10 }] } });
    centre.ready('anna', 'bo', 'cai');
    expect(servedBy(centre, 4)).toEqual(['bo', 'bo', 'bo', 'cai']);
  });

  test('least skilled keeps those free who can do much', () => {
    const centre = centreWith(AgentChoice.LEAST_SKILLED, { anna: { ...chat, skills: [{ skill: 'a', level: 1 }, { skill: 'b', level: 1 }] }, bo: { ...chat, skills: [{ skill: 'a', level: 1 }] } });
    centre.ready('anna', 'bo');
    expect(servedBy(centre, 4)).toEqual(['bo', 'bo', 'bo', 'anna']);
  });
});

describe('ring all', () => {
  test('offers a text contact to everybody free, and takes the other offers back when one accepts', () => {
    const centre = centreWith(AgentChoice.RING_ALL);
    centre.ready('anna', 'bo', 'cai');
    expect(centre.request('c1', { channel: 'webchat' })).toEqual(['ContactQueued c1', 'ContactOffered c1 anna', 'ContactOffered c1 bo', 'ContactOffered c1 cai']);
    const second = [...centre.state.offers.values()].find((offer) => offer.agentId === 'bo');
    const { facts } = centre.do({ kind: 'AcceptOffer', request: { contactId: 'c1', offerId: second?.offerId ?? '', agentId: 'bo' } });
    expect(words(facts)).toEqual(['OfferCancelled c1 anna', 'OfferCancelled c1 cai', 'ContactAssigned c1 bo']);
    expect(centre.state.offers.size).toBe(0);
    expect([...(centre.state.agents.get('anna')?.slots.values() ?? [])]).toEqual([]);
  });

  test('who refuses stops ringing alone; the contact is back in line when nobody rings any more', () => {
    const centre = centreWith(AgentChoice.RING_ALL, three, { offerTimeoutSeconds: 10, maxRinging: 2, maxMissedOffers: 1 });
    centre.ready('anna', 'bo', 'cai');
    expect(centre.request('c1', { channel: 'webchat' })).toEqual(['ContactQueued c1', 'ContactOffered c1 anna', 'ContactOffered c1 bo']);
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 anna']);
    expect(words(centre.advance(10_000))).toEqual(['OfferMissed c1 bo', 'ContactQueued c1', 'bo NOT_READY missed', 'ContactOffered c1 anna', 'ContactOffered c1 cai']);
  });

  test('a customer who leaves takes every offer back', () => {
    const centre = centreWith(AgentChoice.RING_ALL);
    centre.ready('anna', 'bo');
    centre.request('c1', { channel: 'webchat' });
    expect(centre.withdraw('c1')).toEqual(['OfferCancelled c1 anna', 'OfferCancelled c1 bo', 'ContactAbandoned c1']);
  });

  test('an agent who is lost while several ring leaves the others ringing', () => {
    const centre = centreWith(AgentChoice.RING_ALL);
    centre.ready('anna', 'bo');
    centre.request('c1', { channel: 'webchat' });
    centre.silent.add('anna');
    expect(words(centre.advance(10_000))).toEqual(['OfferCancelled c1 anna', 'anna UNREACHABLE heartbeat']);
    expect(centre.offer('c1')?.agentId).toBe('bo');
  });

  test('a call rings every free phone; who is busy with another call is left alone', () => {
    const call = { queues: ['sales'], capacity: { voice: 1 } };
    const centre = centreWith(AgentChoice.RING_ALL, { anna: call, bo: call, cai: call });
    centre.ready('anna');
    centre.request('c0');
    centre.accept('c0');
    centre.ready('bo', 'cai');
    expect(centre.request('c1')).toEqual(['ContactQueued c1', 'ContactOffered c1 bo', 'ContactOffered c1 cai']);
    expect(centre.request('c2')).toEqual(['ContactQueued c2']);
  });
});

describe('a customer whom an agent knows', () => {
  const one = { queues: ['sales'], capacity: { webchat: 1 } };
  function centreOf(customer = {}): Scenario {
    const centre = new Scenario({ queues: { sales: { sticky: { maxWaitSeconds: 30 }, wrapUp: { mode: 1 } } }, agents: { anna: one, bo: one }, customers: { regular: customer } });
    centre.ready('anna', 'bo');
    return centre;
  }
  const comes = (centre: Scenario, contactId: string) => {
    centre.identify(contactId, { customerId: 'regular' });
    return centre.request(contactId, { channel: 'webchat' });
  };

  test('goes to the agent who served last, though another has been idle longer', () => {
    const centre = centreOf();
    comes(centre, 'c1');
    centre.accept('c1');
    centre.end('c1');
    expect(comes(centre, 'c2')).toContain('ContactOffered c2 anna');
  });

  test('goes to the agent who looks after them before the one who served last', () => {
    const centre = centreOf({ agent: 'bo' });
    expect(comes(centre, 'c1')).toContain('ContactOffered c1 bo');
  });

  test('waits for that agent alone, as long as the rule says, while it is not known how long it would wait', () => {
    const centre = centreOf();
    comes(centre, 'c1');
    centre.accept('c1');
    centre.request('c2', { channel: 'webchat' });
    centre.accept('c2');
    expect(comes(centre, 'c3')).toEqual(['ContactQueued c3']);
    centre.end('c2');
    expect(words(centre.advance(29_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered c3 bo']);
  });

  test('waits no longer than a fifth of what it would wait anyway', () => {
    const centre = centreOf();
    for (let number = 0; number < 10; number += 1) {
      comes(centre, `before-${String(number)}`);
      centre.accept(`before-${String(number)}`);
      centre.advance(40_000);
      centre.end(`before-${String(number)}`);
    }
    comes(centre, 'c1');
    centre.accept('c1');
    centre.request('c2', { channel: 'webchat' });
    centre.accept('c2');
    const { p50Ms = 0 } = expectedWait(centre.state, 'sales', centre.nowMs) ?? {};
    expect(p50Ms).toBeGreaterThan(5_000);
    comes(centre, 'c3');
    centre.end('c2');
    expect(centre.offer('c3')).toBeUndefined();
    expect(words(centre.advance(Math.floor(p50Ms / 5) - 1))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered c3 bo']);
  });

  test('is not waited for where another agent is free at once', () => {
    const centre = centreOf();
    for (const contactId of ['c1', 'c2']) {
      comes(centre, contactId);
      centre.accept(contactId);
      centre.advance(1_000);
      if (contactId === 'c1') centre.end('c1');
    }
    expect(centre.assignment('c2')?.agentId).toBe('anna');
    expect(comes(centre, 'c3')).toContain('ContactOffered c3 bo');
  });

  test('does not wait for an agent who goes on a break, signs out or is lost', () => {
    const centre = centreOf();
    comes(centre, 'c1');
    centre.accept('c1');
    centre.request('other', { channel: 'webchat' });
    centre.accept('other');
    comes(centre, 'c2');
    centre.end('other');
    expect(words(centre.setState('anna', 3, 'meeting').facts)).toEqual(['anna READY then NOT_READY meeting', 'ContactOffered c2 bo']);
  });

  test('is forgotten after the time the rule says', () => {
    const centre = centreOf();
    comes(centre, 'c1');
    centre.accept('c1');
    centre.end('c1');
    centre.serve('other', { channel: 'webchat' });
    centre.advance(72 * 3_600_000 + 1);
    comes(centre, 'c2');
    expect(centre.state.requests.get('c2-r')?.preferredAgentId).toBe('');
  });

  test('who refuses is not waited for again', () => {
    const centre = centreOf();
    comes(centre, 'c1');
    centre.accept('c1');
    centre.end('c1');
    comes(centre, 'c2');
    expect(centre.reject('c2')).toEqual(['OfferRejected c2 anna', 'ContactQueued c2', 'ContactOffered c2 bo']);
  });
});
