import { describe, expect, test } from '@jest/globals';
import { Scenario } from './testing/scenario.ts';

const voice = { queues: ['sales'], capacity: { voice: 1 } };
const chat = { queues: ['sales'], capacity: { webchat: 3 } };

describe('who gets a contact', () => {
  test('a contact goes to the agent who has been idle longest', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice, bo: voice, cai: voice } });
    centre.ready('bo', 'cai', 'anna');
    expect(centre.request('c1')).toEqual(['ContactQueued c1', 'ContactOffered c1 bo']);
    expect(centre.request('c2')).toEqual(['ContactQueued c2', 'ContactOffered c2 cai']);
  });

  test('idle counts from the end of wrap-up, not from the end of the call', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 2, limitSeconds: 60 } } }, agents: { anna: voice, bo: voice } });
    centre.ready('anna', 'bo');
    centre.request('c1');
    centre.accept('c1');
    centre.request('c2');
    centre.accept('c2');
    centre.end('c1');
    centre.advance(1_000);
    centre.end('c2');
    centre.close('c2');
    centre.advance(10_000);
    centre.close('c1');
    expect(centre.request('c3')).toContain('ContactOffered c3 bo');
  });

  test('a refused offer does not reset idle', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice, bo: voice } });
    centre.ready('anna', 'bo');
    centre.request('c1');
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 anna', 'ContactQueued c1', 'ContactOffered c1 bo']);
    expect(centre.request('c2')).toContain('ContactOffered c2 anna');
  });

  test('only an agent with every skill at the level or above is offered the contact', () => {
    const centre = new Scenario({
      queues: { sales: { requirement: { skills: [{ skill: 'english', minLevel: 40 }] } } },
      agents: {
        anna: { ...voice, skills: [{ skill: 'english', level: 39 }] },
        bo: { ...voice, skills: [{ skill: 'english', level: 40 }] },
        cai: { ...voice, skills: [{ skill: 'english', level: 80 }, { skill: 'billing', level: 10 }] },
      },
    });
    centre.ready('anna', 'bo', 'cai');
    expect(centre.request('c1', { requirement: { skills: [{ skill: 'billing', minLevel: 10 }] } })).toContain('ContactOffered c1 cai');
    expect(centre.request('c2')).toContain('ContactOffered c2 bo');
    expect(centre.request('c3')).toEqual(['ContactQueued c3']);
  });

  test('an agent of another queue, another channel, not ready or silent gets nothing', () => {
    const centre = new Scenario({
      queues: { sales: {}, help: {} },
      agents: { other: { ...voice, queues: ['help'] }, texts: chat, pausing: voice, closed: voice },
    });
    centre.ready('other', 'texts');
    centre.signIn('pausing');
    centre.ready('closed');
    centre.silent.add('closed');
    centre.advance(9_001);
    expect(centre.agentState('closed')).toBe('UNREACHABLE heartbeat');
    expect(centre.request('c1')).toEqual(['ContactQueued c1']);
  });

  test('the preferred agent comes first when free, and is not waited for otherwise', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice, bo: voice, cai: voice } });
    centre.ready('anna', 'bo', 'cai');
    expect(centre.request('c1', { preferredAgentId: 'cai' })).toContain('ContactOffered c1 cai');
    expect(centre.request('c2', { preferredAgentId: 'cai' })).toContain('ContactOffered c2 anna');
  });
});

describe('whose turn it is', () => {
  test('an agent who becomes free pulls the contact that waits longest, not the newest', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    centre.request('c1');
    centre.advance(1_000);
    centre.request('c2');
    expect(centre.ready('anna').map((fact) => fact.type)).toContain('patchbay.routing.v1.ContactOffered');
    expect(centre.offer('c1')?.agentId).toBe('anna');
    centre.accept('c1');
    centre.end('c1');
    centre.close('c1');
    expect(centre.offer('c2')?.agentId).toBe('anna');
  });

  test('queues of one agent are one line by first enqueue time', () => {
    const centre = new Scenario({ queues: { sales: {}, help: {} }, agents: { anna: { ...voice, queues: ['sales', 'help'] } } });
    centre.request('c1', { queue: 'help' });
    centre.advance(1_000);
    centre.request('c2', { queue: 'sales' });
    centre.ready('anna');
    expect(centre.offer('c1')?.agentId).toBe('anna');
  });

  test('channels are one line: an older chat goes before a younger mail', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: { queues: ['sales'], capacity: { webchat: 1, email: 1 } } } });
    centre.request('c1', { channel: 'webchat' });
    centre.advance(1_000);
    centre.request('c2', { channel: 'email' });
    const offered = centre.ready('anna').filter((fact) => fact.type === 'patchbay.routing.v1.ContactOffered');
    expect(offered.map((fact) => fact.key)).toEqual(['c1', 'c2']);
  });

  test('a second of priority is worth a second of waiting', () => {
    const centre = new Scenario({ queues: { sales: {}, gold: { priority: 30 } }, agents: { anna: { ...voice, queues: ['sales', 'gold'] } } });
    centre.request('old');
    centre.advance(29_000);
    centre.request('gold', { queue: 'gold' });
    centre.advance(2_000);
    centre.request('late-gold', { queue: 'gold' });
    const order: string[] = [];
    centre.ready('anna');
    for (let turn = 0; turn < 3; turn += 1) {
      const [offer] = centre.state.offers.values();
      order.push(offer?.contactId ?? '');
      centre.accept(offer?.contactId ?? '');
      centre.end(offer?.contactId ?? '');
      centre.close(offer?.contactId ?? '');
    }
    expect(order).toEqual(['gold', 'old', 'late-gold']);
  });

  test('a VIP known beforehand moves up; so does one who becomes known while waiting', () => {
    const centre = new Scenario({
      queues: { sales: {} },
      agents: { anna: voice },
      customers: { rich: { value: 90, priority: 600 } },
    });
    centre.request('c1');
    centre.request('c2');
    centre.identify('c3', { customerId: 'rich', customerValue: 90 });
    centre.request('c3');
    expect(centre.identify('c2', { customerValue: 10 })).toEqual(['ContactQueued c2']);
    expect(centre.identify('c2', { customerValue: 10 })).toEqual([]);
    const [first, second, third] = ['c3', 'c2', 'c1'];
    centre.ready('anna');
    for (const contact of [first, second, third]) {
      expect([...centre.state.offers.values()].map((offer) => offer.contactId)).toEqual([contact]);
      centre.accept(contact ?? '');
      centre.end(contact ?? '');
      centre.close(contact ?? '');
    }
  });

  test('a contact that moved here from another channel keeps its first enqueue time', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    centre.request('c1');
    centre.advance(10_000);
    centre.request('moved', { firstEnqueuedAt: new Date(centre.nowMs - 60_000) });
    centre.ready('anna');
    expect(centre.offer('moved')?.agentId).toBe('anna');
  });
});

