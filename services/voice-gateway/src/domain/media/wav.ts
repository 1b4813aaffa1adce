import { decodeSamples, sampleRate } from './g711.ts';

/** A sound file as 16-bit samples, or why it cannot be used. */
export type ReadWav = { readonly samples: Int16Array } | { readonly fault: string };

const formatPcm = 1;
const formatAlaw = 6;
const formatUlaw = 7;
const formatExtensible = 0xfffe;

/**
 * Reads a RIFF/WAVE file: 8 000 Hz, one channel, 16-bit PCM, µ-law or A-law.
 *
 * `RIFF` size `WAVE`, then chunks of: id (4), size (4, little-endian), bytes, padded to an even size.
 */
export function readWav(bytes: Uint8Array): ReadWav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tag = (offset: number) => String.fromCharCode(...bytes.subarray(offset, offset + 4));
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') return { fault: 'is no WAV file' };
  let format: number | undefined;
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const size = view.getUint32(offset + 4, true);
    const body = offset + 8;
    if (tag(offset) === 'fmt ' && size >= 16 && body + 16 <= bytes.length) {
      const kind = view.getUint16(body, true);
      const bits = view.getUint16(body + 14, true);
      format = kind === formatExtensible && size >= 26 ? view.getUint16(body + 24, true) : kind;
      if (view.getUint16(body + 2, true) !== 1) return { fault: 'has more than one channel' };
      if (view.getUint32(body + 4, true) !== sampleRate) return { fault: 'does not have 8000 samples a second' };
      if (!((format === formatPcm && bits === 16) || ((format === formatUlaw || format === formatAlaw) && bits === 8))) return { fault: 'is neither 16-bit PCM nor G.711' };
    }
    if (tag(offset) === 'data') {
      if (format === undefined) return { fault: 'has data before its format' };
      // Writers that stream leave the size at its largest; then the file's end counts.
      return { samples: readSamples(format, bytes.subarray(body, Math.min(bytes.length, body + size))) };
    }
    offset = body + size + (size % 2);
  }
  return { fault: 'has no data' };
}

function readSamples(format: number, data: Uint8Array): Int16Array {
  if (format === formatUlaw) return decodeSamples('PCMU', data);
  if (format === formatAlaw) return decodeSamples('PCMA', data);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Int16Array.from({ length: Math.floor(data.length / 2) }, (_, index) => view.getInt16(index * 2, true));
}
