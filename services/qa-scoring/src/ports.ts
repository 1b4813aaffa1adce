import type { AnyFact } from '@patchbay/bus/fact';
import type { ContactScored } from '@patchbay/contracts/quality/v1/quality_event';
import type { TranscriptTurn } from '@patchbay/contracts/recording/v1/recording_service';
import type { RuleSet } from './domain/rule-set.ts';
import type { WavLevels } from './domain/wav-levels.ts';

/** A rule set with where it came from. */
export interface RuleSetInUse {
  /** RuleSet resource; `builtin` when the tenant has none. */
  name: string;
  /** Its revision; 0 for the built-in one. */
  revision: bigint;
  ruleSet: RuleSet;
}

/** How centres are set up, live. */
export interface Centres {
  /** Rule set for contacts of a queue: the queue's own, else the tenant's `default`, else the built-in one. */
  ruleSetFor(tenant: string, queue: string): RuleSetInUse;
  /** IANA time zone of the tenant. */
  timeZoneOf(tenant: string): string;
}

/** The facts of one contact. */
export interface FactLog {
  /** Facts of contact, routing, recording and quality, in stream order. */
  read(tenant: string, contactId: string): Promise<AnyFact[]>;
  /**
   * Appends scores, all or none. The ids are those of the scores, so the same score twice is stored once.
   * @param scores.expectedSequence last quality fact that was read; BUS_STALE_WRITER when there is a newer one
   */
  appendScores(scores: { tenant: string; contactId: string; scored: readonly ContactScored[]; expectedSequence: number; causationId: string }): Promise<void>;
}

/** What recording stored. */
export interface Sources {
  /** Turns of a transcript. QA_BAD_TRANSCRIPT when it is none; BUS_OBJECT_UNKNOWN when it was erased. */
  transcript(object: string): Promise<readonly TranscriptTurn[]>;
  /** Levels of a recording. QA_BAD_AUDIO when it is none; BUS_OBJECT_UNKNOWN when it was erased. */
  levels(object: string): Promise<WavLevels>;
}
