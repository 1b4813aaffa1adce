import type { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import { decodeTable, sampleNs } from './g711.ts';

/** Time that sound of a contact may come from; anything outside is a broken clock. Nanoseconds since the Unix epoch. */
export interface SoundWindow {
  fromNs: bigint;
  toNs: bigint;
}

/** Where a chunk lies. */
export interface PlacedChunk {
  startNs: bigint;
  endNs: bigint;
  chunk: AudioChunk;
}

/** What is known of a leg's sound so far. */
export interface LegProgress {
  /** Number after the highest chunk that was taken. */
  nextChunkNo: bigint;
  /** Silence put in where sound was missing between chunks, nanoseconds. */
  missingNs: bigint;
  /** Sound the gateway had filled itself, milliseconds. */
  concealedMs: number;
  /** Chunks that could not be used: unknown codec, too long, outside the window. */
  refused: number;
  /** Whether the leg's last chunk came. */
  ended: boolean;
}

/** Lays the chunks of one leg on the time line, one after another. */
export interface LegPlacement {
  /** Gives the chunk its place; undefined when there is nothing to place: known already, empty or of no use. */
  place(chunk: AudioChunk): PlacedChunk | undefined;
  readonly progress: LegProgress;
}

/** Two chunks whose times differ from touching by no more than one packet are joined, so that jitter makes no clicks. */
const joinWithinNs = 20_000_000n;
/** Ten seconds: a chunk holds about one. */
const longestChunk = 80_000;

const abs = (value: bigint) => (value < 0n ? -value : value);

/**
 * Places chunks by their time. A chunk number that was seen is a redelivery; a time before the end of what is placed is
 * moved up to it, so that a leg never sounds over itself.
 */
export function createLegPlacement(window: SoundWindow): LegPlacement {
  const progress: LegProgress = { nextChunkNo: 0n, missingNs: 0n, concealedMs: 0, refused: 0, ended: false };
  let endNs: bigint | undefined;
  return {
    progress,
    place(chunk) {
      if (chunk.chunkNo < progress.nextChunkNo) return undefined;
      progress.nextChunkNo = chunk.chunkNo + 1n;
      progress.ended ||= chunk.last;
      const usable = decodeTable(chunk.codec) !== undefined && chunk.samples.length <= longestChunk && chunk.startNs >= window.fromNs && chunk.startNs <= window.toNs;
      if (chunk.samples.length === 0) return undefined;
      if (!usable) {
        progress.refused += 1;
        return undefined;
      }
      const apartNs = endNs === undefined ? 0n : chunk.startNs - endNs;
      const joins = endNs !== undefined && (abs(apartNs) <= joinWithinNs || apartNs < 0n);
      const startNs = endNs !== undefined && joins ? endNs : chunk.startNs;
      if (endNs !== undefined && !joins) progress.missingNs += apartNs;
      progress.concealedMs += chunk.concealedMs;
      endNs = startNs + BigInt(chunk.samples.length) * sampleNs;
      return { startNs, endNs, chunk };
    },
  };
}
