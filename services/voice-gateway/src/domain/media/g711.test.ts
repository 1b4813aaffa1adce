import { describe, expect, test } from '@jest/globals';
import { decodeSamples, encodeSamples, silenceByte, transcodeInPlace, type Codec } from './g711.ts';

const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe('G.711', () => {
  // Values of ITU-T G.711 tables 2a (µ-law) and 1a (A-law), scaled to 16 bits.
  test.each<[Codec, number, number]>([
    ['PCMU', 0x80, 32_124],
    ['PCMU', 0x00, -32_124],
    ['PCMU', 0xff, 0],
    ['PCMU', 0x7f, 0],
    ['PCMU', 0xef, 132],
    ['PCMA', 0xaa, 32_256],
    ['PCMA', 0x2a, -32_256],
    ['PCMA', 0xd5, 8],
    ['PCMA', 0x55, -8],
  ])('%s byte %i is %i', (codec, byte, sample) => {
    expect(decodeSamples(codec, Uint8Array.of(byte))[0]).toBe(sample);
  });

  test.each<[Codec, number]>([
    ['PCMU', 255],
    ['PCMA', 256],
  ])('%s gives back %i of 256 bytes after a round trip (µ-law has two zeros)', (codec, same) => {
    const back = encodeSamples(codec, decodeSamples(codec, allBytes));
    expect(back.filter((byte, index) => byte === index)).toHaveLength(same);
  });

  test.each<Codec>(['PCMU', 'PCMA'])('%s stays within half a step of every sample', (codec) => {
    const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const back = decodeSamples(codec, encodeSamples(codec, samples));
    const worst = samples.reduce((most, sample, index) => Math.max(most, Math.abs(sample - (back[index] as number)) - Math.abs(sample) / 16), 0);
    expect(worst).toBeLessThanOrEqual(codec === 'PCMU' ? 644 : 512);
    expect(samples.every((sample, index) => Math.abs(sample) < 500 || Math.sign(sample) === Math.sign(back[index] as number))).toBe(true);
  });

  test.each<Codec>(['PCMU', 'PCMA'])('silence of %s is the quietest sample', (codec) => {
    expect(Math.abs(decodeSamples(codec, Uint8Array.of(silenceByte[codec]))[0] as number)).toBeLessThanOrEqual(8);
  });

  test('from one law to the other loses no more than a step', () => {
    const bytes = encodeSamples('PCMU', Int16Array.of(-20_000, -500, 0, 700, 30_000));
    transcodeInPlace('PCMU', bytes);
    const back = decodeSamples('PCMA', bytes);
    [-20_000, -500, 0, 700, 30_000].forEach((sample, index) => {
      expect(Math.abs((back[index] as number) - sample)).toBeLessThanOrEqual(Math.abs(sample) / 12 + 16);
    });
  });
});
