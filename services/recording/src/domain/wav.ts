import { sampleRate } from './g711.ts';

const headerBytes = 44;
const channels = 2;
const bytesPerSample = 2;

/**
 * Header of a WAV file of 16-bit stereo PCM (Multimedia Programming Interface and Data Specifications 1.0, RIFF WAVE):
 *
 *     0 "RIFF"  4 size of the rest  8 "WAVE"
 *    12 "fmt "  16 16  20 1 (PCM)  22 channels  24 rate  28 bytes a second  32 bytes a frame  34 bits a sample
 *    36 "data"  40 bytes of samples  44 samples, left before right
 *
 * All numbers little-endian.
 */
export function wavHeader(frames: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(headerBytes));
  const dataBytes = frames * channels * bytesPerSample;
  const tag = (at: number, text: string) => {
    for (let index = 0; index < text.length; index += 1) header.setUint8(at + index, text.charCodeAt(index));
  };
  tag(0, 'RIFF');
  header.setUint32(4, headerBytes - 8 + dataBytes, true);
  tag(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, channels, true);
  header.setUint32(24, sampleRate, true);
  header.setUint32(28, sampleRate * channels * bytesPerSample, true);
  header.setUint16(32, channels * bytesPerSample, true);
  header.setUint16(34, bytesPerSample * 8, true);
  tag(36, 'data');
  header.setUint32(40, dataBytes, true);
  return new Uint8Array(header.buffer);
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Samples as the bytes of a WAV file; a view of them where the machine's byte order is the file's. */
export function samplesToBytes(samples: Int16Array<ArrayBuffer>): Uint8Array {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return isLittleEndian ? bytes : new Uint8Array(Buffer.from(bytes).swap16());
}
