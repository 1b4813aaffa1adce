import { describe, expect, test } from '@jest/globals';
import { encodeSamples } from './g711.ts';
import { readWav } from './wav.ts';

function wavOf(options: { format?: number; channels?: number; rate?: number; bits?: number; data: Uint8Array; extra?: boolean }): Uint8Array {
  const { format = 1, channels = 1, rate = 8_000, bits = 16, data, extra = false } = options;
  const head = Buffer.alloc(36);
  head.write('RIFF', 0);
  head.write('WAVE', 8);
  head.write('fmt ', 12);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(format, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt16LE(bits, 34);
  const list = extra ? Buffer.concat([Buffer.from('LIST'), Buffer.from([3, 0, 0, 0]), Buffer.from('abc\0')]) : Buffer.alloc(0);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(data.length);
  return Buffer.concat([head, list, Buffer.from('data'), size, data]);
}

const pcm = (samples: readonly number[]) => new Uint8Array(Int16Array.from(samples).buffer);

describe('a sound file', () => {
  test('of 16-bit samples is read, past chunks that are not sound', () => {
    expect(readWav(wavOf({ data: pcm([1, -2, 30_000]), extra: true }))).toEqual({ samples: Int16Array.of(1, -2, 30_000) });
  });

  test('of µ-law or A-law is read', () => {
    const loud = Int16Array.of(10_000, -10_000);
    for (const [format, codec] of [[7, 'PCMU'], [6, 'PCMA']] as const) {
      const read = readWav(wavOf({ format, bits: 8, data: encodeSamples(codec, loud) }));
      expect('samples' in read && read.samples.every((sample, index) => Math.abs(sample - (loud[index] as number)) < 300)).toBe(true);
    }
  });

  test.each([
    ['two channels', { channels: 2, data: pcm([1, 2]) }, 'has more than one channel'],
    ['16 kHz', { rate: 16_000, data: pcm([1, 2]) }, 'does not have 8000 samples a second'],
    ['24 bits', { bits: 24, data: pcm([1, 2]) }, 'is neither 16-bit PCM nor G.711'],
  ])('of %s is refused with the reason', (_, options, fault) => {
    expect(readWav(wavOf(options))).toEqual({ fault });
  });

  test('that is cut off or no WAV is refused without a throw', () => {
    const whole = wavOf({ data: pcm([1, 2, 3, 4]) });
    for (let size = 0; size < whole.length; size += 1) readWav(whole.subarray(0, size));
    expect(readWav(Buffer.from('not a wav file at all'))).toEqual({ fault: 'is no WAV file' });
  });
});
