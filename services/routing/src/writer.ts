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
  readonly entries: Omit<JournalEntry, 'expectedSequence'>[];
  readonly answers: (() => void)[];
  readonly taken: Waiting[];
}

const createCommit = (): Commit => ({ entries: [], answers: [], taken: [] });

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
 * One commit after another: work is done on the state in memory, its facts are stored in one batch, and only then is anybody
 * told anything. While a batch is on its way, what comes is done already and makes the next one, which leaves as soon as
 * the one before is stored. So the state runs ahead of the stream by two batches at most, but nobody sees it; when a batch
 * cannot be stored the writer is broken, the one behind it is never sent, and the state is thrown away.
 */
class CommittingWriter implements Writer {
  readonly firstSequence: number;
  readonly #parts: WriterParts;
  readonly #ranges: [number, number][] = [];
  #waiting: Waiting[] = [];
  #atRest: { look(): void; reject(error: AppError): void }[] = [];
  #running: Promise<void> | undefined;
  /** Done and not sent. */
  #open = createCommit();
  /** A fault in the rules: what is on its way may still be stored, nothing after it. */
  #fault: AppError | undefined;
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
    if (this.#broken !== undefined) return;
    if (this.#running !== undefined) {
      if (this.#waiting.length > 0) this.#collect();
      return;
    }
    this.#cancelTimer?.();
    this.#running = this.#run().catch((thrown: unknown) => {
      this.#fail(AppError.from(thrown));
    });
    void this.#running.then(() => {
      this.#running = undefined;
      if (this.#broken !== undefined) return;
      if (this.#waiting.length > 0 || this.#atRest.length > 0 || this.#hasOpen()) this.#wake();
      else if (!this.#stopped) this.#armTimer();
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#collect();
      if (this.#fault !== undefined) throw this.#fault;
      const commit = this.#open;
      this.#open = createCommit();
      const changes = this.#takeChanges();
      await this.#store(commit);
      for (const answer of commit.answers) answer();
      this.#announce(changes, commit);
      if (this.#hasOpen() || this.#fault !== undefined) continue;
      for (const one of this.#atRest.splice(0)) one.look();
      if (this.#waiting.length === 0 && commit.entries.length < commitFacts && !this.#isDue()) return;
    }
  }

  /** Does waiting work, then what is due, then what is left to settle, up to the size of a commit. */
  #collect(): void {
    // Somebody wants to look when all is stored: what is open is the last before.
    if (this.#fault !== undefined || this.#atRest.length > 0) return;
    const { state, sequences, nowMs, epoch, newId } = this.#parts;
    const context: DecisionContext = { nowMs: nowMs(), epoch, newId };
    const commit = this.#open;
    const before = commit.taken.length;
    let current: Waiting | undefined;
    try {
      for (const one of this.#waiting) {
        if (commit.entries.length >= commitFacts) break;
        current = one;
        const { facts, answer } = one.work(state, context, sequences);
        commit.taken.push(one);
        commit.answers.push(() => {
          one.resolve(answer);
        });
        this.#enter(commit, facts, one.cause);
      }
      current = undefined;
      while (commit.entries.length < commitFacts) {
        const decision = fireDue(state, context) ?? (isRestless(state) ? settleOn(state, context) : undefined);
        if (decision === undefined) break;
        this.#enter(commit, decision.facts, {});
      }
    } catch (thrown) {
      // A fault in the rules may have left the state half changed. The work that hit it is told, the rest may try again.
      this.#fault = AppError.from(thrown);
      current?.reject(this.#fault);
      this.#dropOpen(this.#fault);
    }
    this.#waiting.splice(0, commit.taken.length - before + (current === undefined ? 0 : 1));
  }

  #hasOpen(): boolean {
    return this.#open.taken.length > 0 || this.#open.entries.length > 0;
  }

  /** Tells those whose work is done and not sent that it never will be. */
  #dropOpen(error: AppError): void {
    for (const one of this.#open.taken) one.reject(asNotWriter(error));
    this.#open = createCommit();
  }

  /** Adds facts to a commit. What first led to facts of a contact was the channel's request, so its trace is the contact's. */
  #enter(commit: Commit, facts: readonly RoutingFact[], { causationId, traceparent }: Cause): void {
    for (const fact of facts) {
      const contactId = contactOf(fact);
      if (contactId !== undefined) this.#parts.sequences.noteTrace(contactId, traceparent);
      const home = contactId === undefined ? undefined : this.#parts.sequences.traceOf(contactId);
      commit.entries.push({ fact, causationId, traceparent, home });
    }
  }

  async #store({ entries, taken }: Commit): Promise<void> {
    if (entries.length === 0) return;
    try {
      if (!this.#parts.isHeld()) throw routingError('ROUTING_NOT_WRITER');
      const { sequences } = this.#parts;
      const subjects = entries.map(({ fact }) => subjectOf(fact));
      const stored = await this.#parts.journal.append(this.#inPlace(entries, subjects), this.#parts.epoch, () => this.#parts.isHeld());
      for (const [index, sequence] of stored.entries()) sequences.set(subjects[index] as string, sequence);
      this.#lastSequence = stored.at(-1) ?? this.#lastSequence;
      this.#ranges.push([stored[0] ?? this.#lastSequence, this.#lastSequence]);
      if (this.#ranges.length > keptRanges) this.#ranges.shift();
    } catch (thrown) {
      const error = AppError.from(thrown);
      for (const one of taken) one.reject(asNotWriter(error));
      this.#dropOpen(error);
      throw error;
    }
  }

  /** The first fact of each subject says which fact it must follow: known only now that the batch before is stored. */
  #inPlace(entries: Commit['entries'], subjects: readonly string[]): JournalEntry[] {
    const seen = new Set<string>();
    return entries.map((entry, index) => {
      const subject = subjects[index] as string;
      const expectedSequence = seen.has(subject) ? undefined : this.#parts.sequences.of(subject);
      seen.add(subject);
      return { ...entry, expectedSequence };
    });
  }

  /** What changed with the commit that is sent now. */
  #takeChanges(): Changes {
    const { changedQueues, changedAgents } = this.#parts.state;
    const changes = { queues: new Set(changedQueues), agents: new Set(changedAgents) };
    changedQueues.clear();
    changedAgents.clear();
    return changes;
  }

  #announce(changes: Changes, { entries }: Commit): void {
    if (changes.queues.size === 0 && changes.agents.size === 0 && entries.length === 0) return;
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
