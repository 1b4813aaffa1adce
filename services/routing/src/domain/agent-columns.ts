import type { AgentPolicy } from './agent-policy.ts';
import type { Bits } from './bits.ts';
import type { AgentRecord } from './records.ts';

/** An agent of the centre as the index knows it. */
export interface AgentEntry {
  readonly no: number;
  readonly agentId: string;
  policy: AgentPolicy;
  record: AgentRecord | undefined;
  /** Classes that the agent could serve. */
  classes: Bits;
}

/**
 * What agents are compared by, a column each, so that a scan over those who are ready touches little memory. What was done
 * since midnight is summed up once a day for everybody, and again for an agent whose figures change.
 */
export class AgentColumns {
  /** By number; a number that is free has none. */
  readonly entries: (AgentEntry | undefined)[] = [];
  inHand = new Int32Array(64);
  idleSinceMs = new Float64Array(64);
  contactsToday = new Float64Array(64);
  busyMsToday = new Float64Array(64);
  #dayMs = -Infinity;

  /** Takes over what changed about an agent. */
  set(entry: AgentEntry): void {
    const { no, record } = entry;
    while (no >= this.inHand.length) this.#grow();
    this.inHand[no] = record?.slots.size ?? 0;
    this.idleSinceMs[no] = record?.idleSinceMs ?? 0;
    let contacts = 0;
    let busyMs = 0;
    for (const [startMs, quarter] of record?.handled ?? []) {
      if (startMs < this.#dayMs) continue;
      contacts += quarter.count;
      busyMs += quarter.busyMs;
    }
    this.contactsToday[no] = contacts;
    this.busyMsToday[no] = busyMs;
  }

  /** Counts from another midnight on. */
  useDay(dayMs: number): void {
    if (dayMs === this.#dayMs) return;
    this.#dayMs = dayMs;
    for (const entry of this.entries) if (entry !== undefined) this.set(entry);
  }

  #grow(): void {
    const inHand = new Int32Array(this.inHand.length * 2);
    inHand.set(this.inHand);
    this.inHand = inHand;
    this.idleSinceMs = twice(this.idleSinceMs);
    this.contactsToday = twice(this.contactsToday);
    this.busyMsToday = twice(this.busyMsToday);
  }
}

/** How the agents who may have a contact are put in order. */
export interface Ranking {
  /** Smaller is better. */
  score(columns: AgentColumns, no: number): number;
  /** Whether equals go by agent id; otherwise by who has been idle longest, then by id. */
  readonly byId: boolean;
}

/** A column of twice the length. */
export function twice(column: Float64Array<ArrayBuffer>, filler = 0): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(column.length * 2).fill(filler, column.length);
  grown.set(column);
  return grown;
}
