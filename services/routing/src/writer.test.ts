import { describe, expect, test } from '@jest/globals';
import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { AppError } from '@patchbay/runtime/app-error';
import { createFakeClock, type FakeClock } from '@patchbay/testkit/fake-clock';
import { agentFact, type RoutingFact } from './domain/facts.ts';
import { takeInput } from './domain/perform.ts';
import { Scenario, words } from './domain/testing/scenario.ts';
import { createLastSequences } from './last-sequences.ts';
import type { Journal, JournalEntry } from './ports.ts';
import { createSteadyClock } from './steady-clock.ts';
import { createWriter, type Work, type Writer } from './writer.ts';

/** A journal in memory whose appends are answered when the test says so. */
function createHeldJournal() {
  const batches: (readonly JournalEntry[])[] = [];
  const answers: { answer(): void; fail(error: Error): void }[] = [];
  let sequence = 100;
  const journal: Pick<Journal, 'append'> = {
    append(entries) {
      batches.push(entries);
      return new Promise((resolve, reject) => {
        answers.push({
          answer: () => {
            resolve(entries.map(() => (sequence += 1)));
          },
          fail: reject,
        });
      });
    },
  };
  return { journal: journal as Journal, batches, next: () => answers.shift() };
}

interface Bench {
  writer: Writer;
  clock: FakeClock;
  centre: Scenario;
  journal: ReturnType<typeof createHeldJournal>;
  broken: AppError[];
  committed: string[];
  lease: { held: boolean };
}

