import type { Objects } from '@patchbay/bus/objects';
import { TranscriptTurn } from '@patchbay/contracts/recording/v1/recording_service';
import { createWavLevelReader } from '../domain/wav-levels.ts';
import { qaError } from '../errors.ts';
import type { Sources } from '../ports.ts';

/** A transcript of a day of chat is well below. */
const longestTranscriptBytes = 8 * 1024 * 1024;
const mostTurns = 20_000;

function parseTranscript(bytes: Uint8Array, object: string): TranscriptTurn[] {
  let turns: unknown;
  try {
    turns = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw qaError('QA_BAD_TRANSCRIPT', { cause: error, details: { object } });
  }
  if (!Array.isArray(turns) || turns.length > mostTurns) throw qaError('QA_BAD_TRANSCRIPT', { details: { object } });
  try {
    return turns.map((turn: unknown) => TranscriptTurn.fromJSON(turn));
  } catch (error) {
    throw qaError('QA_BAD_TRANSCRIPT', { cause: error, details: { object } });
  }
}

/** Recordings and transcripts in the object store, read piece by piece within bounds. */
export function createObjectSources(objects: Pick<Objects, 'stream'>): Sources {
  return {
    async transcript(object) {
      const pieces: Uint8Array[] = [];
      let sizeBytes = 0;
      for await (const piece of objects.stream(object)) {
        sizeBytes += piece.length;
        if (sizeBytes > longestTranscriptBytes) throw qaError('QA_BAD_TRANSCRIPT', { details: { object, limitBytes: String(longestTranscriptBytes) } });
        pieces.push(piece);
      }
      return parseTranscript(Buffer.concat(pieces), object);
    },
    async levels(object) {
      const reader = createWavLevelReader();
      for await (const piece of objects.stream(object)) reader.push(piece);
      const levels = reader.finish();
      if ('fault' in levels) throw qaError('QA_BAD_AUDIO', { details: { object, fault: levels.fault } });
      return levels;
    },
  };
}
