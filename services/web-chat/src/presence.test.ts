import { describe, expect, test } from '@jest/globals';
import { silentLogger } from '@patchbay/runtime/logger';
import { createFakeClock, type FakeClock } from '@patchbay/testkit/fake-clock';
import type { StateStore } from './ports.ts';
import { createPresence, type Presence } from './presence.ts';

/** A bucket whose values go when their time is over. */
function createStore(clock: FakeClock): StateStore {
  const values = new Map<string, { value: Uint8Array; revision: number; untilMs: number }>();
  let revision = 0;
  const alive = (key: string) => {
    const entry = values.get(key);
    return entry !== undefined && entry.untilMs > clock.nowMs() ? entry : undefined;
  };
  const put: StateStore['put'] = (key, value, { ttlMs = Infinity } = {}) => {
    revision += 1;
    values.set(key, { value, revision, untilMs: clock.nowMs() + ttlMs });
    return Promise.resolve(revision);
  };
  return {
    get: (key) => Promise.resolve(alive(key)),
    create: put,
    put,
    delete: (key) => Promise.resolve(void values.delete(key)),
    keys: (prefix) => Promise.resolve([...values.keys()].filter((key) => key.startsWith(`${prefix}.`) && alive(key) !== undefined)),
  };
}

function openCentre(isServed: () => boolean | undefined = () => false) {
  const clock = createFakeClock();
  const store = createStore(clock);
  const ended: string[] = [];
  const replica = (name: string): Presence =>
    createPresence({
      store,
      replica: name,
      awayLimit: { waitingMs: 60_000, connectedMs: 600_000 },
      isServed: () => Promise.resolve(isServed()),
      end: (_, contactId) => Promise.resolve(void ended.push(contactId)),
      clock,
      log: silentLogger,
    });
  return { clock, store, ended, replica };
}

describe('a visitor who is away', () => {
  test('leaves the queue after the limit, once', async () => {
    const { clock, ended, replica } = openCentre();
    const presence = replica('r1');
    presence.enter('demo', 'c1');
    presence.leave('demo', 'c1');
    await clock.advanceAsync(59_000);
    expect(ended).toEqual([]);
    await clock.advanceAsync(20_000);
    expect(ended).toEqual(['c1']);
    await clock.advanceAsync(120_000);
    expect(ended).toEqual(['c1']);
  });

  test('may be away longer while an agent serves the contact', async () => {
    const { clock, ended, replica } = openCentre(() => true);
    const presence = replica('r1');
    presence.enter('demo', 'c1');
    presence.leave('demo', 'c1');
    await clock.advanceAsync(590_000);
    expect(ended).toEqual([]);
    await clock.advanceAsync(30_000);
    expect(ended).toEqual(['c1']);
  });

  test('who comes back in time, to another replica, keeps the place', async () => {
    const { clock, ended, replica } = openCentre();
    const [one, two] = [replica('r1'), replica('r2')];
    one.enter('demo', 'c1');
    one.leave('demo', 'c1');
    await clock.advanceAsync(40_000);
    two.enter('demo', 'c1');
    await clock.advanceAsync(600_000);
    expect(ended).toEqual([]);
  });

  test('who closes one of two tabs on two replicas is still there', async () => {
    const { clock, ended, replica } = openCentre();
    const [one, two] = [replica('r1'), replica('r2')];
    one.enter('demo', 'c1');
    two.enter('demo', 'c1');
    await clock.advanceAsync(1_000);
    two.leave('demo', 'c1');
    await clock.advanceAsync(600_000);
    expect(ended).toEqual([]);
  });

  test('whose replica died counts as away from when the others notice', async () => {
    const { clock, store, ended, replica } = openCentre();
    replica('r1');
    const record = JSON.stringify({ tenant: 'demo', replica: 'dead', sinceMs: clock.nowMs() });
    await store.put('webchat-present.c1', Buffer.from(record));
    await clock.advanceAsync(60_000);
    expect(ended).toEqual([]);
    await clock.advanceAsync(40_000);
    expect(ended).toEqual(['c1']);
  });

  test('whose contact has ended is forgotten', async () => {
    const { clock, store, ended, replica } = openCentre(() => undefined);
    const presence = replica('r1');
    presence.enter('demo', 'c1');
    presence.leave('demo', 'c1');
    await clock.advanceAsync(90_000);
    expect(ended).toEqual([]);
    expect(await store.keys('webchat-present')).toEqual([]);
  });
});
