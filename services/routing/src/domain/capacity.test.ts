import { describe, expect, test } from '@jest/globals';
import { Team, WrapUpHold } from '@patchbay/contracts/directory/v1/resource';
import { toTeamPolicy } from './agent-policy.ts';
import { applyTeam } from './perform.ts';
import { Scenario, type CentreSetup } from './testing/scenario.ts';

type AgentSetup = CentreSetup['agents'][string];
const all = { voice: 1, webchat: 4, email: 2 };

function centreWith(agent: AgentSetup, queue: CentreSetup['queues'][string] = {}): Scenario {
  const centre = new Scenario({ queues: { sales: queue }, agents: { anna: { queues: ['sales'], capacity: all, ...agent } } });
  centre.ready('anna');
  return centre;
}

/** Contacts of these channels come and are accepted when they are offered; which were offered. */
function given(centre: Scenario, ...channels: string[]): boolean[] {
  return channels.map((channel, index) => {
    const contactId = `${channel}-${String(index)}-${String(centre.facts.length)}`;
    centre.request(contactId, { channel });
    return centre.accept(contactId).kind === 'accepted';
  });
}

describe('what an agent may have at once', () => {
  test('contacts that weigh take at most a full load together', () => {
    const centre = centreWith({ load: { webchat: 30, email: 50 } });
    expect(given(centre, 'webchat', 'email')).toEqual([true, true]);
    expect(given(centre, 'webchat')).toEqual([false]);
  });

  test('a large contact that waits keeps small ones behind it from being given for ever', () => {
    const centre = centreWith({ load: { webchat: 30, email: 50 } });
    expect(given(centre, 'webchat', 'webchat')).toEqual([true, true]);
    centre.request('mail', { channel: 'email' });
    expect(given(centre, 'webchat')).toEqual([false]);
    const [first] = centre.state.assignments.values();
    centre.end(first?.request.contactId ?? '');
    centre.close(first?.request.contactId ?? '');
    expect(centre.offer('mail')?.agentId).toBe('anna');
  });

  test('a large contact that leaves the line lets the small ones behind it through', () => {
    const centre = centreWith({ load: { webchat: 30, email: 50 } });
    given(centre, 'webchat', 'webchat');
    centre.request('mail', { channel: 'email' });
    centre.advance(1_000);
    centre.request('chat', { channel: 'webchat' });
    expect(centre.withdraw('mail')).toEqual(['ContactAbandoned mail', 'ContactOffered chat anna']);
  });

  test('a number over all channels bounds them together', () => {
    expect(given(centreWith({ maxContacts: 3 }), 'webchat', 'email', 'webchat', 'webchat')).toEqual([true, true, true, false]);
  });

  test('a call may come beside the channels that are named for it, and beside no other', () => {
    const interrupts = [{ channel: 'voice', over: ['email'] }];
    expect(given(centreWith({ interrupts }), 'email', 'voice')).toEqual([true, true]);
    expect(given(centreWith({ interrupts }), 'webchat', 'voice')).toEqual([true, false]);
  });

  test('text may come beside a call where it is named', () => {
    expect(given(centreWith({ interrupts: [{ channel: 'email', over: ['voice', 'webchat'] }] }), 'voice', 'email', 'webchat')).toEqual([true, true, false]);
  });

  test('the older entry voice+text still lets a call come beside text, and no text beside a call', () => {
    expect(given(centreWith({ capacity: { ...all, 'voice+text': 1 } }), 'webchat', 'voice', 'webchat')).toEqual([true, true, false]);
  });
});

describe('what a team may have at once', () => {
  const member = { queues: ['sales'], capacity: { webchat: 5, email: 5 }, team: 'south' };

  test('the limit of the team and of its channels keep contacts waiting until a colleague is done', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 1 } } }, teams: { south: { maxContacts: 3, capacity: { webchat: 2 } } }, agents: { anna: member, bo: member } });
    centre.ready('anna', 'bo');
    centre.request('c1', { channel: 'webchat' });
    centre.request('c2', { channel: 'webchat' });
    expect(centre.request('c3', { channel: 'webchat' })).toEqual(['ContactQueued c3']);
    expect(centre.request('m1', { channel: 'email' })).toContain('ContactOffered m1 anna');
    expect(centre.request('m2', { channel: 'email' })).toEqual(['ContactQueued m2']);
    centre.accept('c2');
    expect(centre.end('c2')).toEqual(['AssignmentClosed c2 bo', 'ContactOffered c3 bo']);
  });

  test('a limit that is raised lets waiting contacts through at once', () => {
    const centre = new Scenario({ queues: { sales: {} }, teams: { south: { maxContacts: 1 } }, agents: { anna: member } });
    centre.ready('anna');
    centre.request('c1', { channel: 'webchat' });
    centre.request('c2', { channel: 'webchat' });
    centre.state.centre.teams.set('south', toTeamPolicy(Team.fromPartial({ maxContacts: 2 })));
    applyTeam(centre.state, 'south', centre.nowMs);
    centre.beatAll();
    expect(centre.offer('c2')?.agentId).toBe('anna');
  });
});

describe('what a wrap-up keeps busy', () => {
  const wrapUp = (hold: WrapUpHold) => ({ wrapUp: { mode: 2 as const, limitSeconds: 60, hold } });

  test('the slot only, after a call: text may come meanwhile, the next call may not', () => {
    const centre = centreWith({}, wrapUp(WrapUpHold.SLOT));
    given(centre, 'voice');
    const [call] = centre.state.assignments.values();
    centre.end(call?.request.contactId ?? '');
    expect(given(centre, 'webchat', 'voice')).toEqual([true, false]);
  });

  test('the whole agent, after text: nothing comes until it is done, over a fail-over, too', () => {
    const centre = centreWith({}, wrapUp(WrapUpHold.ALL));
    given(centre, 'webchat');
    const [chat] = centre.state.assignments.values();
    centre.end(chat?.request.contactId ?? '');
    expect(given(centre, 'webchat')).toEqual([false]);
    centre.failOver(centre.snapshot());
    expect(given(centre, 'email')).toEqual([false]);
    centre.close(chat?.request.contactId ?? '');
    expect(centre.state.offers.size).toBe(2);
  });

  test('as the channel does, where the queue does not say', () => {
    const centre = centreWith({}, wrapUp(WrapUpHold.UNSPECIFIED));
    given(centre, 'webchat');
    const [chat] = centre.state.assignments.values();
    centre.end(chat?.request.contactId ?? '');
    expect(given(centre, 'webchat')).toEqual([true]);
  });
});
