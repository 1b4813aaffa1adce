import { describe, expect, test } from '@jest/globals';
import type { AnyFact } from '@patchbay/bus/fact';
import { createEmptyState } from '../build-writer.ts';
import { isRoutingFact } from '../contact-inputs.ts';
import { evolve } from '../domain/evolve.ts';
import { toSnapshot } from '../domain/snapshot.ts';
import { defaultRules } from '../domain/state.ts';
import { createFixedDirectory } from './fixed-directory.ts';
import { checkReplay } from './replay.ts';
import { at, narrowResources, place, record } from './testing/recorded-day.ts';

const directory = createFixedDirectory(narrowResources);
const createState = () => createEmptyState({ place, directory, rules: defaultRules, nowMs: () => at(0) });
/** As the stream numbers them: facts of other domains lie between. */
const facts = record().map((fact, index) => ({ ...fact, sequence: 10 + index }) as AnyFact);
const routingFacts = facts.filter(isRoutingFact);
const read = (fromSequence: number) => routingFacts.filter((fact) => fact.sequence >= fromSequence);

/** What a writer had saved when so many facts were in. */
function saved(count: number) {
  const state = createState();
  for (const fact of routingFacts.slice(0, count)) evolve(state, fact);
  return { snapshot: JSON.parse(JSON.stringify(toSnapshot(state))) as ReturnType<typeof toSnapshot>, sequence: routingFacts[count - 1]!.sequence, subjects: [] };
}

describe('a replay', () => {
  test.each([1, 17, 400, routingFacts.length])('of the facts up to what the writer saved after %d gives the same state, from either, twice', async (count) => {
    const { checks, ...outcome } = await checkReplay({ createState, read, stored: saved(count), isComplete: true });
    expect(outcome).toEqual({ facts: routingFacts.length, lastSequence: routingFacts.at(-1)?.sequence });
    expect(checks.map(({ name }) => name)).toEqual(['live_at_snapshot', 'twice', 'from_snapshot']);
    expect(checks.filter(({ left, right }) => left !== right)).toEqual([]);
  });

  test('of a stream that lost a fact is told from what the writer saved', async () => {
    const lost = routingFacts.slice(0, 400).findLast(({ type }) => type === 'patchbay.routing.v1.ContactAssigned')?.sequence;
    const { checks } = await checkReplay({ createState, read: (from) => read(from).filter((fact) => fact.sequence !== lost), stored: saved(400), isComplete: true });
    const [live] = checks;
    expect(live?.name).toBe('live_at_snapshot');
    expect(live?.left).not.toBe(live?.right);
  });

  test('of a stream whose first facts are gone begins at what the writer saved', async () => {
    const stored = saved(400);
    const { checks, facts: count } = await checkReplay({ createState, read, stored, isComplete: false });
    expect(checks.map(({ name }) => name)).toEqual(['twice']);
    expect(count).toBe(routingFacts.length - 400);
  });
});