function bench(): Bench {
  const centre = new Scenario({ queues: { sales: {} }, agents: { anna: { queues: ['sales'], capacity: { voice: 1 } } } });
  const clock = createFakeClock(centre.nowMs);
  const journal = createHeldJournal();
  const broken: AppError[] = [];
  const committed: string[] = [];
  const lease = { held: true };
  let ids = 0;
  const writer = createWriter({
    state: centre.state,
    sequences: createLastSequences([['agent:anna', 42]]),
    lastSequence: 99,
    journal: journal.journal,
    epoch: 7n,
    isHeld: () => lease.held,
    nowMs: createSteadyClock(clock),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    newId: () => `id-${String((ids += 1))}`,
    onBroken: (error) => void broken.push(error),
    onCommitted: (_changes, facts) => void committed.push(...words(facts)),
  });
  return { writer, clock, centre, journal, broken, committed, lease };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

const signIn: Work<string> = (state, context) => ({ facts: takeInput(state, { kind: 'SignIn', request: { agentId: 'anna', device: 'web' } }, context).facts, answer: 'signed in' });
const setReady: Work<string> = (state, context) => ({
  facts: takeInput(state, { kind: 'SetState', request: { agentId: 'anna', state: AgentState.READY, reason: '' }, by: ChangedBy.AGENT }, context).facts,
  answer: 'ready',
});

describe('the writer', () => {
  test('tells nobody anything before the facts are stored', async () => {
    const { writer, journal, committed } = bench();
    let answer = '';
    void writer.submit(signIn).then((value) => (answer = value));
    await settle();
    expect(journal.batches).toHaveLength(1);
    expect([answer, committed]).toEqual(['', []]);
    journal.next()?.answer();
    await settle();
    expect([answer, committed]).toEqual(['signed in', ['AgentSignedIn anna', 'anna NOT_READY']]);
  });

  test('stores what came together, and what came meanwhile, as one batch each, with the sequence of each subject once', async () => {
    const { writer, journal } = bench();
    void writer.submit(signIn, { causationId: 'first' });
    void writer.submit(setReady, { causationId: 'second' });
    await settle();
    const meanwhile = writer.submit(setReady);
    await settle();
    expect(journal.batches).toHaveLength(1);
    expect(journal.batches[0]?.map((entry) => [entry.expectedSequence, entry.causationId])).toEqual([
      [42, 'first'],
      [undefined, 'first'],
      [undefined, 'second'],
    ]);
    journal.next()?.answer();
    // Nothing to write for the third: it is answered as soon as those before it are stored.
    expect(await meanwhile).toBe('ready');
    void writer.submit((state, context) => ({ facts: takeInput(state, { kind: 'SignOut', request: { agentId: 'anna' }, by: ChangedBy.AGENT }, context).facts, answer: '' }));
    await settle();
    expect(journal.batches[1]?.map((entry) => entry.expectedSequence)).toEqual([103]);
  });

  test('writes what it does of itself for a contact into the trace of its request, and says of the rest what led to it', async () => {
    const { writer, journal, clock } = bench();
    const request: Work<string> = (state, context) => {
      const event = RoutingRequested.fromPartial({ contactId: 'c1', requestId: 'r1', queue: 'sales', channel: 'voice' });
      return { facts: takeInput(state, { kind: 'RoutingRequested', event, timeMs: clock.nowMs() }, context).facts, answer: '' };
    };
    void writer.submit(request, { traceparent: 'channel' });
    void writer.submit(signIn, { traceparent: 'click' });
    void writer.submit(setReady, { traceparent: 'click' });
    await settle();
    expect(journal.batches[0]?.map(({ fact, traceparent, home }) => [fact.type.split('.').at(-1), traceparent, home])).toEqual([
      ['ContactQueued', 'channel', 'channel'],
      ['AgentSignedIn', 'click', undefined],
      ['AgentStateChanged', 'click', undefined],
      ['AgentStateChanged', 'click', undefined],
      ['ContactOffered', undefined, 'channel'],
      ['AgentSlotChanged', undefined, 'channel'],
    ]);
  });

  test('is broken when facts cannot be stored: everybody who waits is told to try again, nobody that it was done', async () => {
    const { writer, journal, broken, committed } = bench();
    const first = writer.submit(signIn);
    await settle();
    const second = writer.submit(setReady);
    journal.next()?.fail(new AppError('BUS_STALE_WRITER', { status: 'aborted', meaning: 'm', remedy: 'r' }));
    await expect(first).rejects.toMatchObject({ code: 'ROUTING_NOT_WRITER', retryable: true });
    await expect(second).rejects.toMatchObject({ code: 'ROUTING_NOT_WRITER' });
    await expect(writer.submit(setReady)).rejects.toMatchObject({ code: 'ROUTING_NOT_WRITER' });
    expect(broken.map((error) => error.code)).toEqual(['BUS_STALE_WRITER']);
    expect(committed).toEqual([]);
  });

  test('what comes while a batch is on its way is done by then, and follows the facts of that batch', async () => {
    const { writer, journal, centre } = bench();
    const first = writer.submit(signIn);
    await settle();
    const answers: string[] = [];
    void writer.submit(setReady).then((answer) => answers.push(answer));
    await settle();
    expect(centre.state.agents.get('anna')?.state).toBe(AgentState.READY);
    expect([journal.batches.length, answers]).toEqual([1, []]);
    journal.next()?.answer();
    await first;
    await settle();
    expect(journal.batches[1]?.map((entry) => entry.expectedSequence)).toEqual([102]);
    expect(answers).toEqual([]);
    journal.next()?.answer();
    await settle();
    expect(answers).toEqual(['ready']);
  });

  test('what was done behind a batch that could not be stored is never sent, and nobody is told that it was', async () => {
    const { writer, journal, committed, broken } = bench();
    const first = writer.submit(signIn);
    await settle();
    const behind = writer.submit(setReady);
    await settle();
    journal.next()?.fail(new AppError('BUS_UNAVAILABLE', { status: 'unavailable', meaning: 'm', remedy: 'r' }));
    await expect(first).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    await expect(behind).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
    await settle();
    expect([journal.batches.length, committed, broken.length]).toEqual([1, [], 1]);
  });

  test('a fault in the rules while a batch is on its way: what is stored is told, what was done behind it is not', async () => {
    const { writer, journal, committed, broken } = bench();
    const first = writer.submit(signIn);
    await settle();
    const behind = writer.submit(setReady);
    const bad = writer.submit(() => {
      throw new TypeError('a fault in the rules');
    });
    await expect(bad).rejects.toMatchObject({ code: 'RUNTIME_UNEXPECTED' });
    await expect(behind).rejects.toMatchObject({ code: 'ROUTING_NOT_WRITER', retryable: true });
    // Built again only from a stream that is not being written to any more.
    expect(broken).toEqual([]);
    journal.next()?.answer();
    expect(await first).toBe('signed in');
    await settle();
    expect([journal.batches.length, committed, broken.length]).toEqual([1, ['AgentSignedIn anna', 'anna NOT_READY'], 1]);
  });

  test('does not write once its lease is gone', async () => {
    const { writer, journal, lease } = bench();
    lease.held = false;
    await expect(writer.submit(signIn)).rejects.toMatchObject({ code: 'ROUTING_NOT_WRITER' });
    expect(journal.batches).toEqual([]);
  });

  test('a fault in one piece of work is told to it alone; the state is thrown away', async () => {
    const { writer, broken } = bench();
    const good = writer.submit(signIn);
    const bad = writer.submit(() => {
      throw new TypeError('a fault in the rules');
    });
    await expect(bad).rejects.toMatchObject({ code: 'RUNTIME_UNEXPECTED', retryable: false });
    await expect(good).rejects.toMatchObject({ code: 'ROUTING_NOT_WRITER', retryable: true });
    expect(broken).toHaveLength(1);
  });

  test('fires timers when they are due, by itself', async () => {
    const { writer, clock, journal, committed } = bench();
    void writer.submit(signIn);
    await settle();
    journal.next()?.answer();
    await settle();
    await clock.advanceAsync(9_000);
    await settle();
    journal.next()?.answer();
    await settle();
    expect(committed).toContain('anna UNREACHABLE heartbeat');
  });

  test('is looked at for a snapshot only between two commits', async () => {
    const { writer, journal } = bench();
    void writer.submit(signIn);
    await settle();
    let seen: number | undefined;
    void writer.atRest((_state, lastSequence) => (seen = lastSequence));
    await settle();
    expect(seen).toBeUndefined();
    journal.next()?.answer();
    await settle();
    expect(seen).toBe(102);
    expect([99, 100, 101, 102, 103].map((sequence) => writer.isOwn(sequence))).toEqual([false, false, true, true, false]);
  });

  test('is looked at for a snapshot when what was done behind the batch on its way is stored, too, however much more comes', async () => {
    const { writer, journal } = bench();
    void writer.submit(signIn);
    await settle();
    void writer.submit(setReady);
    await settle();
    const seen: [number, number | undefined][] = [];
    void writer.atRest((state, lastSequence) => seen.push([lastSequence, state.agents.get('anna')?.state]));
    const later = writer.submit((state, context) => ({ facts: takeInput(state, { kind: 'SignOut', request: { agentId: 'anna' }, by: ChangedBy.AGENT }, context).facts, answer: 'out' }));
    await settle();
    journal.next()?.answer();
    await settle();
    expect(seen).toEqual([]);
    journal.next()?.answer();
    await settle();
    expect(seen).toEqual([[103, AgentState.READY]]);
    journal.next()?.answer();
    expect(await later).toBe('out');
  });

  test('finishes what it took before it stops', async () => {
    const { writer, journal } = bench();
    const answer = writer.submit(signIn);
    await settle();
    let stopped = false;
    const stopping = writer.stop().then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    journal.next()?.answer();
    expect(await answer).toBe('signed in');
    await stopping;
    await expect(writer.submit(setReady)).rejects.toMatchObject({ code: 'ROUTING_NOT_WRITER' });
  });

  test('a burst is stored in batches that the bus takes', async () => {
    const { writer, journal } = bench();
    const many: Work<undefined> = (_state, { nowMs }) => ({
      facts: Array.from({ length: 90 }, (_, index): RoutingFact => agentFact('AgentSignedOut', nowMs, { agentId: `x${String(index)}`, by: ChangedBy.SYSTEM, actor: '', reason: '' })),
      answer: undefined,
    });
    const answers = Array.from({ length: 20 }, () => writer.submit(many));
    for (let round = 0; round < 10; round += 1) {
      await settle();
      journal.next()?.answer();
    }
    await Promise.all(answers);
    expect(journal.batches.map((batch) => batch.length)).toEqual([360, 360, 360, 360, 360]);
  });
});

describe('the clock of a writer', () => {
  test('goes with the monotonic clock, through wrong steps of the wall clock, and never back', () => {
    const clock = createFakeClock(1_000_000);
    const nowMs = createSteadyClock(clock);
    clock.jump(300_000);
    clock.advance(10_000);
    expect(nowMs()).toBe(1_010_100);
    clock.jump(-900_000);
    expect(nowMs()).toBe(1_010_100);
    clock.advance(1_000);
    expect(nowMs()).toBe(1_011_090);
  });
});
