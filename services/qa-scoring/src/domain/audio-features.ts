import type { Speaker } from './rule-set.ts';
import type { TimeSpan } from './time-span.ts';

/** A span in which both talked. */
export interface TalkOver extends TimeSpan {
  /** Who came in while the other was talking. */
  begunBy: Speaker;
}

/** What can be heard in a recording without understanding words. Times in milliseconds from the start of the contact. */
export interface AudioFeatures {
  /** Spans in which neither side spoke. */
  silences: readonly TimeSpan[];
  overlaps: readonly TalkOver[];
  /** Spans in which each side spoke. */
  speech: Readonly<Record<Speaker, readonly TimeSpan[]>>;
}
