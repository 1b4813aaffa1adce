import { describe, expect, test } from '@jest/globals';
import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { QueueCause } from '@patchbay/contracts/routing/v1/routing_event';
import { applyAgent } from './perform.ts';
import type { Agent, Queue } from '@patchbay/contracts/directory/v1/resource';
import { Scenario, words, type Some } from './testing/scenario.ts';

const voice = { queues: ['sales'], capacity: { voice: 1 } };
const chat = { queues: ['sales'], capacity: { webchat: 3 } };

function withAgent(agent: Some<Agent> = voice, queue: Some<Queue> = {}): Scenario {
  const centre = new Scenario({ queues: { sales: queue }, agents: { anna: agent } });
  centre.ready('anna');
  return centre;
}

describe('signing in and out', () => {
  test('signs in not ready, and unknown agents not at all', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    expect(words(centre.do({ kind: 'SignIn', request: { agentId: 'anna', device: 'web' } }).facts)).toEqual(['AgentSignedIn anna', 'anna NOT_READY']);
    expect(centre.do({ kind: 'SignIn', request: { agentId: 'nobody', device: 'web' } }).outcome).toEqual({ kind: 'refused', code: 'ROUTING_UNKNOWN_AGENT' });
  });

  test('a second desk takes over: the first one is no longer current, state and contacts stay', () => {
    const centre = withAgent();
    const first = centre.state.agents.get('anna')?.sessionId;
    centre.request('c1');
    centre.accept('c1');
    const second = centre.signIn('anna');
    expect(second).not.toBe(first);
    expect(centre.agentState('anna')).toBe('READY');
    expect(centre.assignment('c1')?.agentId).toBe('anna');
  });

  test('cannot sign out with a contact in hand; a ringing one goes back in line', () => {
    const centre = withAgent();
    centre.request('c1');
    expect(words(centre.signOut('anna').facts)).toEqual(['OfferCancelled c1 anna', 'ContactQueued c1', 'AgentSignedOut anna']);
    centre.ready('anna');
    centre.accept('c1');
    expect(centre.signOut('anna').outcome).toEqual({ kind: 'refused', code: 'ROUTING_AGENT_ENGAGED' });
    expect(words(centre.signOut('anna').facts)).toEqual([]);
  });

  test('an agent whose resource is removed gets nothing more and is signed out', () => {
    const centre = withAgent();
    centre.request('c1');
    applyAgent(centre.state, 'anna', undefined, centre.nowMs);
    expect(words(centre.do({ kind: 'AgentApplied', agentId: 'anna' }).facts)).toEqual(['OfferCancelled c1 anna', 'ContactQueued c1', 'AgentSignedOut anna']);
  });
});

describe('states', () => {
  test('a break asked for during a call takes effect after its wrap-up', () => {
    const centre = withAgent();
    centre.request('c1');
    centre.accept('c1');
    expect(words(centre.setState('anna', AgentState.BREAK, 'meal').facts)).toEqual(['anna READY then BREAK meal']);
    expect(centre.end('c1')).toEqual(['WrapUpStarted c1 anna']);
    expect(words(centre.close('c1').facts)).toEqual(['AssignmentClosed c1 anna', 'anna BREAK meal']);
  });

  test('a break asked for while the phone rings waits for that offer, too', () => {
    const centre = withAgent();
    centre.request('c1');
    centre.setState('anna', AgentState.BREAK, 'meal');
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 anna', 'ContactQueued c1', 'anna BREAK meal']);
  });

  test('with several chats it waits for the last of them; ready again takes it back', () => {
    const centre = withAgent(chat, { wrapUp: { mode: 1 } });
    for (const contact of ['c1', 'c2']) {
      centre.request(contact, { channel: 'webchat' });
      centre.accept(contact);
    }
    const since = centre.state.agents.get('anna')?.sinceMs;
    centre.advance(1_000);
    centre.setState('anna', AgentState.NOT_READY, 'meeting');
    expect(centre.end('c1')).toEqual(['AssignmentClosed c1 anna']);
    expect(words(centre.setState('anna', AgentState.READY).facts)).toEqual(['anna READY']);
    expect(centre.state.agents.get('anna')?.sinceMs).toBe(since);
    expect(centre.end('c2')).toEqual(['AssignmentClosed c2 anna']);
    expect(centre.agentState('anna')).toBe('READY');
  });

  test('a break needs a reason, and only ready, not ready and break can be chosen', () => {
    const centre = withAgent();
    expect(centre.setState('anna', AgentState.BREAK).outcome).toEqual({ kind: 'refused', code: 'ROUTING_REASON_NEEDED' });
    expect(centre.setState('anna', AgentState.UNREACHABLE).outcome).toEqual({ kind: 'refused', code: 'ROUTING_BAD_STATE' });
    expect(centre.setState('anna', AgentState.READY)).toEqual({ facts: [], outcome: { kind: 'done' } });
  });

  test('one who is not signed in has no state to change', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    expect(centre.setState('anna', AgentState.READY).outcome).toEqual({ kind: 'refused', code: 'ROUTING_NOT_SIGNED_IN' });
  });

  test('pause time runs from the moment the pause took effect', () => {
    const centre = withAgent();
    centre.advance(60_000);
    centre.setState('anna', AgentState.BREAK, 'meal');
    expect(centre.state.agents.get('anna')?.sinceMs).toBe(centre.nowMs);
    centre.advance(60_000);
    centre.setState('anna', AgentState.READY, '', ChangedBy.TEAM_LEAD);
    expect(centre.state.agents.get('anna')?.idleSinceMs).toBe(centre.nowMs);
  });
});

