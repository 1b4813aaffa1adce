import { AppError } from '@patchbay/runtime/app-error';
import type { CancelTimer } from '@patchbay/runtime/clock';
import type { RoutingFact } from './domain/facts.ts';
import type { DecisionContext } from './domain/inputs.ts';
import { fireDue, settleOn } from './domain/perform.ts';
import { isRestless } from './domain/settle.ts';
import type { RoutingState } from './domain/state.ts';
import { routingError } from './errors.ts';
import { subjectOf, type LastSequences } from './last-sequences.ts';
import type { Journal, JournalEntry } from './ports.ts';

/** What led to a piece of work, for the envelope of its facts. */
export interface Cause {
  causationId?: string | undefined;
  traceparent?: string | undefined;
}

/** One piece of work: looks at the state, may apply facts, gives them and an answer. */
export type Work<Answer> = (state: RoutingState, context: DecisionContext, sequences: LastSequences) => { facts: readonly RoutingFact[]; answer: Answer };

/** Queues and agents that changed with the last commit. */
export interface Changes {
  readonly queues: ReadonlySet<string>;
  readonly agents: ReadonlySet<string>;
}

/** What a writer works with. */
export interface WriterParts {
  /** Built from the facts up to now; the writer's own from here on. */
  state: RoutingState;
  sequences: LastSequences;
  /** Sequence of the last fact in the state. */
  lastSequence: number;
  journal: Journal;
  epoch: bigint;
  /** Whether the lease is still held; asked before every append. */
  isHeld(): boolean;
  /** Wall clock that never goes back. */
  nowMs(): number;
  setTimer(delayMs: number, callback: () => void): CancelTimer;
  newId(): string;
  /** Told once when the state in memory is worth nothing any more. */
  onBroken(error: AppError): void;
  /** Told after each commit that changed something. */
  onCommitted(changes: Changes, facts: readonly RoutingFact[]): void;
}

/** The one writer of a routing domain in this process. */
export interface Writer {
  /**
   * Does a piece of work in turn. Resolves when its facts, and those of all work before it, are stored; rejects with
   * ROUTING_NOT_WRITER when they cannot be, ROUTING_OVERLOADED when too much waits.
   */
  submit<Answer>(work: Work<Answer>, cause?: Cause): Promise<Answer>;
  /** Looks at the state between two commits, when all of it is stored and nothing is on its way. */
  atRest<Answer>(look: (state: RoutingState, lastSequence: number, sequences: LastSequences) => Answer): Promise<Answer>;
  /** Sequence of the last fact before the writer began. */
  readonly firstSequence: number;
  /** Whether a fact of this sequence was written here. */
  isOwn(sequence: number): boolean;
  /** Sequence of the last fact stored. */
  lastSequence(): number;
  /** Takes no more work and waits for what is in hand. */
  stop(): Promise<void>;
}

interface Waiting {
  work: Work<unknown>;
  cause: Cause;
  resolve(answer: unknown): void;
  reject(error: AppError): void;
}

/** Work that waits, at most. */
const queueLimit = 20_000;
/** A commit takes no more work once it has so many facts; one more piece of work stays well under the bus's 1,000. */
const commitFacts = 300;
/** Ranges of sequences written here that are remembered. */
const keptRanges = 10_000;

/**
 * One commit after another: as much waiting work as fits is done on the state in memory, its facts are stored in one
 * batch, and only then is anybody told anything. The state runs ahead of the stream while a batch is on its way, but
 * nobody sees it; when a batch cannot be stored the writer is broken and its state is thrown away.
 */
