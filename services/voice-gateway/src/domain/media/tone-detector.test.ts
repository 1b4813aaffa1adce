import { describe, expect, test } from '@jest/globals';
import { encodeSamples, type Codec } from './g711.ts';
import { ToneDetector, tonePower } from './tone-detector.ts';

interface Tone {
  frequencyHz: number;
  amplitude: number;
}

function mix(tones: readonly Tone[], durationMs: number, noise = 0): Int16Array {
  let seed = 3;
  const random = () => ((seed = (seed * 48_271) % 0x7fffffff) / 0x7fffffff) * 2 - 1;
  return Int16Array.from({ length: durationMs * 8 }, (_, index) =>
    tones.reduce((sum, tone) => sum + tone.amplitude * Math.sin((2 * Math.PI * tone.frequencyHz * index) / 8_000), noise * random()),
  );
}

const key = (row: number, column: number, rowAmplitude = 6_000, columnAmplitude = 6_000) => [
  { frequencyHz: row, amplitude: rowAmplitude },
  { frequencyHz: column, amplitude: columnAmplitude },
];

function keysIn(samples: Int16Array, codec: Codec = 'PCMU'): string {
  const detector = new ToneDetector();
  const bytes = encodeSamples(codec, samples);
  let found = '';
  for (let at = 0; at + 160 <= bytes.length; at += 160) found += detector.take(codec, bytes.subarray(at, at + 160)) ?? '';
  return found;
}

const join = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));
const pause = mix([], 100);

describe('keys in the sound', () => {
  test.each([
    ['1', 697, 1209],
    ['5', 770, 1336],
    ['9', 852, 1477],
    ['0', 941, 1336],
    ['#', 941, 1477],
    ['D', 941, 1633],
  ])('%s is found', (name, row, column) => {
    expect(keysIn(join(pause, mix(key(row, column), 100), pause))).toBe(name);
    expect(keysIn(join(pause, mix(key(row, column), 100), pause), 'PCMA')).toBe(name);
  });

  test('a key held is one key; pressed again it is two', () => {
    const one = mix(key(697, 1209), 400);
    expect(keysIn(one)).toBe('1');
    expect(keysIn(join(one, pause, one))).toBe('11');
  });

  test('6 dB of twist and some noise do not hide a key', () => {
    expect(keysIn(join(pause, mix(key(770, 1477, 3_000, 6_000), 120, 300), pause))).toBe('6');
  });

  test('a single tone, silence, noise and too short a key are none', () => {
    expect(keysIn(mix([{ frequencyHz: 697, amplitude: 8_000 }], 500))).toBe('');
    expect(keysIn(mix([], 500))).toBe('');
    expect(keysIn(mix([], 500, 8_000))).toBe('');
    expect(keysIn(join(pause, mix(key(697, 1209), 20), pause))).toBe('');
  });

  test('two tones of no key, or with a strong third, are none', () => {
    expect(keysIn(mix(key(650, 1209), 300))).toBe('');
    expect(keysIn(mix([...key(697, 1209), { frequencyHz: 1_000, amplitude: 6_000 }], 300))).toBe('');
  });
});

test('the power of a tone stands out at its frequency', () => {
  const samples = mix([{ frequencyHz: 440, amplitude: 5_000 }], 100);
  expect(tonePower(samples, 440)).toBeGreaterThan(100 * tonePower(samples, 600));
});
