import type { AnyFact } from '@patchbay/bus/fact';
import type { RoutingFact } from './domain/facts.ts';
import type { Snapshot } from './domain/snapshot.ts';

/** A fact to be written. */
export interface JournalEntry {
  readonly fact: RoutingFact;
  /** Sequence of the last fact of its subject that the writer knows; only on the first of each subject. */
  readonly expectedSequence: number | undefined;
  /** The fact that led to it. */
  readonly causationId: string | undefined;
  /** W3C trace context of what led to it; undefined when it was due by itself. */
  readonly traceparent: string | undefined;
  /** W3C trace context of the contact that it is about. */
  readonly home: string | undefined;
}

/** Where the facts of one routing domain are kept. */
export interface Journal {
  /**
   * Writes all entries, in order and next to each other, or none. Gives the sequence of each. A throw means that they may
   * or may not be written (BUS_UNAVAILABLE) or are not (BUS_STALE_WRITER): the state in memory is then worth nothing.
   * @param epoch of the writer; told in the envelope of each
   * @param isWanted asked before each further try: whether it is worth anything still
   */
  append(entries: readonly JournalEntry[], epoch: bigint, isWanted: () => boolean): Promise<readonly number[]>;
  /**
   * The facts of domains `routing`, `agent` and `queue` of the tenant from a place on, up to the end.
   * @param skips says which sequences are of no interest; a journal need not heed it
   */
  replay(fromSequence: number, signal: AbortSignal, skips?: (sequence: number) => boolean): AsyncIterable<AnyFact>;
  /** The facts of domain `contact` of the tenant from a place on, up to the end. */
  replayContacts(fromSequence: number, signal: AbortSignal): AsyncIterable<AnyFact>;
  /** The facts of domains `contact`, `routing` and `agent` of the tenant from a place on, and those that come, until the signal aborts. */
  follow(fromSequence: number, signal: AbortSignal): AsyncIterable<AnyFact>;
  /** The facts of one contact in the domains `contact` and `routing`. */
  history(contactId: string): Promise<readonly AnyFact[]>;
}

/** State of a routing domain with its place in the stream. */
export interface StoredSnapshot {
  snapshot: Snapshot;
  /** Sequence of the last fact in it. */
  sequence: number;
  /** Last sequence of each subject whose aggregate is remembered, by `contact:<id>`, `agent:<id>` and `queue:<name>`. */
  subjects: [string, number][];
  /** Trace of each contact that is remembered, by contact id; absent in snapshots from before there were any. */
  traces?: [string, string][];
}

/** Where snapshots of one routing domain are kept. */
export interface SnapshotStore {
  /** The last one, or undefined when there is none that can be read. */
  load(): Promise<StoredSnapshot | undefined>;
  /** Saves over the last one; refuses (BUS_CONFLICT) when a later epoch has saved. */
  save(stored: StoredSnapshot, epoch: bigint): Promise<void>;
}