export function createWriter(parts: WriterParts): Writer {
  const { state, sequences, journal } = parts;
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let broken: AppError | undefined;
  let stopped = false;
  let cancelTimer: CancelTimer | undefined;
  let atRest: { look(): void; reject(error: AppError): void }[] = [];
  let { lastSequence } = parts;
  const ranges: [number, number][] = [];

  const notWriter = () => broken ?? routingError('ROUTING_NOT_WRITER');

  function fail(error: AppError): void {
    if (broken !== undefined) return;
    broken = error.status === 'unavailable' ? error : routingError('ROUTING_NOT_WRITER', { cause: error });
    cancelTimer?.();
    for (const one of waiting) one.reject(notWriter());
    for (const one of atRest) one.reject(notWriter());
    waiting = [];
    atRest = [];
    parts.onBroken(error);
  }

  /** Does waiting work, then what is due, then what is left to settle, up to the size of a commit. */
  function collect(): { entries: JournalEntry[]; answers: (() => void)[]; taken: Waiting[] } {
    const context: DecisionContext = { nowMs: parts.nowMs(), epoch: parts.epoch, newId: parts.newId };
    const entries: JournalEntry[] = [];
    const answers: (() => void)[] = [];
    const taken: Waiting[] = [];
    const inBatch = new Set<string>();
    const add = (facts: readonly RoutingFact[], cause: Cause) => {
      for (const fact of facts) {
        const subject = subjectOf(fact);
        entries.push({ fact, expectedSequence: inBatch.has(subject) ? undefined : sequences.of(subject), causationId: cause.causationId, traceparent: cause.traceparent });
        inBatch.add(subject);
      }
    };
    let current: Waiting | undefined;
    try {
      for (let place = 0; place < waiting.length && entries.length < commitFacts; place += 1) {
        const one = (current = waiting[place] as Waiting);
        const { facts, answer } = one.work(state, context, sequences);
        taken.push(one);
        add(facts, one.cause);
        answers.push(() => {
          one.resolve(answer);
        });
      }
      current = undefined;
      while (entries.length < commitFacts) {
        const decision = fireDue(state, context) ?? (isRestless(state) ? settleOn(state, context) : undefined);
        if (decision === undefined) break;
        add(decision.facts, {});
      }
    } catch (thrown) {
      // A fault in the rules may have left the state half changed. The work that hit it is told, the rest may try again.
      const error = AppError.from(thrown);
      current?.reject(error);
      for (const one of taken) one.reject(routingError('ROUTING_NOT_WRITER', { cause: error }));
      throw error;
    }
    waiting = waiting.slice(taken.length);
    return { entries, answers, taken };
  }

  async function store(entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) return;
    if (!parts.isHeld()) throw routingError('ROUTING_NOT_WRITER');
    const stored = await journal.append(entries);
    for (const [index, sequence] of stored.entries()) sequences.set(subjectOf((entries[index] as JournalEntry).fact), sequence);
    lastSequence = stored.at(-1) ?? lastSequence;
    ranges.push([stored[0] ?? lastSequence, lastSequence]);
    if (ranges.length > keptRanges) ranges.shift();
  }

  function announce(entries: readonly JournalEntry[]): void {
    if (state.changedQueues.size === 0 && state.changedAgents.size === 0 && entries.length === 0) return;
    const changes = { queues: new Set(state.changedQueues), agents: new Set(state.changedAgents) };
    state.changedQueues.clear();
    state.changedAgents.clear();
    parts.onCommitted(changes, entries.map((entry) => entry.fact));
  }

  async function run(): Promise<void> {
    for (;;) {
      const { entries, answers, taken } = collect();
      try {
        await store(entries);
      } catch (thrown) {
        const error = AppError.from(thrown);
        for (const one of taken) one.reject(error.status === 'unavailable' ? error : routingError('ROUTING_NOT_WRITER', { cause: error }));
        throw error;
      }
      for (const answer of answers) answer();
      announce(entries);
      for (const one of atRest) one.look();
      atRest = [];
      if (waiting.length === 0 && entries.length < commitFacts && !isDue()) return;
    }
  }

  const isDue = () => (state.timers.nextDueMs() ?? Infinity) <= parts.nowMs();

  function wake(): void {
    if (running !== undefined || broken !== undefined) return;
    cancelTimer?.();
    running = run().catch((thrown: unknown) => {
      fail(AppError.from(thrown));
    });
    void running.then(() => {
      running = undefined;
      if (broken !== undefined) return;
      if (waiting.length > 0) wake();
      else if (!stopped) armTimer();
    });
  }

  function armTimer(): void {
    const dueMs = state.timers.nextDueMs();
    if (dueMs !== undefined) cancelTimer = parts.setTimer(Math.max(1, dueMs - parts.nowMs()), wake);
  }

  return {
    submit<Answer>(work: Work<Answer>, cause: Cause = {}): Promise<Answer> {
      if (broken !== undefined || stopped) return Promise.reject(notWriter());
      if (waiting.length >= queueLimit) return Promise.reject(routingError('ROUTING_OVERLOADED'));
      const result = new Promise<Answer>((resolve, reject) => {
        waiting.push({ work, cause, resolve: resolve as (answer: unknown) => void, reject });
      });
      // Not at once: what comes in the same turn of the loop goes into one commit.
      queueMicrotask(wake);
      return result;
    },
    async atRest(look) {
      if (broken !== undefined) throw notWriter();
      if (running === undefined) return look(state, lastSequence, sequences);
      return new Promise((resolve, reject) => {
        const once = () => {
          resolve(look(state, lastSequence, sequences));
        };
        atRest.push({ look: once, reject });
      });
    },
    firstSequence: parts.lastSequence,
    isOwn(sequence) {
      let [low, high] = [0, ranges.length - 1];
      while (low <= high) {
        const middle = (low + high) >>> 1;
        const [first, last] = ranges[middle] as [number, number];
        if (sequence < first) high = middle - 1;
        else if (sequence > last) low = middle + 1;
        else return true;
      }
      return false;
    },
    lastSequence: () => lastSequence,
    async stop() {
      stopped = true;
      cancelTimer?.();
      while (running !== undefined) await running;
    },
  };
}
