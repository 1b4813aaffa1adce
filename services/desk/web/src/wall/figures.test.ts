import { describe, expect, test } from '@jest/globals';
import type { AgentView, QueueView, SlotView } from '../../../src/domain/views.ts';
import { createWallFeed } from '../connection/wall-state.ts';
import { abandonBand, availableBand, doingOf, everybody, gridRows, levelBand, serviceLevelOf, totalsOf, waitBand, waitingBand, type GridFilter } from './figures.ts';

function queue(partial: Partial<QueueView>): QueueView {
  return {
    queue: 'q', titles: {}, waiting: 0, offered: 0, engaged: 0, oldestEnqueuedMs: null, agentsSignedIn: 0, agentsAvailable: 0, waitingByChannel: {},
    offeredToday: 0, answeredToday: 0, abandonedToday: 0, shortAbandonedToday: 0, answeredInTargetToday: 0, answeredWaitMsToday: 0, targetSeconds: 20, targetPct: 80, pausedSinceMs: null, pausedReason: '', promisesAtRisk: 0, promisesBroken: 0,
    ...partial,
  };
}

function agent(partial: Partial<AgentView>): AgentView {
  return { agentId: 'a', name: '', agentNo: '', team: '', state: 'ready', reason: '', sinceMs: 1, pendingState: null, pendingReason: '', slots: [], queues: [], handledToday: 0, parked: [], site: '', skills: [], skillsChanged: [], skillsUntilMs: null, ...partial };
}

function slot(activity: SlotView['activity'], channel: string, sinceMs: number): SlotView {
  return { slot: '', activity, contactId: '', offerId: '', assignmentId: '', sinceMs, endsMs: null, queue: '', channel };
}

describe('figures of the wall', () => {
  test('the service level leaves short abandons out, and is nothing without contacts', () => {
    expect(serviceLevelOf(queue({ answeredInTargetToday: 80, answeredToday: 90, abandonedToday: 15, shortAbandonedToday: 5 }))).toBe(80);
    expect(serviceLevelOf(queue({ abandonedToday: 3, shortAbandonedToday: 3 }))).toBeNull();
  });

  test('the longest wait is that of the oldest contact of all queues', () => {
    const totals = totalsOf([queue({ queue: 'a', waiting: 1, oldestEnqueuedMs: 500 }), queue({ queue: 'b', waiting: 2, oldestEnqueuedMs: 300 }), queue({ queue: 'c' })]);
    expect(totals).toMatchObject({ waiting: 3, oldestEnqueuedMs: 300, oldestQueue: 'b' });
  });

  test('free agents of one queue do not hide that another has none', () => {
    const totals = totalsOf([queue({ waiting: 0, agentsAvailable: 30, engaged: 20 }), queue({ waiting: 9, offered: 2, agentsAvailable: 0, engaged: 20 })]);
    expect(totals.stuck).toBe(7);
    expect(waitingBand(totals.stuck, totals.engaged)).toBe('bad');
    expect(availableBand(30, totals.stuck)).toBe('warn');
  });

  test.each([
    [levelBand(80, 80), 'good'],
    [levelBand(79.9, 80), 'warn'],
    [levelBand(59.9, 80), 'bad'],
    [levelBand(null, 80), 'none'],
    [waitBand(60_000), 'good'],
    [waitBand(60_001), 'warn'],
    [waitBand(120_001), 'bad'],
    [waitBand(null), 'good'],
    [abandonBand(5), 'good'],
    [abandonBand(10.1), 'bad'],
    [availableBand(0, 1), 'bad'],
    [availableBand(0, 0), 'none'],
  ])('%s is %s', (band, expected) => {
    expect(band).toBe(expected);
  });

  test('an agent shows what the busiest slot does, else the state', () => {
    expect(doingOf(agent({ state: 'ready', slots: [slot('wrap_up', 'voice', 9), slot('engaged', 'webchat', 7), slot('engaged', 'wechat', 5)] }))).toEqual({ shape: 'engaged', word: 'activity.engaged', sinceMs: 5, contacts: 2 });
    expect(doingOf(agent({ slots: [slot('engaged', 'voice', 3)] })).word).toBe('activity.talking');
    expect(doingOf(agent({ slots: [slot('reserved', 'voice', 3)] })).word).toBe('activity.ringing');
    expect(doingOf(agent({ slots: [slot('wrap_up', 'email', 3)] })).shape).toBe('wrap_up');
    expect(doingOf(agent({ state: 'break', sinceMs: 4 }))).toMatchObject({ shape: 'break', sinceMs: 4 });
  });

  test('the grid goes by team and number, and finds by name or number', () => {
    const agents = [agent({ agentId: '1', agentNo: '2', team: 'B', name: '坐席 2' }), agent({ agentId: '2', agentNo: '1', team: 'B', name: '坐席 1' }), agent({ agentId: '3', agentNo: '9', team: 'A', state: 'signed_out' })];
    expect(gridRows(agents, 1, everybody).map((row) => (row.kind === 'team' ? `${row.team} ${row.signedIn}/${row.all}` : row.agents.map((one) => one.agentNo).join()))).toEqual(['B 2/2', '1', '2']);
    expect(gridRows(agents, 3, { ...everybody, search: '坐席 2' })).toHaveLength(2);
    expect(gridRows(agents, 3, { ...everybody, signedOut: true }).filter((row) => row.kind === 'team')).toEqual([
      { kind: 'team', team: 'B', signedIn: 2, all: 2 },
      { kind: 'team', team: 'A', signedIn: 0, all: 1 },
    ]);
  });

  test('the grid shows one team, one state, one queue, or what fits them all', () => {
    const agents = [
      agent({ agentId: '1', agentNo: '1', team: 'A', queues: ['billing'] }),
      agent({ agentId: '2', agentNo: '2', team: 'A', queues: ['fault'], slots: [slot('engaged', 'voice', 1)] }),
      agent({ agentId: '3', agentNo: '3', team: '', queues: ['fault'], state: 'break' }),
    ];
    const shown = (filter: Partial<GridFilter>) => gridRows(agents, 3, { ...everybody, ...filter }).flatMap((row) => (row.kind === 'team' ? [] : row.agents.map((one) => one.agentId)));
    expect(shown({ team: 'A' })).toEqual(['1', '2']);
    expect(shown({ team: '' })).toEqual(['3']);
    expect(shown({ shape: 'ready' })).toEqual(['1']);
    expect(shown({ shape: 'engaged' })).toEqual(['2']);
    expect(shown({ queue: 'fault' })).toEqual(['2', '3']);
    expect(shown({ queue: 'fault', shape: 'break', team: 'A' })).toEqual([]);
  });
});

test('frames that come within one animation frame draw once, with the latest values', () => {
  const scheduled: (() => void)[] = [];
  const feed = createWallFeed((draw) => scheduled.push(draw));
  let drawn = 0;
  feed.state.subscribe(() => (drawn += 1));
  feed.take({ type: 'queues', full: true, queues: [queue({ queue: 'a', waiting: 1 }), queue({ queue: 'gone' })] });
  feed.take({ type: 'queues', full: true, queues: [queue({ queue: 'a', waiting: 1 })] });
  for (let waiting = 2; waiting <= 200; waiting += 1) feed.take({ type: 'queues', full: false, queues: [queue({ queue: 'a', waiting })] });
  expect([scheduled.length, drawn]).toEqual([1, 0]);
  scheduled[0]?.();
  expect(drawn).toBe(1);
  expect([...feed.state.get().queues.values()].map((one) => [one.queue, one.waiting])).toEqual([['a', 200]]);
});