describe('a desk that is closed without signing out', () => {
  test('never leaves an idle ghost: the agent is unreachable after the lease and gets nothing', () => {
    const centre = withAgent();
    centre.silent.add('anna');
    expect(words(centre.advance(9_000))).toEqual(['anna UNREACHABLE heartbeat']);
    expect(centre.request('c1')).toEqual(['ContactQueued c1']);
  });

  test('an offer in the air goes back at once, with its age', () => {
    const centre = withAgent(voice, { offerTimeoutSeconds: 60 });
    centre.silent.add('anna');
    centre.request('c1');
    expect(words(centre.advance(9_000))).toEqual(['OfferCancelled c1 anna', 'ContactQueued c1', 'anna UNREACHABLE heartbeat']);
    const queued = centre.facts.filter((fact) => fact.type === 'patchbay.routing.v1.ContactQueued').map((fact) => fact.event);
    expect(queued[1]).toMatchObject({ cause: QueueCause.AGENT_LOST, enqueuedAt: queued[0]?.enqueuedAt });
  });

  test('a desk that comes back signs in again, not ready, and finds its contact', () => {
    const centre = withAgent();
    centre.request('c1');
    centre.accept('c1');
    centre.silent.add('anna');
    centre.advance(20_000);
    centre.silent.delete('anna');
    expect(words(centre.do({ kind: 'SignIn', request: { agentId: 'anna', device: 'web' } }).facts)).toEqual(['AgentSignedIn anna', 'anna NOT_READY']);
    expect(centre.assignment('c1')?.agentId).toBe('anna');
    centre.advance(300_000);
    expect(centre.agentState('anna')).toBe('NOT_READY');
  });

  test('work does not stay with who went away: chats go back in line at their place, then the agent is signed out', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: chat, bo: chat } });
    centre.ready('anna');
    centre.request('c1', { channel: 'webchat' });
    centre.accept('c1');
    centre.request('c2', { channel: 'webchat' });
    centre.accept('c2');
    centre.end('c2');
    centre.ready('bo');
    centre.silent.add('anna');
    centre.advance(60_000);
    expect(centre.agentState('anna')).toBe('UNREACHABLE heartbeat');
    expect(centre.assignment('c1')?.agentId).toBe('anna');
    expect(words(centre.advance(9_000))).toEqual(['AssignmentClosed c1 anna system.agent_lost', 'ContactQueued c1', 'AgentSignedOut anna', 'ContactOffered c1 bo']);
  });

  test('a call stays with the agent while it lasts, and closes by itself when it ends', () => {
    const centre = withAgent();
    centre.request('c1');
    centre.accept('c1');
    centre.silent.add('anna');
    centre.advance(120_000);
    expect(centre.agentState('anna')).toBe('UNREACHABLE heartbeat');
    expect(centre.end('c1')).toEqual(['AssignmentClosed c1 anna system.agent_lost']);
    expect(words(centre.advance(1))).toEqual(['AgentSignedOut anna']);
  });

  test('heartbeats write no facts', () => {
    const centre = withAgent();
    expect(centre.advance(3_600_000)).toEqual([]);
    expect(centre.agentState('anna')).toBe('READY');
  });
});
