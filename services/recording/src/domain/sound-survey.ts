import { Party } from '@patchbay/contracts/contact/v1/contact';
import type { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import { sampleNs } from './g711.ts';
import { createLegPlacement, type LegPlacement, type SoundWindow } from './leg-placement.ts';

/** What is there of one leg. */
export interface SurveyedLeg {
  legId: string;
  /** The customer goes to the left channel, everybody else to the right. */
  channel: 'left' | 'right';
  /** Chunks below this number belong to the survey; later ones came after it. */
  nextChunkNo: bigint;
  startNs: bigint;
  endNs: bigint;
  /** Whether its last chunk is there. */
  ended: boolean;
  refused: number;
}

/** The lay-out of a contact's sound. */
export interface SoundSurvey {
  legs: readonly SurveyedLeg[];
  /** Time of the first sample. */
  originNs: bigint;
  totalSamples: number;
  /** Milliseconds filled with silence, legs added up: filled by the gateway or missing between chunks. */
  gapMs: number;
  /** Chunks that could not be used. */
  refused: number;
  /** Whether sound was cut off at the longest length of a recording. */
  cut: boolean;
}

/** Looks through a contact's chunks before they are put together. */
export interface Surveyor {
  add(chunk: AudioChunk): void;
  /** Undefined when there is no sound at all. */
  result(): SoundSurvey | undefined;
}

interface LegDraft {
  placement: LegPlacement;
  channel: SurveyedLeg['channel'];
  startNs: bigint | undefined;
  endNs: bigint;
}

/** Legs of one contact: a call that was transferred a hundred times is none. */
const mostLegs = 100;

/**
 * @param limits.window time that sound may come from
 * @param limits.longestMs longest recording
 */
export function createSurveyor(limits: { window: SoundWindow; longestMs: number }): Surveyor {
  const legs = new Map<string, LegDraft>();
  return {
    add(chunk) {
      let leg = legs.get(chunk.legId);
      if (leg === undefined) {
        if (legs.size >= mostLegs) return;
        leg = { placement: createLegPlacement(limits.window), channel: chunk.party === Party.CUSTOMER ? 'left' : 'right', startNs: undefined, endNs: 0n };
        legs.set(chunk.legId, leg);
      }
      const placed = leg.placement.place(chunk);
      if (placed === undefined) return;
      leg.startNs ??= placed.startNs;
      leg.endNs = placed.endNs;
    },
    result() {
      const sounding = [...legs].flatMap(([legId, leg]) => (leg.startNs === undefined ? [] : [toSurveyedLeg(legId, leg, leg.startNs)]));
      const [first] = sounding;
      if (first === undefined) return undefined;
      const originNs = sounding.reduce((earliest, leg) => (leg.startNs < earliest ? leg.startNs : earliest), first.startNs);
      const endNs = sounding.reduce((latest, leg) => (leg.endNs > latest ? leg.endNs : latest), first.endNs);
      const samples = Number((endNs - originNs) / sampleNs);
      const most = limits.longestMs * 8;
      const drafts = [...legs.values()].map((leg) => leg.placement.progress);
      return {
        legs: sounding,
        originNs,
        totalSamples: Math.min(samples, most),
        gapMs: drafts.reduce((sum, progress) => sum + progress.concealedMs + Number(progress.missingNs / 1_000_000n), 0),
        refused: drafts.reduce((sum, progress) => sum + progress.refused, 0),
        cut: samples > most,
      };
    },
  };
}

function toSurveyedLeg(legId: string, { placement, channel, endNs }: LegDraft, startNs: bigint): SurveyedLeg {
  const { nextChunkNo, ended, refused } = placement.progress;
  return { legId, channel, nextChunkNo, startNs, endNs, ended, refused };
}
