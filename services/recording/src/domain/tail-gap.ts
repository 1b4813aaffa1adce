import type { RecordingStory } from './recording-story.ts';
import type { SoundSurvey } from './sound-survey.ts';

/** Up to one packet is no gap. */
const shortestMs = 20;

/** Milliseconds that are missing at the ends of legs whose last chunk never came, by when the facts say they ended. */
export function tailGapMs(survey: SoundSurvey, story: Pick<RecordingStory, 'legs' | 'endedMs'>): number {
  return survey.legs.reduce((sum, leg) => {
    const endedMs = story.legs.get(leg.legId)?.endedMs ?? story.endedMs;
    if (leg.ended || endedMs === undefined) return sum;
    const missingMs = endedMs - Number(leg.endNs / 1_000_000n);
    return missingMs > shortestMs ? sum + Math.round(missingMs) : sum;
  }, 0);
}
