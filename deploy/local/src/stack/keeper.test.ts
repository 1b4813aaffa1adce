import { describe, expect, test } from '@jest/globals';
import type { Clock } from '@patchbay/runtime/clock';
import { keep, type KeeperEvent, type ReadyProcess } from './keeper.ts';

/** A clock that moves only when told; timers run as it passes them. */
function createClock(): Clock & { advance(ms: number): Promise<void> } {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; callback: () => void }>();
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      nowMs += ms;
      for (const timer of [...timers]) {
        if (timer.atMs > nowMs) continue;
        timers.delete(timer);
        timer.callback();
      }
      await settled();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Processes that live until they are stopped, killed or crash. */
function createProcesses() {
  const started: (ReadyProcess & { crash(): void })[] = [];
  return {
    started,
    start: () => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      const end = (how: string) => {
        resolve({ how });
        return Promise.resolve();
      };
      const process = { pid: started.length + 1, exited: promise, stop: () => end('stopped'), kill: () => end('killed'), crash: () => void end('crashed') };
      started.push(process);
      return Promise.resolve(process);
    },
  };
}

function setUp(start?: () => Promise<ReadyProcess>) {
  const clock = createClock();
  const processes = createProcesses();
  const events: KeeperEvent[] = [];
  const keeper = keep({ name: 'routing', clock, start: start ?? processes.start, onEvent: (event) => void events.push(event), backoff: { firstMs: 1000, limitMs: 8000 } });
  return { clock, processes, events, keeper };
}

describe('keeping a process', () => {
  test('a crashed process is started again after a wait', async () => {
    const { clock, processes, events, keeper } = setUp();
    await keeper.ready;
    processes.started[0]!.crash();
    await settled();
    expect(keeper.pid()).toBeUndefined();
    expect(processes.started).toHaveLength(1);
    await clock.advance(1000);
    expect(keeper.pid()).toBe(2);
    expect(events.map(({ kind }) => kind)).toEqual(['ready', 'ended', 'ready']);
    await keeper.stop();
  });

  test('one that crashes again and again waits longer each time, up to the limit', async () => {
    const { clock, processes, events, keeper } = setUp();
    await keeper.ready;
    for (let crash = 0; crash < 6; crash += 1) {
      processes.started.at(-1)!.crash();
      await settled();
      await clock.advance(8000);
    }
    const waits = events.flatMap((event) => (event.kind === 'ended' ? [event.retryInMs] : []));
    // Half to the whole of 1, 2, 4, 8, 8, 8 seconds.
    const full = [1000, 2000, 4000, 8000, 8000, 8000];
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(full[index]! / 2);
      expect(wait).toBeLessThanOrEqual(full[index]!);
    }
    await keeper.stop();
  });

  test('half a minute of good work makes the next crash a first one', async () => {
    const { clock, processes, events, keeper } = setUp();
    await keeper.ready;
    for (let crash = 0; crash < 3; crash += 1) {
      await clock.advance(30_000);
      processes.started.at(-1)!.crash();
      await settled();
      await clock.advance(1000);
    }
    const waits = events.flatMap((event) => (event.kind === 'ended' ? [event.retryInMs] : []));
    expect(waits).toHaveLength(3);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1000);
    await keeper.stop();
  });

  test('one that never becomes ready is given up after four tries, with its last failure', async () => {
    let tries = 0;
    const { clock, keeper, events } = setUp(() => Promise.reject(new Error(`no ${(tries += 1)}`)));
    const failed = expect(keeper.ready).rejects.toThrow('no 4');
    for (let turn = 0; turn < 5; turn += 1) await clock.advance(8000);
    await failed;
    expect(tries).toBe(4);
    expect(events.map(({ kind }) => kind)).toEqual(['did not start', 'did not start', 'did not start']);
  });

  test('a stopped process stays down', async () => {
    const { clock, processes, keeper } = setUp();
    await keeper.ready;
    await keeper.stop();
    await clock.advance(60_000);
    expect(processes.started).toHaveLength(1);
  });

  test('a stop while it waits to start again ends the wait', async () => {
    const { processes, keeper } = setUp();
    await keeper.ready;
    processes.started[0]!.crash();
    await settled();
    await keeper.stop();
    expect(processes.started).toHaveLength(1);
  });
});
