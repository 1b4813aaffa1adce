import type { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import { decodeTable, sampleNs, sampleRate } from './g711.ts';
import { createLegPlacement, type SoundWindow } from './leg-placement.ts';
import type { SoundSurvey, SurveyedLeg } from './sound-survey.ts';

/** Opens the chunks of one leg in the order they came. */
export type OpenLeg = (legId: string) => AsyncIterable<AudioChunk>;

/** A chunk decoded and placed, in samples from the origin. */
interface Piece {
  from: number;
  samples: Int16Array;
}

const blockSamples = sampleRate;

async function* piecesOf(leg: SurveyedLeg, chunks: AsyncIterable<AudioChunk>, ground: { window: SoundWindow; originNs: bigint }): AsyncGenerator<Piece> {
  const placement = createLegPlacement(ground.window);
  for await (const chunk of chunks) {
    // What came after the survey stays out: length and gaps are settled.
    if (chunk.chunkNo >= leg.nextChunkNo) return;
    const placed = placement.place(chunk);
    const table = placed === undefined ? undefined : decodeTable(chunk.codec);
    if (placed === undefined || table === undefined) continue;
    yield { from: Number((placed.startNs - ground.originNs) / sampleNs), samples: decode(chunk.samples, table) };
  }
}

function decode(octets: Uint8Array, table: Int16Array): Int16Array {
  const samples = new Int16Array(octets.length);
  for (let index = 0; index < octets.length; index += 1) samples[index] = table[octets[index] ?? 0] ?? 0;
  return samples;
}

function clamp(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}

/** Adds samples `first` to `end` of a piece to every other place of a block. @param shift place of sample 0 of the time line, negated */
function mix(block: Int16Array, piece: Piece & { first: number; end: number }, shift: number): void {
  const { samples, from, first, end } = piece;
  for (let at = first; at < end; at += 1) {
    const place = at * 2 - shift;
    block[place] = clamp((block[place] ?? 0) + (samples[at - from] ?? 0));
  }
}

/** One leg while it is read: the piece that comes next is kept until the time line has passed it. */
class LegReader {
  private piece: Piece | undefined;
  private done = false;
  private readonly side: 0 | 1;
  private readonly pieces: AsyncGenerator<Piece>;

  constructor(side: 0 | 1, pieces: AsyncGenerator<Piece>) {
    this.side = side;
    this.pieces = pieces;
  }

  /** Adds what falls into the block that begins at `from` to its interleaved samples. */
  async mixInto(block: Int16Array, from: number): Promise<void> {
    const to = from + block.length / 2;
    for (;;) {
      if (this.piece === undefined && !this.done) await this.advance();
      const piece = this.piece;
      if (piece === undefined || piece.from >= to) return;
      mix(block, { ...piece, first: Math.max(from, piece.from), end: Math.min(to, piece.from + piece.samples.length) }, from * 2 - this.side);
      if (piece.from + piece.samples.length > to) return;
      this.piece = undefined;
    }
  }

  private async advance(): Promise<void> {
    const next = await this.pieces.next();
    if (next.done === true) this.done = true;
    else this.piece = next.value;
  }

  async close(): Promise<void> {
    await this.pieces.return(undefined);
  }
}

/**
 * Puts the legs of a contact together: blocks of up to one second, 16-bit, left and right in turn. Reads all legs side by
 * side and holds one chunk of each, so a call of hours takes no more memory than one of seconds.
 */
export async function* assembleStereo(survey: SoundSurvey, openLeg: OpenLeg, window: SoundWindow): AsyncGenerator<Int16Array<ArrayBuffer>> {
  const ground = { window, originNs: survey.originNs };
  const readers = survey.legs.map((leg) => new LegReader(leg.channel === 'left' ? 0 : 1, piecesOf(leg, openLeg(leg.legId), ground)));
  try {
    for (let from = 0; from < survey.totalSamples; from += blockSamples) {
      const block = new Int16Array(Math.min(blockSamples, survey.totalSamples - from) * 2);
      for (const reader of readers) await reader.mixInto(block, from);
      yield block;
    }
  } finally {
    for (const reader of readers) await reader.close();
  }
}
