import { AppError } from '@patchbay/runtime/app-error';
import type { CancelTimer } from '@patchbay/runtime/clock';
import type { RoutingFact } from './domain/facts.ts';
import type { DecisionContext } from './domain/inputs.ts';
import { fireDue, settleOn } from './domain/perform.ts';
import { isRestless } from './domain/settle.ts';
import type { RoutingState } from './domain/state.ts';
import { routingError } from './errors.ts';
import { contactOf, subjectOf, type LastSequences } from './last-sequences.ts';
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

/** What one commit writes, and whom it answers. */
interface Commit {
  entries: JournalEntry[];
  answers: (() => void)[];
  taken: Waiting[];
}

/** Work that waits, at most. */
const queueLimit = 20_000;
/** A commit takes no more work once it has so many facts; one more piece of work stays well under the bus's 1,000. */
const commitFacts = 300;
/** Ranges of sequences written here that are remembered. */
const keptRanges = 10_000;

/** A fault as those are told whose work was not done: something to try again. */
function asNotWriter(error: AppError): AppError {
  return error.status === 'unavailable' ? error : routingError('ROUTING_NOT_WRITER', { cause: error });
}

/**
 * One commit after another: as much waiting work as fits is done on the state in memory, its facts are stored in one
 * batch, and only then is anybody told anything. The state runs ahead of the stream while a batch is on its way, but
 * nobody sees it; when a batch cannot be stored the writer is broken and its state is thrown away.
 */
