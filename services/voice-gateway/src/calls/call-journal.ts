import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import { voiceError } from '../errors.ts';
import type { CallFact } from '../domain/call/call-fact.ts';
import type { FactStore, LastSequences, StampedFact } from '../ports.ts';

/** What a journal needs. */
export interface JournalOptions {
  readonly tenant: string;
  readonly contactId: string;
  /** W3C trace context of the call; undefined where telemetry was not started. */
  readonly home: string | undefined;
  readonly store: FactStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  /** Aborted when the process gives up waiting for the bus. */
  readonly signal: AbortSignal;
  /** The facts of this contact are somebody else's now: the call must end without a word. Called once. */
  onOwnershipLost(): void;
}

const appendTimeoutMs = 3_000;
const retryBackoff = { firstMs: 200, limitMs: 5_000 };

/**
 * Writes the facts of one call, in order and each exactly once, for as long as the bus takes to come back. What waits is
 * bounded by what a call can do: its menu's steps and its legs. Every batch says what it knows to be the last fact, so
 * that a gateway whose call was ended by another finds out instead of writing on.
 */
export class CallJournal {
  private readonly options: JournalOptions;
  private last: LastSequences = { contact: 0, voice: 0 };
  private tail: Promise<unknown> = Promise.resolve();
  private lost = false;

  constructor(options: JournalOptions) {
    this.options = options;
  }

  private stamp(facts: readonly CallFact[]): StampedFact[] {
    const { clock, ids } = this.options;
    const timeMs = clock.nowMs();
    return facts.map((fact) => ({ ...fact, id: ids.next(), timeMs }));
  }

  private write(facts: readonly StampedFact[]): Promise<LastSequences> {
    const { tenant, contactId, home, store } = this.options;
    return store.append({ tenant, contactId, facts, after: this.last, timeoutMs: appendTimeoutMs, home });
  }

  /**
   * Stores the first facts, or says why not, at once. After a failure the facts are still stored later if anything else is
   * appended: whether the first try stored them is not known.
   */
  async open(facts: readonly CallFact[]): Promise<void> {
    const stamped = this.stamp(facts);
    try {
      this.last = await this.write(stamped);
    } catch (error) {
      this.enqueue(() => Promise.resolve(stamped));
      throw AppError.from(error);
    }
  }

  /** Goes on with a contact whose facts are there already, e.g. a call-back that is tried. */
  resume(last: LastSequences): void {
    this.last = last;
  }

  /** Resolves when everything so far is stored; rejects when it was given up, or the contact is another gateway's. */
  async stored(): Promise<void> {
    await this.tail;
    if (this.lost || this.options.signal.aborted) throw voiceError('VOICE_OWNERSHIP_LOST', { details: { contactId: this.options.contactId } });
  }

  /** Stores facts after all earlier ones. */
  append(facts: readonly CallFact[]): void {
    if (facts.length === 0) return;
    const stamped = this.stamp(facts);
    this.enqueue(() => Promise.resolve(stamped));
  }

  /** Stores facts that are only known later, in this place of the order. */
  appendWhenKnown(facts: () => Promise<readonly CallFact[]>): void {
    this.enqueue(async () => this.stamp(await facts()));
  }

  /** Resolves when everything so far is stored, or given up. */
  idle(): Promise<unknown> {
    return this.tail;
  }

  private enqueue(facts: () => Promise<readonly StampedFact[]>): void {
    this.tail = this.tail.then(async () => this.store(await facts()));
  }

  private async store(facts: readonly StampedFact[]): Promise<void> {
    const { clock, log, signal, contactId } = this.options;
    for (let attempt = 1; facts.length > 0 && !this.lost && !signal.aborted; attempt += 1) {
      try {
        this.last = await this.write(facts);
        return;
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (error.code === 'BUS_STALE_WRITER') {
          if ((await this.look(facts)) !== 'missing') return;
        } else if (!error.retryable) {
          log.error('facts of a call were not stored', { error, contactId, facts: facts.map(({ name }) => name) });
          return;
        } else log.warn('facts of a call wait for the bus', { error, contactId, attempt });
        // The loop's condition looks at the signal.
        await sleep(clock, backoffMs(retryBackoff, attempt), signal).catch(() => undefined);
      }
    }
  }

  /** Newer facts are there: ours from a try whose answer was lost, or those of another gateway. */
  private async look(facts: readonly StampedFact[]): Promise<'stored' | 'missing' | 'lost'> {
    const { store, tenant, contactId, log } = this.options;
    try {
      const { ids, last } = await store.readBack(tenant, contactId);
      if (facts.every(({ id }) => ids.has(id))) {
        this.last = last;
        return 'stored';
      }
    } catch (error) {
      log.warn('facts of a call could not be read back', { error: AppError.from(error), contactId });
      return 'missing';
    }
    this.lost = true;
    log.error('another gateway ended the contact', { contactId });
    this.options.onOwnershipLost();
    return 'lost';
  }
}
