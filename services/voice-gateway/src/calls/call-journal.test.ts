import { describe, expect, test } from '@jest/globals';
import { errorsOf } from '@patchbay/runtime/app-error';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import type { CallFact } from '../domain/call/call-fact.ts';
import type { FactStore, StampedFact } from '../ports.ts';
import { CallJournal } from './call-journal.ts';

const fail = errorsOf({
  BUS_UNAVAILABLE: { status: 'unavailable', meaning: 'no answer', remedy: 'wait' },
  BUS_STALE_WRITER: { status: 'aborted', meaning: 'newer facts', remedy: 'read' },
  BUS_BAD_NAME: { status: 'invalid_argument', meaning: 'bad', remedy: 'mend' },
});
const rang = (legId: string): CallFact => ({ name: 'LegRang', event: { contactId: 'c', legId } });

/** A store that keeps what it is given and fails as it is told. */
function createStore() {
  const stored: StampedFact[] = [];
  const faults: ('away' | 'stored-but-away' | 'bad')[] = [];
  let foreign = 0;
  const last = () => ({ contact: foreign, voice: stored.length });
  const store: FactStore = {
    append({ facts, after }) {
      const fault = faults.shift();
      if (fault === 'away') return Promise.reject(fail('BUS_UNAVAILABLE'));
      if (fault === 'bad') return Promise.reject(fail('BUS_BAD_NAME'));
      if (after.voice !== stored.length || after.contact !== foreign) return Promise.reject(fail('BUS_STALE_WRITER'));
      stored.push(...facts);
      return fault === 'stored-but-away' ? Promise.reject(fail('BUS_UNAVAILABLE')) : Promise.resolve(last());
    },
    readBack: () => Promise.resolve({ ids: new Set(stored.map(({ id }) => id)), last: last() }),
  };
  return { store, stored, faults, intrude: () => (foreign += 1), legs: () => stored.map((fact) => (fact.name === 'LegRang' ? fact.event.legId : '')) };
}

function startJournal() {
  const clock = createFakeClock();
  const world = createStore();
  let lost = 0;
  const giveUp = new AbortController();
  const journal = new CallJournal({
    tenant: 'demo',
    contactId: 'c',
    home: undefined,
    store: world.store,
    clock,
    ids: createIdSource(clock),
    log: silentLogger,
    signal: giveUp.signal,
    onOwnershipLost: () => (lost += 1),
  });
  return { ...world, journal, clock, giveUp, lost: () => lost };
}

describe('the journal of a call', () => {
  test('stores facts in the order given, those that are known late in their place', async () => {
    const { journal, legs } = startJournal();
    let know: (facts: readonly CallFact[]) => void = () => {};
    journal.append([rang('1')]);
    journal.appendWhenKnown(() => new Promise((resolve) => (know = resolve)));
    journal.append([rang('3')]);
    await new Promise((resolve) => setImmediate(resolve));
    know([rang('2')]);
    await journal.idle();
    expect(legs()).toEqual(['1', '2', '3']);
  });

  test('waits as long as the bus is away, and stores everything once', async () => {
    const { journal, clock, faults, legs } = startJournal();
    faults.push('away', 'away', 'away', 'stored-but-away');
    journal.append([rang('1')]);
    journal.append([rang('2')]);
    await clock.advanceAsync(60_000);
    await journal.idle();
    expect(legs()).toEqual(['1', '2']);
  });

  test('stops and says so when another gateway wrote', async () => {
    const { journal, intrude, legs, lost, clock } = startJournal();
    journal.append([rang('1')]);
    await journal.idle();
    intrude();
    journal.append([rang('2')]);
    journal.append([rang('3')]);
    await clock.advanceAsync(60_000);
    await journal.idle();
    expect(legs()).toEqual(['1']);
    expect(lost()).toBe(1);
  });

  test('tells at once when the first facts cannot be stored, and stores them with the end', async () => {
    const { journal, clock, faults, legs } = startJournal();
    faults.push('away');
    await expect(journal.open([rang('1')])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    journal.append([rang('end')]);
    await clock.advanceAsync(10_000);
    await journal.idle();
    expect(legs()).toEqual(['1', 'end']);
  });

  test('lets go of a batch that can never be stored', async () => {
    const { journal, faults, legs } = startJournal();
    faults.push('bad');
    journal.append([rang('1')]);
    journal.append([rang('2')]);
    await journal.idle();
    expect(legs()).toEqual(['2']);
  });

  test('gives up when the process must end', async () => {
    const { journal, clock, faults, giveUp, legs } = startJournal();
    faults.push(...Array.from({ length: 100 }, () => 'away' as const));
    journal.append([rang('1')]);
    await clock.advanceAsync(1_000);
    giveUp.abort();
    await clock.advanceAsync(10_000);
    await journal.idle();
    expect(legs()).toEqual([]);
  });
});
