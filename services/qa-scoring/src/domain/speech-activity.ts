import type { AudioFeatures, TalkOver } from './audio-features.ts';
import type { TimeSpan } from './time-span.ts';
import { frameMs, type WavLevels } from './wav-levels.ts';

/** Which part of a recording to look at, and how its time lies in that of the contact. */
export interface AudioWindow {
  /** Start of the recording, milliseconds from the start of the contact. */
  offsetMs: number;
  /** Part that counts, milliseconds from the start of the contact. */
  fromMs: number;
  toMs: number;
}

/** A frame this far above the noise of its channel is speech … */
const aboveNoiseDb = 12;
/** … within these bounds, so that neither line noise nor a channel that is never quiet moves the threshold away. */
const lowestThresholdDb = -50;
const highestThresholdDb = -35;
/** Levels below are digital silence, not the noise of a line. */
const digitalSilenceDb = -85;
const noisePercentile = 0.1;
/** Speech goes on over a pause this short (hangover). */
const hangoverMs = 300;
/** Shorter is a click. */
const shortestSpeechMs = 60;
/** Shorter spans are of no use to any rule. */
const shortestSilenceMs = 1_000;
const shortestOverlapMs = 200;

/** The level that tells speech from noise in one channel. */
function thresholdDb(levels: Int8Array): number {
  const audible = levels.filter((level) => level > digitalSilenceDb).sort();
  const noise = audible[Math.floor(audible.length * noisePercentile)] ?? lowestThresholdDb;
  return Math.min(highestThresholdDb, Math.max(lowestThresholdDb, noise + aboveNoiseDb));
}

/** Spans of speech of one channel, milliseconds from the start of the recording. */
function findSpeech(levels: Int8Array): TimeSpan[] {
  const threshold = thresholdDb(levels);
  const spans: TimeSpan[] = [];
  for (const [frame, level] of levels.entries()) {
    if (level < threshold) continue;
    const startMs = frame * frameMs;
    const last = spans.at(-1);
    if (last !== undefined && startMs - last.endMs <= hangoverMs) last.endMs = startMs + frameMs;
    else spans.push({ startMs, endMs: startMs + frameMs });
  }
  return spans.filter((span) => span.endMs - span.startMs >= shortestSpeechMs);
}

function clip(spans: readonly TimeSpan[], window: AudioWindow): TimeSpan[] {
  return spans.flatMap((span) => {
    const startMs = Math.max(window.fromMs, span.startMs + window.offsetMs);
    const endMs = Math.min(window.toMs, span.endMs + window.offsetMs);
    return endMs > startMs ? [{ startMs, endMs }] : [];
  });
}

/** What lies between the spans of both sides. */
function findSilences(speech: readonly TimeSpan[], fromMs: number, toMs: number): TimeSpan[] {
  const sorted = [...speech].sort((left, right) => left.startMs - right.startMs);
  const silences: TimeSpan[] = [];
  let quietFrom = fromMs;
  for (const span of [...sorted, { startMs: toMs, endMs: toMs }]) {
    if (span.startMs - quietFrom >= shortestSilenceMs) silences.push({ startMs: quietFrom, endMs: span.startMs });
    quietFrom = Math.max(quietFrom, span.endMs);
  }
  return silences;
}

/** Who began later came in; at the same time, the agent gets the benefit of the doubt. */
function findOverlaps(agent: readonly TimeSpan[], customer: readonly TimeSpan[]): TalkOver[] {
  const overlaps: TalkOver[] = [];
  let first = 0;
  for (const own of agent) {
    while ((customer[first]?.endMs ?? Infinity) <= own.startMs) first += 1;
    for (let index = first; (customer[index]?.startMs ?? Infinity) < own.endMs; index += 1) {
      const other = customer[index];
      if (other === undefined) break;
      const startMs = Math.max(own.startMs, other.startMs);
      const endMs = Math.min(own.endMs, other.endMs);
      if (endMs - startMs >= shortestOverlapMs) overlaps.push({ startMs, endMs, begunBy: own.startMs > other.startMs ? 'agent' : 'customer' });
    }
  }
  return overlaps;
}

/** Finds who spoke when in the window of a recording whose left channel is the customer and whose right is the agent. */
export function hearRecording(levels: WavLevels, window: AudioWindow): AudioFeatures {
  const recordedMs = Math.min(levels.left.length, levels.right.length) * frameMs;
  const bounds = { ...window, fromMs: Math.max(window.fromMs, window.offsetMs), toMs: Math.min(window.toMs, window.offsetMs + recordedMs) };
  const customer = clip(findSpeech(levels.left), bounds);
  const agent = clip(findSpeech(levels.right), bounds);
  return {
    silences: bounds.toMs > bounds.fromMs ? findSilences([...customer, ...agent], bounds.fromMs, bounds.toMs) : [],
    overlaps: findOverlaps(agent, customer),
    speech: { customer, agent },
  };
}
