import { describe, expect, test } from '@jest/globals';
import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { monday10, Scenario } from './testing/scenario.ts';
import { agentStatus, queueStatus } from './views.ts';

const voice = { displayName: '安娜', agentNo: '8001', team: 'A', queues: ['sales'], capacity: { voice: 1 } };

describe('live figures', () => {
  test('a queue tells who waits, who is offered, who is engaged and who could serve', () => {
    const centre = new Scenario({ queues: { sales: { serviceLevel: { seconds: 20, pct: 80 } } }, agents: { anna: voice, bo: voice, cai: voice } });
    centre.ready('anna', 'bo');
    centre.signIn('cai');
    centre.request('c1');
    centre.accept('c1');
    const firstMs = centre.nowMs;
    centre.request('c2');
    centre.advance(1_000);
    centre.request('c3', { channel: 'webchat' });
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({
      waiting: 2,
      offered: 1,
      engaged: 1,
      oldestEnqueuedAt: new Date(firstMs),
      agentsSignedIn: 3,
      agentsAvailable: 0,
      waitingByChannel: { voice: 1, webchat: 1 },
      offeredToday: 3n,
      answeredToday: 1n,
      targetSeconds: 20,
      targetPct: 80,
    });
    centre.withdraw('c2');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ agentsAvailable: 1, abandonedToday: 1n, shortAbandonedToday: 1n });
    expect(queueStatus(centre.state, 'nowhere', centre.nowMs)).toBeUndefined();
  });

  test('answered in target follows the target of now', () => {
    const queue = { serviceLevel: { seconds: 10, pct: 80 } };
    const centre = new Scenario({ queues: { sales: queue }, agents: { anna: voice } });
    centre.request('c1');
    centre.advance(12_000);
    centre.ready('anna');
    centre.accept('c1');
    centre.end('c1');
    centre.close('c1');
    centre.serve('c2');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ answeredToday: 2n, answeredInTargetToday: 1n, answeredWaitMsToday: 13_000n });
  });

  test('an answer whose medium could not be set up does not count as answered', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice } });
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    centre.fail('c1');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ offeredToday: 1n, answeredToday: 0n, waiting: 1, engaged: 0 });
  });

  test('a contact whose agent was lost counts as answered once, whether the next one takes it or the customer leaves', () => {
    const chat = { ...voice, capacity: { webchat: 2 } };
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: chat, bo: chat } });
    centre.ready('anna');
    for (const contact of ['c1', 'c2']) {
      centre.request(contact, { channel: 'webchat' });
      centre.accept(contact);
    }
    centre.silent.add('anna');
    centre.advance(120_000);
    centre.ready('bo');
    centre.accept('c1');
    centre.withdraw('c2');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ offeredToday: 2n, answeredToday: 2n, abandonedToday: 0n });
  });

  test('the day turns at midnight of the tenant', () => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna: voice }, startMs: monday10 + 13.9 * 3_600_000 });
    centre.ready('anna');
    centre.serve('c1');
    expect(queueStatus(centre.state, 'sales', centre.nowMs)?.answeredToday).toBe(1n);
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.handledToday).toBe(1);
    centre.advance(0.1 * 3_600_000);
    expect(queueStatus(centre.state, 'sales', centre.nowMs)?.answeredToday).toBe(0n);
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.handledToday).toBe(0);
    centre.state.centre.timeZone = 'UTC';
    expect(queueStatus(centre.state, 'sales', centre.nowMs)?.answeredToday).toBe(1n);
  });

  test('an agent shows state, slots with their ends, and since when idle', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 2, limitSeconds: 40 } } }, agents: { anna: voice } });
    expect(agentStatus(centre.state, 'anna', centre.nowMs)).toMatchObject({ name: '安娜', agentNo: '8001', state: AgentState.SIGNED_OUT });
    centre.ready('anna');
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.idleSince).toEqual(new Date(centre.nowMs - 1_000));
    centre.request('c1');
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.slots).toMatchObject([{ slot: 'voice.0', state: SlotState.RESERVED, queue: 'sales', endsAt: new Date(centre.nowMs + 20_000) }]);
    centre.accept('c1');
    expect(agentStatus(centre.state, 'anna', centre.nowMs)?.slots).toMatchObject([{ state: SlotState.ENGAGED, contactId: 'c1', endsAt: undefined }]);
    centre.end('c1');
    const status = agentStatus(centre.state, 'anna', centre.nowMs);
    expect(status?.slots).toMatchObject([{ state: SlotState.WRAP_UP, endsAt: new Date(centre.nowMs + 40_000) }]);
    expect(status?.idleSince).toBeUndefined();
  });
});
