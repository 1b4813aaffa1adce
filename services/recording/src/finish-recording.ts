import { newFact, type NewFact } from '@patchbay/bus/append-facts';
import type { Fact } from '@patchbay/bus/fact';
import { RecordingFailed, RecordingReady, RecordingStarted } from '@patchbay/contracts/recording/v1/recording_event';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import { deterministicId } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { assembleStereo } from './domain/assemble-stereo.ts';
import type { SoundWindow } from './domain/leg-placement.ts';
import { createPeaks } from './domain/peaks.ts';
import type { RecordingStory } from './domain/recording-story.ts';
import { createSurveyor, type SoundSurvey } from './domain/sound-survey.ts';
import { tailGapMs } from './domain/tail-gap.ts';
import { samplesToBytes, wavHeader } from './domain/wav.ts';
import type { Centres, FactLog, Files, Sound } from './ports.ts';
import { recordingMetrics } from './metrics.ts';

/** What making a recording needs. */
export interface RecorderPorts {
  facts: FactLog;
  sound: Sound;
  files: Files;
  centres: Centres;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  limits: { lastChunkWaitMs: number; longestMs: number };
}

type ContactEndedFact = Fact<'patchbay.contact.v1.ContactEnded'>;

/** Sound from a clock further off than this from the facts of the contact is not laid on its time line. */
const clockToleranceMs = 3_600_000;
const pollMs = 250;

/** The same for every delivery of every fact of the contact: one call, one recording. */
export function recordingIdOf(tenant: string, contactId: string, story: RecordingStory): string {
  return story.recordingStarted?.recordingId ?? deterministicId(story.startedMs, 'recording', tenant, contactId);
}

/** The fact that sound is being kept. */
export function recordingStartedFact(tenant: string, contactId: string, options: { story: RecordingStory; startedMs: number; causationId: string; expectedSequence?: number }): NewFact {
  const { story, startedMs, causationId, expectedSequence } = options;
  const recordingId = recordingIdOf(tenant, contactId, story);
  return newFact(RecordingStarted, {
    tenant,
    key: contactId,
    id: deterministicId(startedMs, 'recording-started', recordingId),
    timeMs: startedMs,
    causationId,
    expectedSequence,
    event: { contactId, recordingId, startedAt: new Date(startedMs) },
  });
}

/** When the sound of a contact that is there so far begins, milliseconds since the Unix epoch. */
export async function firstSoundMs(ports: Pick<RecorderPorts, 'sound'>, tenant: string, contactId: string): Promise<number | undefined> {
  for await (const chunk of ports.sound.chunks(tenant, contactId)) return Number(chunk.startNs / 1_000_000n);
  return undefined;
}

/**
 * Makes the recording of a call that ended and writes its terminal fact; does nothing when it is written, or when there
 * is no sound and nobody was connected, so that none was to be expected. Everything is read from facts and stored sound,
 * so a recorder that dies anywhere begins again: files are put over what a try before left, and the fact's id is the same.
 */
export async function finishRecording(ports: RecorderPorts, fact: ContactEndedFact, story: RecordingStory): Promise<void> {
  if (story.recordingReady !== undefined || story.recordingFailed !== undefined) return;
  const survey = await surveySound(ports, fact, story);
  const heardMs = survey === undefined ? story.connectedMs : originMs(survey);
  const begun = story.recordingStarted !== undefined;
  if (heardMs === undefined && !begun) return;
  const ending = survey === undefined ? failedFact(fact, story) : await readyFact(ports, fact, { story, survey });
  const { lastSequence: expectedSequence } = story;
  const started = begun ? [] : [recordingStartedFact(fact.tenant, fact.key, { story, startedMs: heardMs ?? fact.timeMs, causationId: fact.id, expectedSequence })];
  await ports.facts.append([...started, newFactOf(fact, ending, begun ? expectedSequence : undefined)]);
  ports.metrics.counter(recordingMetrics.recordings_total).inc({ outcome: ending.kind });
}

const originMs = (survey: SoundSurvey) => Number(survey.originNs / 1_000_000n);

type Ending = { kind: 'ready'; event: RecordingReady } | { kind: 'failed'; event: RecordingFailed };

function newFactOf(fact: ContactEndedFact, ending: Ending, expectedSequence: number | undefined): NewFact {
  const fields = {
    tenant: fact.tenant,
    key: fact.key,
    id: deterministicId(fact.timeMs, 'recording-ended', ending.event.recordingId),
    causationId: fact.id,
    expectedSequence,
  };
  return ending.kind === 'ready' ? newFact(RecordingReady, { ...fields, event: ending.event }) : newFact(RecordingFailed, { ...fields, event: ending.event });
}

