import type { AnyFact, Fact } from '@patchbay/bus/fact';
import type { EventType } from '@patchbay/contracts/event-types';
import { AppError } from '@patchbay/runtime/app-error';
import { toKeptContact } from './domain/kept-contact.ts';
import { tellRecordingStory, type RecordingStory } from './domain/recording-story.ts';
import { recordingError } from './errors.ts';
import { finishRecording, firstSoundMs, recordingStartedFact, type RecorderPorts } from './finish-recording.ts';
import { finishTranscript } from './finish-transcript.ts';
import type { KeptIndex } from './ports.ts';

/** What the handlers work with. */
export interface RecordingPorts extends RecorderPorts {
  index: KeptIndex;
}

/** Facts that recording acts on. */
export const handledTypes = [
  'patchbay.contact.v1.ContactConnected',
  'patchbay.contact.v1.ContactEnded',
  'patchbay.recording.v1.LegalHoldPlaced',
  'patchbay.recording.v1.LegalHoldLifted',
] as const satisfies readonly EventType[];

/** Takes the facts in `handledTypes`; others are left. */
export function createFactHandler(ports: RecordingPorts): (fact: AnyFact) => Promise<void> {
  return async (fact) => {
    switch (fact.type) {
      case 'patchbay.contact.v1.ContactConnected':
        return onContactConnected(ports, fact);
      case 'patchbay.contact.v1.ContactEnded':
        return onContactEnded(ports, fact);
      case 'patchbay.recording.v1.LegalHoldPlaced':
      case 'patchbay.recording.v1.LegalHoldLifted':
        return onLegalHold(ports, fact);
      default:
    }
  };
}

async function readStory(ports: RecordingPorts, fact: AnyFact): Promise<RecordingStory> {
  return tellRecordingStory(await ports.facts.read(fact.tenant, fact.key));
}

/**
 * A call in which customer and agent talk is being recorded. Its file begins with the first sound the gateway sent, which
 * may be long before: the greeting and the wait are kept as well when they were sent.
 *
 * Dedupe: the recording's id is made of the contact, and the story says whether it has begun; an append over a newer fact
 * fails and is tried again.
 */
async function onContactConnected(ports: RecordingPorts, fact: Fact<'patchbay.contact.v1.ContactConnected'>): Promise<void> {
  const { tenant, key: contactId } = fact;
  const story = await readStory(ports, fact);
  if (story.legs.size === 0) return;
  if (story.recordingStarted === undefined) {
    const startedMs = (await firstSoundMs(ports, tenant, contactId)) ?? fact.timeMs;
    await ports.facts.append([recordingStartedFact(tenant, contactId, { story, startedMs, causationId: fact.id, expectedSequence: story.lastSequence })]);
  }
  await indexContact(ports, fact);
}

/**
 * Makes the recording of a call and the transcript of a text contact.
 *
 * Dedupe: terminal facts have an id made of the contact, and are only written where the story has none; files are put
 * under names made of it. A redelivery at any point goes on with what is missing: files, fact, index, clearing away.
 */
async function onContactEnded(ports: RecordingPorts, fact: Fact<'patchbay.contact.v1.ContactEnded'>): Promise<void> {
  const story = await readStory(ports, fact);
  // The stream must at least give back the fact in hand; if not, a replica lags or the history is over.
  if (story.endedMs === undefined) throw recordingError('RECORDING_HISTORY_GONE');
  if (story.legs.size > 0) await finishRecording(ports, fact, story);
  await finishTranscript(ports, fact, await readStory(ports, fact));
  await indexContact(ports, fact);
  if (story.legs.size > 0) await clearSound(ports, fact);
}

/**
 * Brings the index to what the facts say.
 *
 * Dedupe: the entry is made of the facts alone, so writing it again changes nothing. A sweep that is erasing at the same
 * moment keeps its mark.
 */
async function indexContact(ports: RecordingPorts, fact: AnyFact): Promise<void> {
  const kept = toKeptContact(fact.key, await readStory(ports, fact));
  if (kept.items.length === 0) return;
  const known = await ports.index.get(fact.tenant, fact.key);
  if (known === undefined) return ports.index.put(fact.tenant, kept);
  const erasing = new Map(known.kept.items.filter((item) => item.status === 'erasing').map((item) => [item.id, item]));
  const items = kept.items.map((item) => (item.status === 'ready' ? (erasing.get(item.id) ?? item) : item));
  await ports.index.update(fact.tenant, { ...kept, items }, known.revision);
}

/** The sound is in the file now; what cannot be removed goes with the age limit of its stream. */
async function clearSound(ports: RecordingPorts, fact: AnyFact): Promise<void> {
  try {
    await ports.sound.remove(fact.tenant, fact.key);
  } catch (error) {
    ports.log.warn('sound was not cleared away', { error: AppError.from(error), contactId: fact.key, tenantId: fact.tenant });
  }
}

/**
 * A legal hold reaches the index, which outlives the stream.
 *
 * Dedupe: setting a hold that is set changes nothing. Facts of one contact come in order, so the last one stands.
 */
async function onLegalHold(ports: RecordingPorts, fact: Fact<'patchbay.recording.v1.LegalHoldPlaced'> | Fact<'patchbay.recording.v1.LegalHoldLifted'>): Promise<void> {
  const known = await ports.index.get(fact.tenant, fact.key);
  if (known === undefined) return;
  const held = fact.type === 'patchbay.recording.v1.LegalHoldPlaced';
  const items = known.kept.items.map((item) => (item.id === fact.event.recordingId ? { ...item, held } : item));
  await ports.index.update(fact.tenant, { ...known.kept, items }, known.revision);
}
