import type { TranscriptTurn } from '@patchbay/contracts/recording/v1/recording_service';
import type { AudioFeatures } from './audio-features.ts';
import type { ContactStory, ServedPart } from './contact-story.ts';
import type { ScoringInput, Turn } from './scoring-input.ts';
import { hearRecording } from './speech-activity.ts';
import type { WavLevels } from './wav-levels.ts';

/** Minutes of the day at a place. An unknown zone counts as UTC. */
export function minuteOfDay(timeMs: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(timeMs);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return read('hour') * 60 + read('minute');
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  let clock: Intl.DateTimeFormat;
  try {
    clock = new Intl.DateTimeFormat('en-GB', { ...options, timeZone });
  } catch {
    // The zone is the tenant's free text; a wrong one must not stop the scoring.
    clock = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
  }
  // Zones are few, but their names come from outside.
  if (clocks.size < 1_000) clocks.set(timeZone, clock);
  return clock;
}

/** What one source of a contact gives to be scored. */
export interface SourceContent {
  turns: readonly TranscriptTurn[] | undefined;
  recording: { levels: WavLevels; startedMs: number } | undefined;
  timeZone: string;
}

/** Whose turn it is from the view of one part: another agent's words are not this agent's. */
function speakerOf(turn: TranscriptTurn, part: ServedPart): Turn['speaker'] {
  if (turn.speaker === 'customer') return 'customer';
  if (turn.speaker !== 'agent') return 'other';
  return turn.agentId === '' || turn.agentId === part.agentId ? 'agent' : 'other';
}

function turnsOf(story: ContactStory, part: ServedPart, turns: readonly TranscriptTurn[]): Turn[] {
  const place = story.parts.indexOf(part);
  // What was said between two parts belongs to the earlier one; before the first, to the first.
  const fromMs = place === 0 ? -Infinity : part.fromMs - story.startedMs;
  const toMs = place === story.parts.length - 1 ? Infinity : (story.parts[place + 1]?.fromMs ?? Infinity) - story.startedMs;
  return turns.flatMap((turn, index) => {
    const startMs = Number(turn.startMs);
    if (startMs < fromMs || startMs >= toMs) return [];
    return [{ speaker: speakerOf(turn, part), text: turn.text, startMs, endMs: Number(turn.endMs), confidence: turn.confidence, index }];
  });
}

function soundOf(story: ContactStory, part: ServedPart, recording: NonNullable<SourceContent['recording']>): AudioFeatures {
  const { startedMs } = story;
  return hearRecording(recording.levels, { offsetMs: recording.startedMs - startedMs, fromMs: part.fromMs - startedMs, toMs: part.toMs - startedMs });
}

/** What of a contact is judged for one part. */
export function toScoringInput(story: ContactStory, part: ServedPart, content: SourceContent): ScoringInput {
  const { startedMs } = story;
  return {
    channel: story.channel,
    turns: content.turns === undefined ? undefined : turnsOf(story, part, content.turns),
    audio: content.recording === undefined ? undefined : soundOf(story, part, content.recording),
    endedBy: part.endedBy,
    clockMinute: minuteOfDay(startedMs, content.timeZone),
    holds: story.holds.map((hold) => ({ startMs: hold.startMs - startedMs, endMs: hold.endMs - startedMs })),
    endMs: part.toMs - startedMs,
  };
}
