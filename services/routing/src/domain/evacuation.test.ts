import { describe, expect, test } from '@jest/globals';
import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { FinalActionKind } from '@patchbay/contracts/directory/v1/resource';
import { evacuationReach } from './decide-evacuation.ts';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';

const at = (site: string, queue: string) => ({ queues: [queue], capacity: { voice: 1 }, attributes: { site } });
const setup: CentreSetup = {
  queues: { north: { plan: 'over' }, south: {}, alone: {} },
  plans: { over: { targets: [{ queue: 'north', timeoutSeconds: 600 }, { queue: 'south', timeoutSeconds: 900, skipWithoutAgent: true }], then: { kind: FinalActionKind.MESSAGE } } },
  agents: { n1: at('beijing', 'north'), n2: at('beijing', 'north'), n3: at('beijing', 'north'), s1: at('chengdu', 'south') },
};

function evacuate(centre: Scenario, site: string): string[] {
  const leave = centre.do({ kind: 'EvacuateSite', site, by: ChangedBy.TEAM_LEAD });
  return words([...leave.facts, ...centre.do({ kind: 'MoveStranded' }).facts]);
}

describe('a site that is evacuated', () => {
  test('its agents leave at once, what rings goes back in line with its age and on to the other site', () => {
    const centre = new Scenario(setup);
    centre.ready('n1', 'n2', 's1');
    centre.setState('n2', AgentState.BREAK, 'meal');
    centre.request('c1', { queue: 'north' });
    const startedMs = centre.nowMs;
    centre.advance(5_000);
    expect(evacuate(centre, 'beijing')).toEqual([
      'OfferCancelled c1 n1',
      'ContactQueued c1',
      'n1 NOT_READY emergency',
      'n2 NOT_READY emergency',
      'ContactOverflowed c1 north to south: evacuated',
      'ContactQueued c1',
      'ContactOffered c1 s1',
    ]);
    expect(centre.state.requests.get('c1-r')?.enqueuedAtMs).toBe(startedMs);
    expect(evacuate(centre, 'beijing')).toEqual([]);
  });

  test('a contact in hand stays with its agent, who gets nothing more until the return', () => {
    const centre = new Scenario(setup);
    centre.ready('n1');
    centre.request('c1', { queue: 'north' });
    centre.accept('c1');
    expect(evacuate(centre, 'beijing')).toEqual(['n1 NOT_READY emergency']);
    expect(centre.assignment('c1')?.agentId).toBe('n1');
    centre.end('c1');
    centre.close('c1');
    centre.request('c2', { queue: 'north' });
    expect(centre.offer('c2')).toBeUndefined();
    expect(words(centre.ready('n1'))).toEqual(['n1 READY', 'ContactOffered c2 n1']);
  });

  test('with nobody left anywhere contacts go to the end of their plan; those without one wait', () => {
    const centre = new Scenario(setup);
    centre.ready('n1');
    centre.request('c1', { queue: 'north' });
    centre.accept('c1');
    centre.request('c2', { queue: 'north' });
    centre.request('c3', { queue: 'alone' });
    expect(evacuate(centre, 'beijing')).toEqual(['n1 NOT_READY emergency', 'ContactOverflowed c2 north to message: evacuated']);
    expect([...centre.state.requests.keys()]).toEqual(['c3-r']);
  });

  test('as many agents as there are leave in pieces that fit one batch', () => {
    const agents = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`a${String(number)}`, at('beijing', 'north')]));
    const centre = new Scenario({ ...setup, agents });
    for (const agentId of Object.keys(agents)) centre.signIn(agentId);
    const counts = Array.from({ length: 4 }, () => {
      const { outcome } = centre.do({ kind: 'EvacuateSite', site: 'beijing', by: ChangedBy.TEAM_LEAD });
      return outcome.kind === 'counted' ? outcome.count : -1;
    });
    expect(counts).toEqual([40, 40, 20, 0]);
  });

  test('is told beforehand by how many agents and contacts it would touch, and nothing changes', () => {
    const centre = new Scenario(setup);
    centre.ready('n1', 'n2', 's1');
    centre.setState('n2', AgentState.BREAK, 'meal');
    centre.request('c1', { queue: 'north' });
    centre.accept('c1');
    centre.ready('n3');
    centre.request('c2', { queue: 'north' });
    expect(evacuationReach(centre.state, 'beijing')).toEqual({ agents: 3, contactsReturned: 1, contactsKept: 1 });
    expect([evacuationReach(centre.state, 'nowhere').agents, evacuationReach(centre.state, '').agents]).toEqual([0, 0]);
    expect(centre.agentState('n1')).toBe('READY');
    evacuate(centre, 'beijing');
    expect(evacuationReach(centre.state, 'beijing').agents).toBe(0);
  });

  test('a site that is not named is nobody’s', () => {
    const centre = new Scenario({ ...setup, agents: { n1: { queues: ['north'], capacity: { voice: 1 } } } });
    centre.ready('n1');
    expect(evacuate(centre, '')).toEqual([]);
  });
});