describe('capacity', () => {
  const mixed = { queues: ['sales'], capacity: { voice: 1, webchat: 2 } };

  test('an agent is offered as many chats at once as the capacity says', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: chat } });
    centre.ready('anna');
    for (const contact of ['c1', 'c2', 'c3']) expect(centre.request(contact, { channel: 'webchat' })).toContain(`ContactOffered ${contact} anna`);
    expect(centre.request('c4', { channel: 'webchat' })).toEqual(['ContactQueued c4']);
  });

  test('chats spread: an agent with less in hand goes before one who is idle longer', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: chat, bo: chat } });
    centre.ready('anna', 'bo');
    expect(centre.request('c1', { channel: 'webchat' })).toContain('ContactOffered c1 anna');
    expect(centre.request('c2', { channel: 'webchat' })).toContain('ContactOffered c2 bo');
  });

  test('a call takes the whole agent, ringing, talking and in wrap-up', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 4 } } }, agents: { anna: mixed } });
    centre.ready('anna');
    centre.request('call');
    expect(centre.request('t1', { channel: 'webchat' })).toEqual(['ContactQueued t1']);
    centre.accept('call');
    expect(centre.request('t2', { channel: 'webchat' })).toEqual(['ContactQueued t2']);
    expect(centre.end('call')).toEqual(['WrapUpStarted call anna']);
    centre.close('call');
    expect(centre.offer('t1')).toBeDefined();
    expect(centre.offer('t2')).toBeDefined();
  });

  test('a call is not offered while text is in hand, and text behind that call waits with it', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 1 } } }, agents: { anna: mixed } });
    centre.ready('anna');
    centre.request('t1', { channel: 'webchat' });
    centre.accept('t1');
    centre.advance(1_000);
    expect(centre.request('call')).toEqual(['ContactQueued call']);
    centre.advance(1_000);
    expect(centre.request('t2', { channel: 'webchat' })).toEqual(['ContactQueued t2']);
    expect(centre.end('t1')).toEqual(['AssignmentClosed t1 anna', 'ContactOffered call anna']);
    expect(centre.withdraw('call')).toEqual(['OfferCancelled call anna', 'ContactAbandoned call', 'ContactOffered t2 anna']);
  });

  test('text that was held back by a call goes on when the caller hangs up', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: mixed } });
    centre.ready('anna');
    centre.request('t1', { channel: 'webchat' });
    centre.accept('t1');
    centre.request('call');
    centre.advance(1_000);
    centre.request('t2', { channel: 'webchat' });
    expect(centre.withdraw('call')).toEqual(['ContactAbandoned call', 'ContactOffered t2 anna']);
  });

  test('an agent whose capacity blends may be offered a call beside text', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: { queues: ['sales'], capacity: { voice: 1, webchat: 2, 'voice+text': 1 } } } });
    centre.ready('anna');
    centre.request('t1', { channel: 'webchat' });
    expect(centre.request('call')).toContain('ContactOffered call anna');
    expect(centre.request('t2', { channel: 'webchat' })).toEqual(['ContactQueued t2']);
  });

  test('wrap-up of a chat holds its own slot only', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 4 } } }, agents: { anna: { queues: ['sales'], capacity: { webchat: 2 } } } });
    centre.ready('anna');
    centre.request('c1', { channel: 'webchat' });
    centre.accept('c1');
    centre.end('c1');
    expect(centre.request('c2', { channel: 'webchat' })).toContain('ContactOffered c2 anna');
    expect(centre.request('c3', { channel: 'webchat' })).toEqual(['ContactQueued c3']);
  });
});