function failedFact(fact: ContactEndedFact, story: RecordingStory): Ending {
  const recordingId = recordingIdOf(fact.tenant, fact.key, story);
  return { kind: 'failed', event: { contactId: fact.key, recordingId, code: 'RECORDING_NO_AUDIO' } };
}

function windowOf(story: RecordingStory): SoundWindow {
  const toNs = (ms: number) => BigInt(Math.round(ms)) * 1_000_000n;
  return { fromNs: toNs(story.startedMs - clockToleranceMs), toNs: toNs((story.endedMs ?? story.startedMs) + clockToleranceMs) };
}

/**
 * Whether nothing more is to be expected: every leg that was heard has ended, and of a call that was connected both sides
 * were heard. A leg that never carried sound (a phone that rang out) is not waited for.
 */
function isComplete(survey: SoundSurvey | undefined, story: RecordingStory): boolean {
  const connected = story.connectedMs !== undefined;
  if (survey === undefined) return !connected;
  const sides = new Set(survey.legs.map((leg) => leg.channel));
  return survey.legs.every((leg) => leg.ended) && (!connected || sides.size === 2);
}

/** Looks what sound is there, until it is complete or the wait is over. A late delivery waits no more. */
async function surveySound(ports: RecorderPorts, fact: ContactEndedFact, story: RecordingStory): Promise<SoundSurvey | undefined> {
  const { clock, sound, limits } = ports;
  const untilMs = fact.timeMs + limits.lastChunkWaitMs;
  for (;;) {
    const surveyor = createSurveyor({ window: windowOf(story), longestMs: limits.longestMs });
    for await (const chunk of sound.chunks(fact.tenant, fact.key)) surveyor.add(chunk);
    const survey = surveyor.result();
    const leftMs = Math.min(limits.lastChunkWaitMs, untilMs - clock.nowMs());
    if (isComplete(survey, story) || leftMs <= 0) {
      warnOf(ports, fact, survey);
      return survey;
    }
    await sleep(clock, Math.min(pollMs, leftMs));
  }
}

function warnOf(ports: RecorderPorts, fact: ContactEndedFact, survey: SoundSurvey | undefined): void {
  if (survey === undefined) return;
  const fields = { contactId: fact.key, tenantId: fact.tenant };
  const unended = survey.legs.filter((leg) => !leg.ended).length;
  if (unended > 0) ports.log.warn('recording made without the last sound of some legs', { ...fields, legs: unended });
  if (survey.refused > 0) ports.log.warn('sound was left out: unknown codec or broken clock', { ...fields, chunks: survey.refused });
  if (survey.cut) ports.log.warn('recording cut off at its longest length', fields);
}

/** Stores the files, then says so. */
async function readyFact(ports: RecorderPorts, fact: ContactEndedFact, { story, survey }: { story: RecordingStory; survey: SoundSurvey }): Promise<Ending> {
  const { tenant, key: contactId } = fact;
  const recordingId = recordingIdOf(tenant, contactId, story);
  const peaks = createPeaks(survey.totalSamples);
  const name = `${tenant}/${contactId}/${recordingId}`;
  const openLeg = (legId: string) => ports.sound.chunks(tenant, contactId, legId);

  async function* wavFile(): AsyncGenerator<Uint8Array> {
    yield wavHeader(survey.totalSamples);
    for await (const block of assembleStereo(survey, openLeg, windowOf(story))) {
      peaks.add(block);
      yield samplesToBytes(block);
    }
  }

  const object = await ports.files.put(`${name}.wav`, wavFile(), { mime: 'audio/wav' });
  const drawing = await ports.files.put(`${name}.peaks.json`, new TextEncoder().encode(peaks.toJson()), { mime: 'application/json' });
  const event: RecordingReady = {
    contactId,
    recordingId,
    object: { ...object, name: `${contactId}.wav` },
    durationMs: BigInt(Math.round(survey.totalSamples / 8)),
    gapMs: BigInt(survey.gapMs + tailGapMs(survey, story)),
    retentionClass: ports.centres.retentionClassOf(tenant, story.queue),
    peaks: { ...drawing, name: `${contactId}.peaks.json` },
    startedAt: new Date(originMs(survey)),
  };
  return { kind: 'ready', event };
}
