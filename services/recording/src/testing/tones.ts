import type { Party } from '@patchbay/contracts/contact/v1/contact';
import { AudioChunk } from '@patchbay/contracts/voice/v1/media';

/** Start of the sound of a test, in the time of its facts. */
export const toneStartMs = Date.UTC(2026, 0, 5, 1, 0, 0);

/** 16-bit linear to one octet of μ-law, by the segments of ITU-T G.711 table 2a. */
function encodePcmu(sample: number): number {
  const magnitude = Math.min(32_635, Math.abs(sample)) + 0x84;
  let exponent = 7;
  for (let mask = 0x4000; (magnitude & mask) === 0 && exponent > 0; mask >>= 1) exponent -= 1;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

/** 16-bit linear to one octet of A-law, by the segments of ITU-T G.711 table 1a. */
function encodePcma(sample: number): number {
  const magnitude = Math.min(4_095, Math.abs(sample) >> 3);
  let segment = 0;
  while (segment < 7 && magnitude > (0x20 << segment) - 1) segment += 1;
  const mantissa = segment < 2 ? magnitude >> 1 : magnitude >> segment;
  return ((sample < 0 ? 0 : 0x80) | (segment << 4) | (mantissa & 0x0f)) ^ 0x55;
}

/** What a leg of a test sounds like. */
export interface ToneLeg {
  contactId: string;
  legId: string;
  party: Party;
  hertz: number;
  /** Seconds from `toneStartMs`. */
  fromS: number;
  lengthS: number;
  codec?: 'PCMU' | 'PCMA';
  /** Chunks left out, by number. */
  lost?: readonly number[];
  /** Whether the leg says that it is over; default yes. */
  last?: boolean;
}

/** Chunks of one second with a steady tone, as the gateway would send them. */
export function toneChunks(leg: ToneLeg): AudioChunk[] {
  const encode = leg.codec === 'PCMA' ? encodePcma : encodePcmu;
  const chunks: AudioChunk[] = [];
  for (let number = 0; number < Math.ceil(leg.lengthS); number += 1) {
    const seconds = Math.min(1, leg.lengthS - number);
    const samples = Buffer.alloc(Math.round(seconds * 8_000));
    for (let index = 0; index < samples.length; index += 1) {
      samples[index] = encode(Math.round(8_000 * Math.sin((2 * Math.PI * leg.hertz * (number * 8_000 + index)) / 8_000)));
    }
    const startNs = BigInt(toneStartMs) * 1_000_000n + BigInt(Math.round((leg.fromS + number) * 1e9));
    chunks.push(
      AudioChunk.fromPartial({
        contactId: leg.contactId,
        legId: leg.legId,
        party: leg.party,
        chunkNo: BigInt(number),
        startNs,
        codec: leg.codec ?? 'PCMU',
        samples,
        last: number === Math.ceil(leg.lengthS) - 1 && leg.last !== false,
      }),
    );
  }
  return chunks.filter((chunk) => !(leg.lost ?? []).includes(Number(chunk.chunkNo)));
}

/** Samples of one channel of a WAV file, 0 left and 1 right. */
export function channelOf(wav: Uint8Array, side: 0 | 1): Int16Array {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  return Int16Array.from({ length: (wav.byteLength - 44) / 4 }, (_, index) => view.getInt16(44 + index * 4 + side * 2, true));
}

/**
 * Amplitude of a frequency in a stretch of samples (Goertzel, 1958).
 * @param span seconds
 */
export function amplitudeAt(samples: Int16Array, hertz: number, span: { fromS: number; toS: number }): number {
  const part = samples.subarray(Math.round(span.fromS * 8_000), Math.round(span.toS * 8_000));
  const turn = (2 * Math.PI * hertz) / 8_000;
  let one = 0;
  let two = 0;
  for (const sample of part) [one, two] = [sample + 2 * Math.cos(turn) * one - two, one];
  return (2 / part.length) * Math.sqrt(one * one + two * two - 2 * Math.cos(turn) * one * two);
}
