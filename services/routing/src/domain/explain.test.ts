import { describe, expect, test } from '@jest/globals';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { explainOffer, explainWaiting } from './explain-contact.ts';
import { Scenario, type CentreSetup } from './testing/scenario.ts';

const voice = { queues: ['sales'], capacity: { voice: 1 } };
const setup: CentreSetup = {
  queues: {
    sales: { requirement: { skills: [{ skill: 'english', minLevel: 40 }] }, rejectDelaySeconds: 30, relaxation: [{ afterSeconds: 90, extraQueues: ['help'] }], plan: 'on' },
    help: {},
  },
  plans: { on: { targets: [{ queue: 'sales', timeoutSeconds: 120 }, { queue: 'help' }] } },
  agents: {
    first: { ...voice, skills: [{ skill: 'english', level: 50 }] },
    second: { ...voice, skills: [{ skill: 'english', level: 60 }] },
    engaged: { ...voice, skills: [{ skill: 'english', level: 60 }] },
    refusing: { ...voice, skills: [{ skill: 'english', level: 60 }] },
    'on-break': { ...voice, skills: [{ skill: 'english', level: 60 }] },
    gone: { ...voice, skills: [{ skill: 'english', level: 60 }] },
    'no-english': voice,
    helper: { queues: ['help'], capacity: { voice: 1 } },
    texts: { queues: ['sales'], capacity: { webchat: 1 } },
  },
};

/** Everybody signed in; one contact accepted, one refused, then the one that is asked about. */
function offered(): Scenario {
  const centre = new Scenario(setup);
  centre.ready('engaged');
  centre.request('c0');
  centre.accept('c0');
  centre.ready('refusing');
  centre.request('c1');
  centre.reject('c1');
  centre.ready('first', 'second', 'no-english', 'helper', 'texts', 'on-break');
  centre.setState('on-break', AgentState.BREAK, 'meal');
  return centre;
}

describe('why an offer went to its agent', () => {
  test('is answered from the facts before it: everybody in order, and why each other agent was left out', () => {
    const centre = offered();
    const at = centre.facts.findIndex((fact) => fact.type === 'patchbay.routing.v1.ContactOffered' && fact.event.contactId === 'c1' && fact.event.agentId === 'first');
    const fact = centre.facts[at];
    if (fact?.type !== 'patchbay.routing.v1.ContactOffered') throw new Error('c1 was offered to first');
    // Much happens afterwards; none of it counts.
    centre.accept('c1');
    centre.advance(600_000);
    const past = new Scenario(setup);
    past.facts.push(...centre.facts.slice(0, at));
    const told = explainOffer(past.replay(undefined), fact.event, fact.timeMs);
    expect(told).toMatchObject({ agentId: 'first', offerId: fact.event.offerId, waitedAs: { queue: 'sales', attempt: 1 }, passedContacts: [] });
    expect(told?.agents.map(({ agentId, place, leftOut }) => `${agentId} ${leftOut || String(place)}`)).toEqual([
      'first 1',
      'engaged capacity',
      'gone signed_out',
      'helper other_queue',
      'no-english requirement',
      'on-break signed_out',
      'refusing passed_over',
      'second signed_out',
      'texts other_channel',
    ]);
    expect(told?.agents.find(({ agentId }) => agentId === 'refusing')?.until?.getTime()).toBe(fact.timeMs + 30_000);
  });
});

describe('why a contact is still waiting', () => {
  test('is told by agent and summed up by reason, with what comes next', () => {
    const centre = offered();
    centre.accept('c1');
    centre.request('c2');
    centre.accept('c2');
    centre.advance(1_000);
    centre.request('c3');
    centre.advance(31_000);
    centre.request('c4');
    const told = explainWaiting(centre.state, 'c4', centre.nowMs);
    expect(told?.openOffers).toEqual([]);
    expect(told?.leftOut).toEqual({ capacity: 3, not_ready: 1, requirement: 1, signed_out: 1, other_queue: 1, other_channel: 1, break: 1 });
    expect(told?.nextRelaxationAt?.getTime()).toBe(centre.nowMs + 90_000);
    expect(told?.movesOnAt?.getTime()).toBe(centre.nowMs + 120_000);
  });

  test('counts those before it whom the same agents serve', () => {
    const centre = new Scenario(setup);
    for (const contactId of ['c1', 'c2', 'c3']) {
      centre.request(contactId);
      centre.advance(1_000);
    }
    centre.request('text', { channel: 'webchat' });
    centre.advance(1_000);
    centre.request('c4');
    expect(explainWaiting(centre.state, 'c4', centre.nowMs)?.ahead).toBe(3);
    expect(explainWaiting(centre.state, 'nobody', centre.nowMs)).toBeUndefined();
  });

  test('names the agent whom it waits for, and those kept for a call', () => {
    const text = { queues: ['sales'], capacity: { voice: 1, webchat: 3 } };
    const centre = new Scenario({ queues: { sales: { sticky: {} } }, agents: { anna: text, bo: text }, customers: { regular: { agent: 'bo' } } });
    centre.ready('anna', 'bo');
    centre.request('t1', { channel: 'webchat' });
    centre.accept('t1');
    centre.request('call-1');
    centre.accept('call-1');
    centre.request('call-2');
    centre.advance(1_000);
    centre.identify('t2', { customerId: 'regular' });
    centre.request('t2', { channel: 'webchat' });
    const told = explainWaiting(centre.state, 't2', centre.nowMs);
    expect(told?.waitsForPreferredUntil?.getTime()).toBe(centre.nowMs + 30_000);
    expect(told?.leftOut).toEqual({ capacity: 1, waits_for_preferred: 1 });
    centre.request('t3', { channel: 'webchat' });
    expect(explainWaiting(centre.state, 't3', centre.nowMs)?.leftOut).toEqual({ capacity: 1, held_for_other: 1 });
  });
});
