import { describe, expect, test } from '@jest/globals';
import { encodeSamples } from './g711.ts';
import { soundMsOf } from './sound-share.ts';

const wave = (amplitude: number, count: number) => Int16Array.from({ length: count }, (_, index) => amplitude * Math.sin((2 * Math.PI * 440 * index) / 8_000));

describe('how much of a message is sound', () => {
  test.each(['PCMU', 'PCMA'] as const)('a tone counts in full, silence and line noise do not: %s', (codec) => {
    expect(soundMsOf(codec, encodeSamples(codec, wave(8_000, 8_000)))).toBe(1_000);
    expect(soundMsOf(codec, encodeSamples(codec, wave(0, 8_000)))).toBe(0);
    expect(soundMsOf(codec, encodeSamples(codec, wave(60, 8_000)))).toBe(0);
  });

  test('a pause in speech is left out', () => {
    const half = new Int16Array(8_000);
    half.set(wave(4_000, 4_000));
    expect(soundMsOf('PCMU', encodeSamples('PCMU', half))).toBe(500);
  });
});
