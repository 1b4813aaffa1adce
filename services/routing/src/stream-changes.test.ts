import { expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createChangeFeed } from './change-feed.ts';
import type { Desk } from './desk.ts';
import { Scenario } from './domain/testing/scenario.ts';
import { streamChanges } from './stream-changes.ts';

test('everything comes first, then only what changed, the first at once and the rest at most twice a second', async () => {
  const clock = createFakeClock();
  const feed = createChangeFeed();
  const { state } = new Scenario({ queues: {}, agents: {} });
  const desk = { clock, feed, look: (look) => Promise.resolve(look(state, clock.nowMs())) } as Pick<Desk, 'clock' | 'feed' | 'look'> as Desk;
  const stop = new AbortController();
  const pushes: { atMs: number; names: string[] }[] = [];
  const startMs = clock.monotonicMs();
  const stream = (async () => {
    for await (const names of streamChanges({ desk, kind: 'queues', everyMs: 500, signal: stop.signal }, (_state, _nowMs, changed) => [...(changed ?? ['all'])])) {
      pushes.push({ atMs: clock.monotonicMs() - startMs, names });
    }
  })().catch(() => undefined);
  await clock.advanceAsync(1_000);
  for (let tick = 0; tick < 100; tick += 1) {
    feed.publish({ queues: new Set([`q${String(tick % 3)}`]), agents: new Set(['nobody']) });
    await clock.advanceAsync(10);
  }
  await clock.advanceAsync(1_000);
  stop.abort(new Error('enough'));
  await stream;
  expect(pushes).toEqual([
    { atMs: 0, names: ['all'] },
    { atMs: 1_000, names: ['q0'] },
    { atMs: 1_500, names: ['q1', 'q2', 'q0'] },
    { atMs: 2_000, names: expect.arrayContaining(['q0', 'q1', 'q2']) as unknown as string[] },
  ]);
});
