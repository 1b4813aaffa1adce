import { describe, expect, test } from '@jest/globals';
import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { FinalActionKind } from '@patchbay/contracts/directory/v1/resource';
import { explainWaiting } from './explain-contact.ts';
import type { RoutingInput } from './inputs.ts';
import { toSnapshot } from './snapshot.ts';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';
import { agentStatus, queueStatus } from './views.ts';

const lead = { actor: 'user:lead', reason: 'rush' };
const at = (...queues: string[]) => ({ queues, capacity: { voice: 1, webchat: 2 } });
const setup: CentreSetup = {
  queues: { sales: { wrapUp: { mode: 4 } }, help: {}, cards: { requirement: { skills: [{ skill: 'cards', minLevel: 50 }] } } },
  plans: { over: { targets: [{ queue: 'sales', timeoutSeconds: 60 }, { queue: 'help', timeoutSeconds: 600 }], then: { kind: FinalActionKind.UNSPECIFIED } }, only: { targets: [{ queue: 'sales' }], then: { kind: FinalActionKind.UNSPECIFIED } } },
  agents: { anna: at('sales'), bo: at('help'), cai: { ...at('cards'), skills: [{ skill: 'cards', level: 20 }] } },
};

function tell(centre: Scenario, input: RoutingInput): string[] {
  const { facts, outcome } = centre.do(input);
  return outcome.kind === 'refused' ? [outcome.code] : words(facts);
}

const chat = { channel: 'webchat' };

describe('a contact that a team lead moves', () => {
  test('waits in the other queue at its old place, before who came later', () => {
    const centre = new Scenario(setup);
    centre.request('c1');
    const startedMs = centre.nowMs;
    centre.advance(30_000);
    centre.request('c2', { queue: 'help' });
    expect(tell(centre, { kind: 'MoveContact', contactId: 'c1', queue: 'help', lead })).toEqual(['ContactSteered c1 MOVED by user:lead: rush', 'ContactOverflowed c1 sales to help: moved', 'ContactQueued c1']);
    expect(centre.state.requests.get('c1-r')?.enqueuedAtMs).toBe(startedMs);
    expect(words(centre.ready('bo'))).toContain('ContactOffered c1 bo');
  });

  test('is taken from the agent where it rings; again, or to where it is, changes nothing; to nowhere is refused', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1');
    expect(tell(centre, { kind: 'MoveContact', contactId: 'c1', queue: 'help', lead })[0]).toBe('OfferCancelled c1 anna');
    expect(tell(centre, { kind: 'MoveContact', contactId: 'c1', queue: 'help', lead })).toEqual([]);
    expect(tell(centre, { kind: 'MoveContact', contactId: 'c1', queue: 'nowhere', lead })).toEqual(['ROUTING_UNKNOWN_QUEUE']);
    expect(tell(centre, { kind: 'MoveContact', contactId: 'c9', queue: 'help', lead })).toEqual(['ROUTING_UNKNOWN_CONTACT']);
  });
});

describe('a contact that a team lead pulls to an agent', () => {
  test('rings there whatever queue and skills it asks for, once; refused it is back at its place', () => {
    const centre = new Scenario(setup);
    centre.ready('bo');
    centre.request('c1', { queue: 'cards' });
    const startedMs = centre.nowMs;
    expect(tell(centre, { kind: 'PullContact', contactId: 'c1', agentId: 'bo', lead })).toEqual(['ContactSteered c1 PULLED by user:lead: rush', 'ContactOffered c1 bo']);
    expect(tell(centre, { kind: 'PullContact', contactId: 'c1', agentId: 'bo', lead })).toEqual([]);
    centre.advance(5_000);
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 bo', 'ContactQueued c1']);
    expect(centre.state.requests.get('c1-r')?.enqueuedAtMs).toBe(startedMs);
  });

  test('needs an agent who is ready with a free slot', () => {
    const centre = new Scenario(setup);
    centre.request('c1');
    expect(tell(centre, { kind: 'PullContact', contactId: 'c1', agentId: 'bo', lead })).toEqual(['ROUTING_AGENT_NOT_FREE']);
    expect(tell(centre, { kind: 'PullContact', contactId: 'c1', agentId: 'nobody', lead })).toEqual(['ROUTING_UNKNOWN_AGENT']);
  });
});

