import { Heap } from './heap.ts';

/**
 * What may come due. Timers are derived from the state and armed again on replay; one that fires late or for something
 * that is over changes nothing.
 * - `offer`: the offer runs out · `wait`: the request reached an age of its queue or of its plan's target · `retry`: an agent who was
 *   passed over for the request counts again
 * - `wrapUp`: the limit of an assignment's wrap-up
 * - `relax`: the request reached the age of a step that lets more agents serve it
 * - `starve`: the request has waited its strict queue's `maxStarveSeconds`: nobody is served before it any more
 * - `callBack`: the time of a call-back has come
 * - `closing`: a queue's hours end · `surge`: a surge plan is looked at
 * - `lease`: the agent's heartbeat may be overdue · `delay`: the agent gets offers again · `lost`: the agent stayed away
 * - `parked`: the time to which a contact was parked
 * - `sla`: a promise to the customer is nearly, or quite, used up
 * - `skills`: a change of the agent's skills is over
 */
export type TimerKind = 'offer' | 'wait' | 'relax' | 'starve' | 'callBack' | 'closing' | 'surge' | 'retry' | 'wrapUp' | 'lease' | 'delay' | 'lost' | 'parked' | 'sla' | 'skills';

/** Something that comes due. */
export interface Timer {
  readonly kind: TimerKind;
  /** Offer, request, queue, surge plan, assignment, contact or agent. */
  readonly id: string;
  readonly dueMs: number;
}

/** Timers by due time. */
export interface Timers {
  arm(kind: TimerKind, id: string, dueMs: number): void;
  /** The next one that is due now, taken out. */
  takeDue(nowMs: number): Timer | undefined;
  /** When the next one is due; undefined when there is none. Dead ones count: the caller may wake for nothing. */
  nextDueMs(): number | undefined;
}

interface Armed extends Timer {
  readonly order: number;
}

export function createTimers(): Timers {
  const heap = new Heap<Armed>((left, right) => left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.order < right.order));
  let order = 0;
  return {
    arm(kind, id, dueMs) {
      heap.push({ kind, id, dueMs, order: order++ });
    },
    takeDue: (nowMs) => ((heap.peek()?.dueMs ?? Infinity) <= nowMs ? heap.pop() : undefined),
    nextDueMs: () => heap.peek()?.dueMs,
  };
}