class CommittingWriter implements Writer {
  readonly firstSequence: number;
  readonly #parts: WriterParts;
  readonly #ranges: [number, number][] = [];
  #waiting: Waiting[] = [];
  #atRest: { look(): void; reject(error: AppError): void }[] = [];
  #running: Promise<void> | undefined;
  #broken: AppError | undefined;
  #stopped = false;
  #cancelTimer: CancelTimer | undefined;
  #lastSequence: number;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.firstSequence = parts.lastSequence;
    this.#lastSequence = parts.lastSequence;
  }

  submit<Answer>(work: Work<Answer>, cause: Cause = {}): Promise<Answer> {
    if (this.#broken !== undefined || this.#stopped) return Promise.reject(this.#notWriter());
    if (this.#waiting.length >= queueLimit) return Promise.reject(routingError('ROUTING_OVERLOADED'));
    const result = new Promise<Answer>((resolve, reject) => {
      this.#waiting.push({ work, cause, resolve: resolve as (answer: unknown) => void, reject });
    });
    // Not at once: what comes in the same turn of the loop goes into one commit.
    queueMicrotask(() => {
      this.#wake();
    });
    return result;
  }

  async atRest<Answer>(look: (state: RoutingState, lastSequence: number, sequences: LastSequences) => Answer): Promise<Answer> {
    const { state, sequences } = this.#parts;
    if (this.#broken !== undefined) throw this.#notWriter();
    if (this.#running === undefined) return look(state, this.#lastSequence, sequences);
    return new Promise((resolve, reject) => {
      const once = () => {
        resolve(look(state, this.#lastSequence, sequences));
      };
      this.#atRest.push({ look: once, reject });
    });
  }

  isOwn(sequence: number): boolean {
    let [low, high] = [0, this.#ranges.length - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const [first, last] = this.#ranges[middle] as [number, number];
      if (sequence < first) high = middle - 1;
      else if (sequence > last) low = middle + 1;
      else return true;
    }
    return false;
  }

  lastSequence(): number {
    return this.#lastSequence;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    while (this.#running !== undefined) await this.#running;
  }

  #notWriter(): AppError {
    return this.#broken ?? routingError('ROUTING_NOT_WRITER');
  }

  #wake(): void {
    if (this.#running !== undefined || this.#broken !== undefined) return;
    this.#cancelTimer?.();
    this.#running = this.#run().catch((thrown: unknown) => {
      this.#fail(AppError.from(thrown));
    });
    void this.#running.then(() => {
      this.#running = undefined;
      if (this.#broken !== undefined) return;
      if (this.#waiting.length > 0) this.#wake();
      else if (!this.#stopped) this.#armTimer();
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      const commit = this.#collect();
      const { entries, answers, taken } = commit;
      try {
        await this.#store(entries);
      } catch (thrown) {
        const error = AppError.from(thrown);
        for (const one of taken) one.reject(asNotWriter(error));
        throw error;
      }
      for (const answer of answers) answer();
      this.#announce(entries);
      for (const one of this.#atRest.splice(0)) one.look();
      if (this.#waiting.length === 0 && entries.length < commitFacts && !this.#isDue()) return;
    }
  }

  /** Does waiting work, then what is due, then what is left to settle, up to the size of a commit. */
  #collect(): Commit {
    const { state, sequences, nowMs, epoch, newId } = this.#parts;
    const context: DecisionContext = { nowMs: nowMs(), epoch, newId };
    const commit: Commit = { entries: [], answers: [], taken: [] };
    const subjects = new Set<string>();
    let current: Waiting | undefined;
    try {
      for (let place = 0; place < this.#waiting.length && commit.entries.length < commitFacts; place += 1) {
        const one = (current = this.#waiting[place] as Waiting);
        const { facts, answer } = one.work(state, context, sequences);
        commit.taken.push(one);
        commit.answers.push(() => {
          one.resolve(answer);
        });
        this.#enter(commit, subjects, facts, one.cause);
      }
      current = undefined;
      while (commit.entries.length < commitFacts) {
        const decision = fireDue(state, context) ?? (isRestless(state) ? settleOn(state, context) : undefined);
        if (decision === undefined) break;
        this.#enter(commit, subjects, decision.facts, {});
      }
    } catch (thrown) {
      // A fault in the rules may have left the state half changed. The work that hit it is told, the rest may try again.
      const error = AppError.from(thrown);
      current?.reject(error);
      for (const one of commit.taken) one.reject(asNotWriter(error));
      throw error;
    }
    this.#waiting = this.#waiting.slice(commit.taken.length);
    return commit;
  }

  /**
   * Adds facts to a commit; the first of each subject says which fact it must follow. What first led to facts of a contact
   * was the channel's request, so its trace is the contact's.
   */
  #enter(commit: Commit, subjects: Set<string>, facts: readonly RoutingFact[], { causationId, traceparent }: Cause): void {
    for (const fact of facts) {
      const subject = subjectOf(fact);
      const expectedSequence = subjects.has(subject) ? undefined : this.#parts.sequences.of(subject);
      subjects.add(subject);
      const contactId = contactOf(fact);
      if (contactId !== undefined) this.#parts.sequences.noteTrace(contactId, traceparent);
      const home = contactId === undefined ? undefined : this.#parts.sequences.traceOf(contactId);
      commit.entries.push({ fact, expectedSequence, causationId, traceparent, home });
    }
  }

  async #store(entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) return;
    if (!this.#parts.isHeld()) throw routingError('ROUTING_NOT_WRITER');
    const stored = await this.#parts.journal.append(entries, this.#parts.epoch);
    for (const [index, sequence] of stored.entries()) this.#parts.sequences.set(subjectOf((entries[index] as JournalEntry).fact), sequence);
    this.#lastSequence = stored.at(-1) ?? this.#lastSequence;
    this.#ranges.push([stored[0] ?? this.#lastSequence, this.#lastSequence]);
    if (this.#ranges.length > keptRanges) this.#ranges.shift();
  }

  #announce(entries: readonly JournalEntry[]): void {
    const { changedQueues, changedAgents } = this.#parts.state;
    if (changedQueues.size === 0 && changedAgents.size === 0 && entries.length === 0) return;
    const changes = { queues: new Set(changedQueues), agents: new Set(changedAgents) };
    changedQueues.clear();
    changedAgents.clear();
    this.#parts.onCommitted(
      changes,
      entries.map((entry) => entry.fact),
    );
  }

  #fail(error: AppError): void {
    if (this.#broken !== undefined) return;
    this.#broken = asNotWriter(error);
    this.#cancelTimer?.();
    for (const one of [...this.#waiting.splice(0), ...this.#atRest.splice(0)]) one.reject(this.#notWriter());
    this.#parts.onBroken(error);
  }

  #isDue(): boolean {
    return (this.#parts.state.timers.nextDueMs() ?? Infinity) <= this.#parts.nowMs();
  }

  #armTimer(): void {
    const dueMs = this.#parts.state.timers.nextDueMs();
    if (dueMs === undefined) return;
    this.#cancelTimer = this.#parts.setTimer(Math.max(1, dueMs - this.#parts.nowMs()), () => {
      this.#wake();
    });
  }
}

export function createWriter(parts: WriterParts): Writer {
  return new CommittingWriter(parts);
}
