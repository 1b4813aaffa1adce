import { describe, expect, test } from '@jest/globals';
import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { EndReason } from '@patchbay/contracts/contact/v1/contact';
import { Agent } from '@patchbay/contracts/directory/v1/resource';
import { toAgentPolicy } from './agent-policy.ts';
import { applyAgent } from './perform.ts';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';
import { agentStatus } from './views.ts';

// What users of other queue engines complain about, each under the public issue that tells it.

const phone = { queues: ['sales'], capacity: { voice: 1, webchat: 2 } };

function centreOf(agents: CentreSetup['agents'], queue: CentreSetup['queues'][string] = {}): Scenario {
  return new Scenario({ queues: { sales: { wrapUp: { mode: 2, limitSeconds: 30 }, ...queue }, help: {} }, agents });
}

function applyChanged(centre: Scenario, agentId: string, queues: string[]): string[] {
  applyAgent(centre.state, agentId, toAgentPolicy(agentId, Agent.fromPartial({ capacity: { voice: 1 } }), queues), centre.nowMs);
  return words(centre.do({ kind: 'AgentApplied', agentId }).facts);
}

describe('waiting work is pulled (chatwoot#10583, #10376, #10685)', () => {
  const waysToFreeUp: [string, (centre: Scenario) => void][] = [
    ['signing in and getting ready', (centre) => centre.ready('anna')],
    ['coming back from a break', (centre) => {
      centre.signIn('anna');
      centre.setState('anna', AgentState.BREAK, 'meal');
      centre.setState('anna', AgentState.READY);
    }],
    ['a skill group that is given to them', (centre) => {
      applyChanged(centre, 'bo', ['help']);
      centre.ready('bo');
      applyChanged(centre, 'bo', ['sales']);
    }],
    ['a colleague who is lost with the phone ringing', (centre) => {
      centre.ready('anna');
      centre.silent.add('anna');
      centre.advance(10_000);
      centre.ready('bo');
    }],
  ];
  test.each(waysToFreeUp)('%s gives the agent the one who waited longest', (_way, freeUp) => {
    const centre = centreOf({ anna: phone, bo: phone }, { offerTimeoutSeconds: 300 });
    for (const contact of ['first', 'second', 'third']) {
      centre.request(contact);
      centre.advance(1_000);
    }
    freeUp(centre);
    expect(centre.offer('first')).toBeDefined();
    expect(centre.offer('third')).toBeUndefined();
  });

  test('the end of a wrap-up, by the agent or by its limit, pulls the oldest before one who comes at that moment', () => {
    for (const finish of [(centre: Scenario) => void centre.close('busy'), (centre: Scenario) => void centre.advance(30_000)]) {
      const centre = centreOf({ anna: phone });
      centre.ready('anna');
      centre.request('busy');
      centre.accept('busy');
      centre.request('old');
      centre.end('busy');
      finish(centre);
      centre.request('new');
      expect([centre.offer('old')?.agentId, centre.offer('new')]).toEqual(['anna', undefined]);
    }
  });
});

describe('work does not stay with who is away (chatwoot#7204, #4158, #9587, #5672)', () => {
  test('a chat that is opened again does not wait for its agent who signed out', () => {
    const centre = centreOf({ anna: phone, bo: phone }, { sticky: { withinHours: 72, maxWaitSeconds: 30 } });
    centre.ready('anna', 'bo');
    centre.serve('c1', { channel: 'webchat', preferredAgentId: 'anna' });
    centre.signOut('anna');
    centre.request('again', { channel: 'webchat', preferredAgentId: 'anna' });
    expect(centre.offer('again')?.agentId).toBe('bo');
  });

  test('with nobody signed in the customer is told, by the plan, at once', () => {
    const centre = new Scenario({
      queues: { sales: {} },
      agents: { anna: phone },
      plans: { shop: { targets: [{ queue: 'sales', skipWithoutAgent: true }], then: { kind: 5 } } },
    });
    expect(centre.request('c1', { queue: '', plan: 'shop' })).toEqual([expect.stringMatching(/^Contact(Refused|Overflowed) c1 .*no_agent$/)]);
    expect(centre.state.requests.size).toBe(0);
  });
});

