/** Level of each 20 ms of both channels of a WAV file, dBFS from -100 to 0. */
export interface WavLevels {
  left: Int8Array;
  right: Int8Array;
}

/** Reads a WAV file as its bytes come. */
export interface WavLevelReader {
  push(bytes: Uint8Array): void;
  /** The levels, or why they cannot be had. */
  finish(): WavLevels | { fault: string };
}

/** Length of one frame. */
export const frameMs = 20;
const quietestDb = -100;
/** Six hours: 2 MiB of levels. */
const mostFrames = 6 * 3_600 * (1_000 / frameMs);
const longestHeader = 64 * 1024;

/** RMS of one frame against a full-scale square wave, in dBFS. */
function toDb(sumOfSquares: number, samples: number): number {
  const rms = Math.sqrt(sumOfSquares / samples) / 32_768;
  return rms <= 0 ? quietestDb : Math.max(quietestDb, Math.round(20 * Math.log10(rms)));
}

interface Format {
  samplesPerFrame: number;
}

type Header = { format: Format; dataAt: number } | { fault: string } | 'more';

/**
 * Reads the chunks before the samples (Multimedia Programming Interface and Data Specifications 1.0, RIFF WAVE):
 * `RIFF size WAVE`, then chunks of `id size body`, of which `fmt ` says 16-bit PCM with two channels.
 */
function readHeader(bytes: Buffer): Header {
  if (bytes.length < 12) return 'more';
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') return { fault: 'is no WAV file' };
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (id === 'data') return format === undefined ? { fault: 'has samples before their format' } : { format, dataAt: at + 8 };
    if (id === 'fmt ') {
      if (at + 8 + 16 > bytes.length) return 'more';
      const [kind, channels, rate, bits] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 12), bytes.readUInt16LE(at + 22)];
      if (kind !== 1 || channels !== 2 || bits !== 16 || rate < 8_000 || rate > 48_000) return { fault: 'is not 16-bit stereo of 8 to 48 kHz' };
      format = { samplesPerFrame: Math.round((rate * frameMs) / 1_000) };
    }
    at += 8 + size + (size % 2);
    if (at > longestHeader) return { fault: 'has a header without end' };
  }
  return bytes.length > longestHeader ? { fault: 'has a header without end' } : 'more';
}

/** A reader that keeps two bytes for each 20 ms, whatever the length of the file. */
export function createWavLevelReader(): WavLevelReader {
  const left: number[] = [];
  const right: number[] = [];
  let pending: Buffer = Buffer.alloc(0);
  let format: Format | undefined;
  let fault: string | undefined;
  let samples = 0;
  let sumLeft = 0;
  let sumRight = 0;

  function addSamples(bytes: Buffer, { samplesPerFrame }: Format): number {
    let at = 0;
    for (; at + 4 <= bytes.length; at += 4) {
      const one = bytes.readInt16LE(at);
      const two = bytes.readInt16LE(at + 2);
      sumLeft += one * one;
      sumRight += two * two;
      samples += 1;
      if (samples < samplesPerFrame) continue;
      if (left.length < mostFrames) {
        left.push(toDb(sumLeft, samples));
        right.push(toDb(sumRight, samples));
      }
      samples = sumLeft = sumRight = 0;
    }
    return at;
  }

  return {
    push(bytes) {
      if (fault !== undefined) return;
      pending = pending.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.concat([pending, bytes]);
      if (format === undefined) {
        const header = readHeader(pending);
        if (header === 'more') return;
        if ('fault' in header) {
          fault = header.fault;
          return;
        }
        format = header.format;
        pending = pending.subarray(header.dataAt);
      }
      const used = addSamples(pending, format);
      // A copy: what comes from outside may be reused by its owner.
      pending = Buffer.from(pending.subarray(used));
    },
    finish() {
      if (fault !== undefined) return { fault };
      if (format === undefined) return { fault: 'ends before its samples' };
      return { left: Int8Array.from(left), right: Int8Array.from(right) };
    },
  };
}
