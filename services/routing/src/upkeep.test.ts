import { describe, expect, test } from '@jest/globals';
import type { AnyFact } from '@patchbay/bus/fact';
import { ContactEnded } from '@patchbay/contracts/contact/v1/contact_event';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createChangeFeed } from './change-feed.ts';
import { createDesk } from './desk.ts';
import type { RoutingFact } from './domain/facts.ts';
import { Scenario, words } from './domain/testing/scenario.ts';
import { createLastSequences } from './last-sequences.ts';
import type { Journal, JournalEntry, StoredSnapshot } from './ports.ts';
import { createAuditTask, createSnapshotTask, createWitnessTask } from './upkeep.ts';
import { createWriter } from './writer.ts';

const asStored = (fact: RoutingFact, sequence: number) => ({ ...fact, sequence, domain: fact.type.includes('.agent.') ? 'agent' : 'routing' }) as unknown as AnyFact;

/** A domain with a writer over a journal in memory, and a contact with an agent. */
function held() {
  const centre = new Scenario({ queues: { sales: { wrapUp: { mode: 4 } } }, agents: { anna: { queues: ['sales'], capacity: { voice: 1 } } } });
  centre.ready('anna');
  centre.request('c1');
  centre.accept('c1');
  const clock = createFakeClock(centre.nowMs);
  const stored: AnyFact[] = [];
  const story: AnyFact[] = [];
  const journal: Journal = {
    append(entries: readonly JournalEntry[]) {
      const sequences = entries.map((_, index) => stored.length + 1 + index);
      stored.push(...entries.map((entry, index) => asStored(entry.fact, sequences[index] ?? 0)));
      return Promise.resolve(sequences);
    },
    async *replay(fromSequence, _signal, skips) {
      for (const fact of stored) if (fact.sequence >= fromSequence && skips?.(fact.sequence) !== true) yield await Promise.resolve(fact);
    },
    async *replayContacts() {},
    async *follow() {},
    history: () => Promise.resolve(story),
  };
  let ids = 0;
  const writer = createWriter({
    state: centre.state,
    sequences: createLastSequences(),
    lastSequence: 0,
    journal,
    epoch: 3n,
    isHeld: () => true,
    nowMs: () => clock.nowMs(),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    newId: () => `new-${String((ids += 1))}`,
    onBroken: () => {},
    onCommitted: () => {},
  });
  const rebuilt: string[] = [];
  const slot = { current: () => Promise.resolve(writer), rebuild: (because: string) => void rebuilt.push(because), close: () => Promise.resolve() };
  const desk = createDesk({ ...slot, feed: createChangeFeed(), clock, agentLeaseMs: 9_000 });
  const { signal } = new AbortController();
  return { centre, clock, journal, stored, story, writer, slot, desk, rebuilt, signal };
}

describe('the audit', () => {
  test('lets go of a contact that ended without routing having heard of it', async () => {
    const { centre, clock, story, stored, desk, journal, signal } = held();
    const audit = createAuditTask({ desk, journal, signal });
    story.push({ type: 'patchbay.contact.v1.ContactEnded', domain: 'contact', id: 'e', event: ContactEnded.fromPartial({ contactId: 'c1' }) } as AnyFact);
    await audit();
    expect(stored).toEqual([]);
    clock.advance(6 * 60_000);
    await audit();
    expect(words(stored as unknown as RoutingFact[])).toContain('WrapUpStarted c1 anna');
    expect(centre.assignment('c1')?.wrapUp).toBeDefined();
  });

  test('leaves alone what goes on, and asks no more often than every five minutes', async () => {
    const { clock, desk, journal, signal, stored } = held();
    let asked = 0;
    const audit = createAuditTask({ desk, journal: { ...journal, history: () => Promise.resolve(void (asked += 1)).then(() => []) }, signal });
    clock.advance(6 * 60_000);
    await audit();
    await audit();
    expect(asked).toBe(1);
    expect(words(stored as unknown as RoutingFact[]).filter((one) => one.includes('c1'))).toEqual([]);
  });
});

describe('the witness', () => {
  test('has the state built again when somebody else wrote about this domain', async () => {
    const { centre, desk, journal, signal, slot, stored, rebuilt } = held();
    const witness = createWitnessTask({ slot, journal, desk, signal });
    await desk.input({ kind: 'SignOut', request: { agentId: 'nobody' }, by: 1 }, { signal });
    await witness();
    expect(rebuilt).toEqual([]);
    const foreign = centre.facts.find((fact) => fact.type === 'patchbay.agent.v1.AgentStateChanged');
    stored.push(asStored(foreign as RoutingFact, stored.length + 1));
    await desk.input({ kind: 'ContactEnded', event: ContactEnded.fromPartial({ contactId: 'c1' }) }, { signal });
    await witness();
    expect(rebuilt).toEqual(['a fact of another writer']);
  });

  test('is at ease with facts of other domains and with its own', async () => {
    const { desk, journal, signal, slot, stored, rebuilt } = held();
    stored.push(asStored({ type: 'patchbay.agent.v1.AgentSignedOut', key: 'stranger', timeMs: 1, event: { agentId: 'stranger', by: 1, actor: '', reason: '' } }, 1));
    await desk.input({ kind: 'ContactEnded', event: ContactEnded.fromPartial({ contactId: 'c1' }) }, { signal });
    await createWitnessTask({ slot, journal, desk, signal })();
    expect(rebuilt).toEqual([]);
  });
});

describe('the snapshot', () => {
  test('is saved when facts came, with the place in the stream and the epoch', async () => {
    const { desk, slot, signal } = held();
    const saved: { stored: StoredSnapshot; epoch: bigint }[] = [];
    const save = createSnapshotTask({
      slot,
      lease: { name: 'x', epoch: 3n, isHeld: () => true, release: () => Promise.resolve() },
      snapshots: { load: () => Promise.resolve(undefined), save: (stored, epoch) => Promise.resolve(void saved.push({ stored, epoch })) },
    });
    await save();
    expect(saved).toEqual([]);
    await desk.input({ kind: 'ContactEnded', event: ContactEnded.fromPartial({ contactId: 'c1' }) }, { signal });
    await save();
    await save();
    expect(saved).toHaveLength(1);
    expect(saved[0]).toMatchObject({ epoch: 3n, stored: { sequence: 2, subjects: [['contact:c1', 1], ['agent:anna', 2]] } });
    expect(saved[0]?.stored.snapshot.state.assignments).toHaveLength(1);
  });
});