describe('a text contact that a team lead reassigns', () => {
  test('rings at the other agent; its first answer stays counted once', () => {
    const centre = new Scenario(setup);
    centre.ready('anna', 'bo');
    centre.request('c1', chat);
    centre.accept('c1');
    expect(tell(centre, { kind: 'ReassignContact', contactId: 'c1', agentId: 'bo', lead })).toEqual([
      'AssignmentClosed c1 anna system.reassigned',
      'ContactQueued c1',
      'ContactSteered c1 REASSIGNED by user:lead: rush',
      'ContactOffered c1 bo',
    ]);
    centre.accept('c1');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ answeredToday: 1n, offeredToday: 1n });
  });

  test('without a name goes back in line and passes over who had it for a minute', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    expect(tell(centre, { kind: 'ReassignContact', contactId: 'c1', agentId: '', lead }).at(-1)).toBe('ContactSteered c1 REASSIGNED by user:lead: rush');
    expect(centre.offer('c1')).toBeUndefined();
    expect(words(centre.advance(60_000))).toEqual(['ContactOffered c1 anna']);
  });

  test('is no call: those are transferred', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    expect(tell(centre, { kind: 'ReassignContact', contactId: 'c1', agentId: '', lead })).toEqual(['ROUTING_NOT_TEXT']);
  });
});

describe('a request that a team lead', () => {
  test('cancels is refused, its offer taken back; again changes nothing', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1');
    expect(tell(centre, { kind: 'CancelRequest', contactId: 'c1', lead })).toEqual(['OfferCancelled c1 anna', 'ContactSteered c1 CANCELLED by user:lead: rush', 'ContactRefused c1 cancelled']);
    expect(tell(centre, { kind: 'CancelRequest', contactId: 'c1', lead })).toEqual([]);
  });

  test('gives more priority goes before those who came earlier', () => {
    const centre = new Scenario(setup);
    centre.request('c1');
    centre.advance(10_000);
    centre.request('c2');
    expect(tell(centre, { kind: 'PrioritiseContact', contactId: 'c2', priority: 60, lead })).toEqual(['ContactSteered c2 PRIORITISED by user:lead: rush', 'ContactQueued c2']);
    expect(tell(centre, { kind: 'PrioritiseContact', contactId: 'c2', priority: 60, lead })).toEqual([]);
    expect(words(centre.ready('anna'))).toContain('ContactOffered c2 anna');
    expect(tell(centre, { kind: 'PrioritiseContact', contactId: 'c2', priority: 0, lead })).toEqual(['ROUTING_CONTACT_OFFERED']);
  });
});

describe('a paused queue', () => {
  test('offers nothing, keeps who comes, and goes on in line when it is resumed', () => {
    const centre = new Scenario(setup);
    centre.request('c1');
    expect(tell(centre, { kind: 'PauseQueue', queue: 'sales', lead })).toEqual(['QueuePaused sales']);
    expect(tell(centre, { kind: 'PauseQueue', queue: 'sales', lead })).toEqual([]);
    expect(words(centre.ready('anna'))).not.toContain('ContactOffered c1 anna');
    expect(centre.request('c2')).toEqual(['ContactQueued c2']);
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ waiting: 2, pausedReason: 'rush' });
    expect(explainWaiting(centre.state, 'c1', centre.nowMs)?.leftOut).toMatchObject({ queue_paused: 1 });
    expect(tell(centre, { kind: 'ResumeQueue', queue: 'sales', actor: 'user:lead' })).toEqual(['QueueResumed sales', 'ContactOffered c1 anna']);
  });

  test('sends who comes on by the plan where that has another target, and holds who has none', () => {
    const centre = new Scenario(setup);
    centre.do({ kind: 'PauseQueue', queue: 'sales', lead });
    expect(centre.request('c1', { plan: 'over' })).toEqual(['ContactOverflowed c1 sales to help: paused', 'ContactQueued c1']);
    expect(centre.request('c2', { plan: 'only' })).toEqual(['ContactQueued c2']);
    expect(centre.state.requests.get('c2-r')?.queue).toBe('sales');
  });

  test('stays paused over a fail-over, and its contacts stay out of line', () => {
    const centre = new Scenario(setup);
    centre.request('c1');
    centre.do({ kind: 'PauseQueue', queue: 'sales', lead });
    const saved = centre.snapshot();
    const before = JSON.stringify(toSnapshot(centre.state).state);
    for (const from of [saved, undefined]) {
      centre.failOver(from);
      expect(JSON.stringify(toSnapshot(centre.state).state)).toBe(before);
      expect(words(centre.ready('anna'))).not.toContain('ContactOffered c1 anna');
      centre.signOut('anna');
      centre.facts.splice(saved.factCount);
    }
  });
});