describe('the queue engine keeps no ghosts (freeswitch#2540, #1973, #2529, opensips#3123)', () => {
  const ends: [string, (centre: Scenario) => void][] = [
    ['the caller hangs up while it rings', (centre) => void centre.withdraw('c1')],
    ['the contact ends without being withdrawn', (centre) => void centre.end('c1', EndReason.CUSTOMER_LEFT)],
    ['the agent refuses', (centre) => void centre.reject('c1')],
    ['nobody answers', (centre) => void centre.advance(20_000)],
    ['the phone cannot be reached', (centre) => void centre.fail('c1')],
    ['the desk is closed', (centre) => {
      centre.silent.add('anna');
      centre.advance(10_000);
    }],
    ['the writer dies, and nobody answers', (centre) => {
      centre.failOver();
      centre.advance(20_000);
    }],
  ];
  test.each(ends)('no agent stays reserved when %s', (_how, happen) => {
    const centre = centreOf({ anna: phone });
    centre.ready('anna');
    centre.request('c1');
    expect(centre.state.agents.get('anna')?.slots.size).toBe(1);
    happen(centre);
    expect(centre.offer('c1')).toBeUndefined();
    expect(centre.state.agents.get('anna')?.slots.size).toBe(0);
  });

  test('nobody is "answered" after the caller has gone: a late accept is refused and engages nobody', () => {
    const centre = centreOf({ anna: phone });
    centre.ready('anna');
    centre.request('c1');
    const { offerId = '' } = centre.offer('c1') ?? {};
    centre.withdraw('c1');
    centre.advance(3 * 3_600_000);
    const late = centre.do({ kind: 'AcceptOffer', request: { contactId: 'c1', offerId, agentId: 'anna' } });
    expect(late).toEqual({ facts: [], outcome: { kind: 'refused', code: 'ROUTING_OFFER_GONE' } });
    expect(centre.agentState('anna')).toBe('READY');
    expect(centre.request('c2')).toEqual(['ContactQueued c2', 'ContactOffered c2 anna']);
  });

  test('a call that ends at the medium frees its agent, whoever heard of it last', () => {
    const centre = centreOf({ anna: phone });
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    centre.failOver();
    centre.end('c1');
    centre.end('c1');
    centre.advance(30_000);
    expect(centre.state.assignments.size).toBe(0);
    expect(centre.state.agents.get('anna')?.slots.size).toBe(0);
  });
});

describe('order is kept over a change of the writer (freeswitch#1674, #2511)', () => {
  test('the next node serves by priority and waiting as the first would have, from any snapshot', () => {
    const centre = centreOf({ anna: phone });
    const asked: [string, number][] = [['plain', 0], ['valued', 60], ['late', 0], ['dearest', 90]];
    const snapshots = asked.map(([contact, priority]) => {
      centre.request(contact, { priority });
      centre.advance(10_000);
      return centre.snapshot();
    });
    for (const from of [undefined, ...snapshots]) {
      const next = centreOf({ anna: phone });
      next.facts.push(...centre.facts);
      next.nowMs = centre.nowMs;
      next.failOver(from);
      const served: string[] = [];
      next.ready('anna');
      for (let turn = 0; turn < asked.length; turn += 1) {
        const [offer] = next.state.offers.values();
        const contact = offer?.contactId ?? 'nobody';
        served.push(contact);
        next.accept(contact);
        next.end(contact);
        next.close(contact);
      }
      expect(served).toEqual(['dearest', 'valued', 'plain', 'late']);
    }
  });
});

