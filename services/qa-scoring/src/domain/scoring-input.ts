import type { AudioFeatures } from './audio-features.ts';
import type { TimeSpan } from './time-span.ts';

/** What one party said at once. Times in milliseconds from the start of the contact. */
export interface Turn {
  /** `other` for bots, menus and the system: never scored. */
  speaker: 'customer' | 'agent' | 'other';
  text: string;
  startMs: number;
  endMs: number;
  /** How sure the recogniser is, 0 to 1; 1 for messages. */
  confidence: number;
  /** Place in the transcript file, from 0. */
  index: number;
}

/** One agent's part of a contact, as it is scored. */
export interface ScoringInput {
  channel: string;
  /** In order of time; undefined when there is no transcript. */
  turns: readonly Turn[] | undefined;
  /** Undefined when there is no sound. */
  audio: AudioFeatures | undefined;
  /** Who ended this part; `transfer` when the contact went on with another agent. */
  endedBy: 'customer' | 'agent' | 'system' | 'transfer';
  /** Local time of the centre at the start of the contact, minutes of the day. */
  clockMinute: number;
  /** When the customer was on hold. */
  holds: readonly TimeSpan[];
  /** When this part ended. */
  endMs: number;
}
