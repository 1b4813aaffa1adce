import { beforeEach, describe, expect, test } from '@jest/globals';
import type { RecordingErased } from '@patchbay/contracts/recording/v1/recording_event';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import type { KeptItem } from './domain/kept-contact.ts';
import { startRetentionSweep, sweepRetention, type SweepPorts } from './retention-sweep.ts';
import { createCrashes, createFakeCentres, createFakeFacts, createFakeFiles, createFakeIndex } from './testing/fakes.ts';

const readyMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const refOf = (object: string) => ({ object, mime: '', sha256: '', sizeBytes: 1n, name: '' });

function itemOf(id: string, fields: Partial<KeptItem> = {}): KeptItem {
  return {
    id,
    kind: 'recording',
    status: 'ready',
    object: refOf(`${id}.wav`),
    peaks: refOf(`${id}.json`),
    durationMs: 1,
    gapMs: 0,
    startedMs: readyMs,
    readyMs,
    retentionClass: 'default',
    held: false,
    origin: '',
    ...fields,
  };
}

function createWorld(days: number | undefined) {
  const crashes = createCrashes();
  const clock = createFakeClock(readyMs);
  const ports = { facts: createFakeFacts(crashes), files: createFakeFiles(crashes), index: createFakeIndex(crashes), centres: createFakeCentres(days), clock, log: silentLogger, metrics: createMetrics('sweep-test') };
  return { crashes, ...ports, ports: ports satisfies SweepPorts };
}

let world: ReturnType<typeof createWorld>;

async function keep(...items: KeptItem[]): Promise<void> {
  for (const item of items) {
    for (const object of [item.object, item.peaks]) if (object !== undefined) world.files.stored.set(object.object, Buffer.from('x'));
    await world.index.put('demo', { contactId: `c-${item.id}`, agents: [], items: [item] });
  }
}

const sweep = () => sweepRetention(world.ports, new AbortController().signal);
const statusOf = (id: string) => world.index.entries.get(`demo.c-${id}`)?.kept.items[0]?.status;
const erased = () => world.facts.stored.map((fact) => fact.event as RecordingErased);

beforeEach(() => {
  world = createWorld(30);
});

describe('what is past its retention class', () => {
  test('goes with its drawing on the day, not before, and leaves a fact', async () => {
    await keep(itemOf('a'));
    world.clock.jump(30 * dayMs - 1);
    expect(await sweep()).toBe(0);
    world.clock.jump(1);
    expect(await sweep()).toBe(1);
    expect([...world.files.stored.keys()]).toEqual([]);
    expect(erased()).toEqual([{ contactId: 'c-a', recordingId: 'a', reason: 'retention' }]);
    expect(statusOf('a')).toBe('erased');
    expect(await sweep()).toBe(0);
    expect(erased()).toHaveLength(1);
  });

  test('stays under a legal hold', async () => {
    await keep(itemOf('a', { held: true }), itemOf('b'));
    world.clock.jump(31 * dayMs);
    expect(await sweep()).toBe(1);
    expect([statusOf('a'), statusOf('b')]).toEqual(['ready', 'erased']);
  });

  test('stays when its class keeps for ever, or is not known', async () => {
    for (const days of [0, undefined]) {
      world = createWorld(days);
      await keep(itemOf('a'));
      world.clock.jump(10_000 * dayMs);
      expect(await sweep()).toBe(0);
    }
  });

  test('is not what runs, failed or is gone', async () => {
    await keep(itemOf('a', { status: 'recording' }), itemOf('b', { status: 'failed' }), itemOf('c', { status: 'erased' }));
    world.clock.jump(31 * dayMs);
    expect(await sweep()).toBe(0);
  });

  test('is erased once wherever the sweep dies', async () => {
    for (let call = 0; call < 5; call += 1) {
      for (const moment of ['before', 'after'] as const) {
        world = createWorld(30);
        await keep(itemOf('a'));
        world.clock.jump(31 * dayMs);
        world.crashes.arm(call, moment);
        await sweep();
        await sweep();
        expect(world.files.stored.size).toBe(0);
        expect(erased()).toHaveLength(1);
        expect(statusOf('a')).toBe('erased');
      }
    }
  });

  test('stays when a legal hold comes in after it was judged', async () => {
    await keep(itemOf('a'));
    world.clock.jump(31 * dayMs);
    const get = world.ports.index.get.bind(world.ports.index);
    let first = true;
    world.ports.index.get = async (tenant, contactId) => {
      const entry = await get(tenant, contactId);
      if (first && entry !== undefined) {
        first = false;
        await world.index.put(tenant, { ...entry.kept, items: entry.kept.items.map((item) => ({ ...item, held: true })) });
      }
      return entry;
    };
    expect(await sweep()).toBe(0);
    expect(world.files.stored.size).toBe(2);
    expect(statusOf('a')).toBe('ready');
  });
});

test('the sweep runs again and again until it is stopped', async () => {
  await keep(itemOf('a'));
  const running = startRetentionSweep(world.ports, 3_600_000);
  await world.clock.advanceAsync(30_000);
  expect(statusOf('a')).toBe('ready');
  world.clock.jump(31 * dayMs);
  await world.clock.advanceAsync(3_600_000);
  expect(statusOf('a')).toBe('erased');
  await running.stop();
  expect(world.clock.pendingTimers()).toBe(0);
});
