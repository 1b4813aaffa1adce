import { createHash } from 'node:crypto';
import type { AnyFact } from '@patchbay/bus/fact';
import { isRoutingFact } from '../contact-inputs.ts';
import { evolve } from '../domain/evolve.ts';
import { restoreSnapshot, toSnapshot, type Snapshot } from '../domain/snapshot.ts';
import type { RoutingState } from '../domain/state.ts';
import type { StoredSnapshot } from '../ports.ts';

type Facts = AsyncIterable<AnyFact> | Iterable<AnyFact>;

/** What a replay works with. */
export interface ReplayParts {
  /** A state with its centre and nobody in it. */
  createState(): RoutingState;
  /** Facts of the domains routing and agent from a sequence on. */
  read(fromSequence: number): Facts;
  /** What the writer saved last. */
  stored: StoredSnapshot | undefined;
  /** Whether the stream still begins with the first fact. */
  isComplete: boolean;
  onProgress?(share: number): void;
}

/** Two ways to one state. */
export interface ReplayComparison {
  readonly name: 'live_at_snapshot' | 'from_snapshot' | 'twice';
  readonly sequence: number;
  readonly left: string;
  readonly right: string;
}

/** What a replay found. */
export interface ReplayOutcome {
  readonly lastSequence: number;
  readonly facts: number;
  readonly checks: readonly ReplayComparison[];
}

/**
 * SHA-256 over what follows from the facts alone, hexadecimal. What is remembered of contacts that are over is left out: a
 * writer may have recalled it for a late request, or forgotten it.
 */
export function hashSnapshot({ state }: Snapshot): string {
  const open = state.contacts.filter(([, { openRequestId, openAssignments }]) => openRequestId !== null || openAssignments.length > 0);
  const contacts = open.sort(([left], [right]) => (left < right ? -1 : 1)).map(([id, { openRequestId, openAssignments }]) => [id, openRequestId, openAssignments]);
  const { requests, offers, assignments, agents, counters } = state;
  return createHash('sha256').update(JSON.stringify({ requests, offers, assignments, agents, contacts, counters })).digest('hex');
}

const hashState = (state: RoutingState) => hashSnapshot(toSnapshot(state));

interface Replayed {
  readonly state: RoutingState;
  readonly facts: number;
  readonly lastSequence: number;
  /** Hash when the fact of the marked sequence was in. */
  readonly atMark: string | undefined;
}

/** Applies facts up to a sequence. The mark may be of a fact that another domain wrote: what is before it counts. */
async function replay(state: RoutingState, facts: Facts, { upTo = Infinity, mark = Infinity }: { upTo?: number; mark?: number }): Promise<Replayed> {
  let [count, lastSequence, atMark] = [0, 0, undefined as string | undefined];
  for await (const fact of facts) {
    if (!isRoutingFact(fact)) continue;
    if (fact.sequence > upTo) break;
    if (fact.sequence > mark) atMark ??= hashState(state);
    evolve(state, fact);
    count += 1;
    lastSequence = fact.sequence;
  }
  return { state, facts: count, lastSequence, atMark: atMark ?? (mark === Infinity ? undefined : hashState(state)) };
}

/** Shares of the work of the three replays. */
const progressAfter = [0.35, 0.7];

/**
 * Builds the state again and compares: what the writer saved with a replay of the same facts, a replay from what it saved
 * with one from the first fact, and one replay with the same again. Facts that come meanwhile are left out.
 */
export async function checkReplay({ createState, read, stored, isComplete, onProgress }: ReplayParts): Promise<ReplayOutcome> {
  const begin = () => {
    const state = createState();
    if (!isComplete && stored !== undefined) restoreSnapshot(state, stored.snapshot);
    return state;
  };
  const firstSequence = isComplete || stored === undefined ? 1 : stored.sequence + 1;
  const mark = isComplete && stored !== undefined ? stored.sequence : Infinity;
  const first = await replay(begin(), read(firstSequence), { mark });
  onProgress?.(progressAfter[0] ?? 0);
  const upTo = first.lastSequence;
  const again = await replay(begin(), read(firstSequence), { upTo });
  onProgress?.(progressAfter[1] ?? 0);
  const whole = hashState(first.state);
  const checks: ReplayComparison[] = [{ name: 'twice', sequence: upTo, left: whole, right: hashState(again.state) }];
  if (stored !== undefined && first.atMark !== undefined) {
    checks.unshift({ name: 'live_at_snapshot', sequence: stored.sequence, left: hashSnapshot(stored.snapshot), right: first.atMark });
    const resumed = createState();
    restoreSnapshot(resumed, stored.snapshot);
    const rest = await replay(resumed, read(stored.sequence + 1), { upTo });
    checks.push({ name: 'from_snapshot', sequence: Math.max(upTo, stored.sequence), left: hashState(rest.state), right: whole });
  }
  return { lastSequence: upTo, facts: first.facts, checks };
}