describe('no agent sits in silence (freeswitch#1148)', () => {
  test('a caller who cannot be bridged after the agent answered goes back to the old place, and the agent is free again', () => {
    const centre = centreOf({ anna: phone });
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    centre.request('c2');
    expect(centre.fail('c1')).toEqual(['OfferFailed c1 anna', 'AssignmentClosed c1 anna system.set_up_failed', 'ContactQueued c1']);
    centre.advance(5_000);
    expect(centre.offer('c1')?.agentId).toBe('anna');
    expect(centre.offer('c2')).toBeUndefined();
  });
});

describe('wrap-up lasts as long as it should (asterisk#1006, #607, #1377)', () => {
  test('it ends neither early nor late for another request, a break that is asked for, or a fail-over, and walls see its end', () => {
    const centre = centreOf({ anna: phone });
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    centre.advance(60_000);
    centre.end('c1');
    const endsAt = new Date(centre.nowMs + 30_000);
    centre.request('c2');
    centre.setState('anna', AgentState.BREAK, 'meal');
    centre.failOver();
    centre.advance(29_999);
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.slots).toMatchObject([{ state: SlotState.WRAP_UP, endsAt, contactId: 'c1' }]);
    expect(centre.offer('c2')).toBeUndefined();
    centre.advance(1);
    expect(centre.state.assignments.size).toBe(0);
    expect(centre.agentState('anna')).toBe('BREAK meal');
  });

  test('after a transfer the first agent has it in full, whatever becomes of the second', () => {
    const centre = centreOf({ anna: phone, bo: phone });
    centre.ready('anna', 'bo');
    centre.request('c1', { preferredAgentId: 'anna' });
    centre.accept('c1');
    centre.request('c1', { requestId: 'transfer', preferredAgentId: 'bo' });
    centre.advance(10_000);
    const { offerId = '', agentId = '' } = centre.offer('c1') ?? {};
    centre.do({ kind: 'AcceptOffer', request: { contactId: 'c1', offerId, agentId } });
    centre.end('c1');
    centre.advance(19_999);
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.slots).toMatchObject([{ state: SlotState.WRAP_UP }]);
    centre.advance(1);
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.slots).toEqual([]);
    expect(agentStatus(centre.state, 'bo', centre.nowMs)?.slots).toMatchObject([{ state: SlotState.WRAP_UP }]);
  });
});

describe('pauses (asterisk#1760, #1007)', () => {
  const since = (centre: Scenario) => centre.nowMs - (agentStatus(centre.state, 'anna', centre.nowMs)?.since?.getTime() ?? 0);

  test('time of a pause begins when it takes effect, and asking for it again does not begin it anew', () => {
    const centre = centreOf({ anna: phone });
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    centre.setState('anna', AgentState.BREAK, 'meal');
    centre.advance(60_000);
    centre.end('c1');
    centre.close('c1');
    expect(since(centre)).toBe(0);
    centre.advance(120_000);
    centre.setState('anna', AgentState.BREAK, 'meal');
    centre.failOver();
    expect(since(centre)).toBe(120_000);
    centre.setState('anna', AgentState.BREAK, 'training');
    centre.advance(5_000);
    expect(since(centre)).toBe(5_000);
  });

  test('an agent on a pause may join a queue: still paused, and offered its contacts on coming back', () => {
    const centre = centreOf({ anna: { queues: ['help'], capacity: { voice: 1 } } });
    centre.signIn('anna');
    centre.setState('anna', AgentState.BREAK, 'meal');
    centre.request('c1');
    centre.advance(60_000);
    expect(applyChanged(centre, 'anna', ['help', 'sales'])).toEqual([]);
    expect([centre.agentState('anna'), since(centre), centre.offer('c1')]).toEqual(['BREAK meal', 60_000, undefined]);
    centre.setState('anna', AgentState.READY);
    expect(centre.offer('c1')?.agentId).toBe('anna');
  });
});
