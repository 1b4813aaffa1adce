import { describe, expect, test } from '@jest/globals';
import type { AnyFact } from '@patchbay/bus/fact';
import { silentLogger } from '@patchbay/runtime/logger';
import { eventually } from '@patchbay/testkit/eventually';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { buildState } from './build-writer.ts';
import { isRoutingFact } from './contact-inputs.ts';
import type { DirectoryChange } from './directory.ts';
import { toSnapshot } from './domain/snapshot.ts';
import { defaultRules } from './domain/state.ts';
import { createFixedDirectory } from './lab/fixed-directory.ts';
import { hashSnapshot } from './lab/replay.ts';
import { at, narrowResources, place, record } from './lab/testing/recorded-day.ts';
import type { Journal } from './ports.ts';
import { createStandby } from './standby.ts';

/** A day's facts in a stream of which only some have happened yet. */
function standingBy(happened: number) {
  const facts = record().map((fact, index) => ({ ...fact, sequence: 10 + index }) as AnyFact);
  let end = happened;
  let wake = () => {};
  const listeners = new Set<(change: DirectoryChange) => void>();
  const journal: Journal = {
    append: () => Promise.reject(new Error('somebody else writes')),
    async *replay(fromSequence) {
      for (const fact of facts.slice(0, end)) if (fact.sequence >= fromSequence && isRoutingFact(fact)) yield await Promise.resolve(fact);
    },
    async *replayContacts() {},
    async *follow(fromSequence, signal) {
      for (let place = facts.findIndex(({ sequence }) => sequence >= fromSequence); !signal.aborted; ) {
        if (place >= 0 && place < end) yield facts[place++] as AnyFact;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener('abort', () => void resolve(), { once: true });
          });
        }
      }
    },
    history: () => Promise.resolve([]),
  };
  const directory = { ...createFixedDirectory(narrowResources), onChange: (listener: (change: DirectoryChange) => void) => (listeners.add(listener), () => listeners.delete(listener)) };
  const snapshots = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };
  const parts = { place, directory, rules: defaultRules, journal, snapshots, nowMs: () => at(0), signal: new AbortController().signal };
  const clock = createFakeClock(at(0));
  let read = 0;
  const counted = { ...journal, follow: (from: number, signal: AbortSignal) => ((read = from), journal.follow(from, signal)) };
  const standby = createStandby({ ...parts, journal: counted, clock, log: silentLogger });
  return {
    standby,
    parts,
    clock,
    facts,
    listeners,
    following: () => eventually('it follows', () => read > 0),
    happen(count: number) {
      end = count;
      wake();
    },
  };
}

describe('a process that stands by', () => {
  test('has, when it takes over, the state that a replay of all facts gives', async () => {
    const { standby, parts, facts, following, happen } = standingBy(300);
    await following();
    happen(facts.length - 5);
    await new Promise((resolve) => setImmediate(resolve));
    const warm = await standby.take();
    happen(facts.length - 5);
    const cold = await buildState(parts);
    expect(warm?.lastSequence).toBe(cold.lastSequence);
    expect(hashSnapshot(toSnapshot(warm!.state))).toBe(hashSnapshot(toSnapshot(cold.state)));
    expect(warm?.sequences.entries()).toEqual(cold.sequences.entries());
  });

  test('throws its state away when the centre changes, and listens no more once it has taken over', async () => {
    const { standby, listeners, following } = standingBy(300);
    await following();
    for (const listener of listeners) listener({ tenant: place.tenant, kind: 'Queue', name: 'sales' });
    expect(await standby.take()).toBeUndefined();
    expect(listeners.size).toBe(0);
  });

  test('keeps it when another centre changes', async () => {
    const { standby, listeners, following } = standingBy(300);
    await following();
    for (const listener of listeners) listener({ tenant: 'other', kind: 'Queue', name: 'sales' });
    expect((await standby.take())?.replayed).toBeGreaterThan(200);
  });
});
