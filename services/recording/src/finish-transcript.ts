import { newFact } from '@patchbay/bus/append-facts';
import type { Fact } from '@patchbay/bus/fact';
import { TranscriptReady } from '@patchbay/contracts/recording/v1/recording_event';
import { deterministicId } from '@patchbay/runtime/ids';
import { transcribeMessages, transcriptToJson } from './domain/message-transcript.ts';
import type { RecordingStory } from './domain/recording-story.ts';
import type { Centres, FactLog, Files } from './ports.ts';

/**
 * Writes the transcript of a text contact that ended; does nothing when it is written or nothing was said. Only messages
 * before the end count, so every try writes the same bytes.
 */
export async function finishTranscript(ports: { facts: FactLog; files: Files; centres: Centres }, fact: Fact<'patchbay.contact.v1.ContactEnded'>, story: RecordingStory): Promise<void> {
  const turns = transcribeMessages(story);
  if (story.transcriptReady !== undefined || turns.length === 0) return;
  const { tenant, key: contactId } = fact;
  const transcriptId = deterministicId(story.startedMs, 'transcript', tenant, contactId);
  const file = new TextEncoder().encode(transcriptToJson(turns));
  const object = await ports.files.put(`${tenant}/${contactId}/${transcriptId}.json`, file, { mime: 'application/json' });
  await ports.facts.append([
    newFact(TranscriptReady, {
      tenant,
      key: contactId,
      id: deterministicId(fact.timeMs, 'transcript-ready', transcriptId),
      causationId: fact.id,
      expectedSequence: story.lastSequence,
      event: {
        contactId,
        transcriptId,
        object: { ...object, name: `${contactId}.json` },
        turns: turns.length,
        origin: 'messages',
        retentionClass: ports.centres.retentionClassOf(tenant, story.queue),
      },
    }),
  ]);
}