describe('skills that a team lead changes for now', () => {
  test('count at once, and until their time is over', () => {
    const centre = new Scenario(setup);
    centre.ready('cai');
    centre.request('c1', { queue: 'cards' });
    const untilMs = centre.nowMs + 60_000;
    const change: RoutingInput = { kind: 'OverrideSkills', agentId: 'cai', skills: [{ skill: 'cards', level: 70 }], untilMs, lead };
    expect(tell(centre, change)).toEqual(['AgentSkillsOverridden cai', 'ContactOffered c1 cai']);
    expect(tell(centre, change)).toEqual([]);
    expect(agentStatus(centre.state, 'cai', centre.nowMs)).toMatchObject({ skills: [{ skill: 'cards', level: 70 }], skillsUntil: new Date(untilMs) });
    centre.failOver();
    expect(centre.state.centre.agents.get('cai')?.skills.get('cards')).toBe(70);
    expect(words(centre.advance(60_000))).toContain('AgentSkillsRestored cai');
    expect(centre.state.centre.agents.get('cai')?.skills.get('cards')).toBe(20);
  });

  test('of no sense are refused', () => {
    const centre = new Scenario(setup);
    const change = (level: number, ms: number): RoutingInput => ({ kind: 'OverrideSkills', agentId: 'cai', skills: [{ skill: 'cards', level }], untilMs: centre.nowMs + ms, lead });
    for (const bad of [change(101, 1_000), change(50, 0), change(50, 8 * 86_400_000)]) expect(tell(centre, bad)).toEqual(['ROUTING_BAD_SKILLS']);
  });
});

describe('an agent whom a team lead signs out by force', () => {
  test('leaves text to the others at its place', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    expect(tell(centre, { kind: 'ForceSignOut', agentId: 'anna', lead })).toEqual(['AssignmentClosed c1 anna system.forced_out', 'ContactQueued c1', 'AgentSignedOut anna']);
    expect(tell(centre, { kind: 'ForceSignOut', agentId: 'anna', lead })).toEqual([]);
  });

  test('is out after the call and its wrap-up; meanwhile nothing new rings, and text stays until then', () => {
    const centre = new Scenario({ ...setup, agents: { anna: { ...at('sales'), interrupts: [{ channel: 'voice', over: ['webchat'] }, { channel: 'webchat', over: ['voice'] }] } } });
    centre.ready('anna');
    centre.request('t0', chat);
    centre.accept('t0');
    centre.request('c1');
    centre.accept('c1');
    centre.request('t1', chat);
    expect(tell(centre, { kind: 'ForceSignOut', agentId: 'anna', lead })).toEqual(['OfferCancelled t1 anna', 'ContactQueued t1', 'anna READY then SIGNED_OUT rush']);
    expect(agentStatus(centre.state, 'anna', centre.nowMs)).toMatchObject({ state: AgentState.READY, pendingState: AgentState.SIGNED_OUT, pendingReason: 'rush' });
    expect(tell(centre, { kind: 'ForceSignOut', agentId: 'anna', lead })).toEqual([]);
    expect(tell(centre, { kind: 'SetState', request: { agentId: 'anna', state: AgentState.READY, reason: '' }, by: ChangedBy.AGENT })).toEqual(['ROUTING_SIGN_OUT_PENDING']);
    centre.end('c1');
    expect(centre.agentState('anna')).toBe('READY');
    const { facts } = centre.close('c1');
    expect(words(facts)).toEqual(['AssignmentClosed c1 anna', 'AssignmentClosed t0 anna system.forced_out', 'ContactQueued t0', 'AgentSignedOut anna']);
    const out = facts.find(({ type }) => type === 'patchbay.agent.v1.AgentSignedOut');
    expect(out?.event).toMatchObject({ reason: 'rush' });
  });

  test('stays when the sign-out is withdrawn during the call, and it outlives a lost heartbeat otherwise', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    tell(centre, { kind: 'ForceSignOut', agentId: 'anna', lead });
    expect(tell(centre, { kind: 'WithdrawSignOut', agentId: 'anna', actor: lead.actor })).toEqual(['anna READY']);
    expect(tell(centre, { kind: 'WithdrawSignOut', agentId: 'anna', actor: lead.actor })).toEqual([]);
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.pendingState).toBe(AgentState.UNSPECIFIED);
    tell(centre, { kind: 'ForceSignOut', agentId: 'anna', lead });
    centre.signIn('anna');
    centre.end('c1');
    expect(words(centre.close('c1').facts)).toContain('AgentSignedOut anna');
  });
});
