import { describe, expect, test } from '@jest/globals';
import { hearRecording } from './speech-activity.ts';
import { createWavLevelReader, type WavLevels } from './wav-levels.ts';

const rate = 8_000;

/** Spans of tone, seconds, over low noise. */
function channel(lengthS: number, talking: readonly (readonly [number, number])[], amplitude = 8_000): Int16Array {
  const samples = new Int16Array(lengthS * rate);
  for (let index = 0; index < samples.length; index += 1) {
    const second = index / rate;
    const speaks = talking.some(([from, to]) => second >= from && second < to);
    // A fixed sequence stands for the noise of a line, about -72 dBFS.
    const noise = ((index * 7_919) % 17) - 8;
    samples[index] = noise + (speaks ? amplitude * Math.sin(2 * Math.PI * 440 * second) : 0);
  }
  return samples;
}

function wavOf(left: Int16Array, right: Int16Array, channels = 2): Buffer {
  const file = Buffer.alloc(44 + left.length * 4);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 4, 28);
  file.writeUInt16LE(4, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(left.length * 4, 40);
  for (let index = 0; index < left.length; index += 1) {
    file.writeInt16LE(left[index] ?? 0, 44 + index * 4);
    file.writeInt16LE(right[index] ?? 0, 46 + index * 4);
  }
  return file;
}

function read(file: Buffer, pieceSize = 1_000): WavLevels | { fault: string } {
  const reader = createWavLevelReader();
  for (let at = 0; at < file.length; at += pieceSize) reader.push(file.subarray(at, at + pieceSize));
  return reader.finish();
}

function hear(left: Int16Array, right: Int16Array, window = { offsetMs: 0, fromMs: 0, toMs: 3_600_000 }) {
  const levels = read(wavOf(left, right), 999);
  if ('fault' in levels) throw new Error(levels.fault);
  return hearRecording(levels, window);
}

describe('who spoke when', () => {
  test('is heard on both channels to within a frame', () => {
    const { speech } = hear(channel(10, [[1, 3]]), channel(10, [[4, 6]]));
    expect(speech).toEqual({ customer: [{ startMs: 1_000, endMs: 3_000 }], agent: [{ startMs: 4_000, endMs: 6_000 }] });
  });

  test('goes on over a short pause and does not begin with a click', () => {
    const { speech } = hear(channel(6, [[1, 2], [2.2, 3], [3.5, 4], [5, 5.03]]), channel(6, []));
    expect(speech.customer).toEqual([{ startMs: 1_000, endMs: 3_000 }, { startMs: 3_500, endMs: 4_000 }]);
  });

  test('does not depend on how loud a side is, within reason', () => {
    const { speech } = hear(channel(6, [[1, 3]], 300), channel(6, [[2, 4]], 30_000));
    expect(speech).toMatchObject({ customer: [{ startMs: 1_000, endMs: 3_000 }], agent: [{ startMs: 2_000, endMs: 4_000 }] });
  });

  test('is known also of a side that never stops', () => {
    const { speech } = hear(channel(4, [[0, 4]]), channel(4, []));
    expect(speech.customer).toEqual([{ startMs: 0, endMs: 4_000 }]);
  });
});

describe('silences and talk-overs', () => {
  test('a silence is where neither speaks, ends of the recording included', () => {
    const { silences } = hear(channel(20, [[2, 4]]), channel(20, [[3, 5]]));
    expect(silences).toEqual([{ startMs: 0, endMs: 2_000 }, { startMs: 5_000, endMs: 20_000 }]);
  });

  test('a talk-over belongs to who came in', () => {
    const { overlaps } = hear(channel(20, [[1, 5], [11, 15]]), channel(20, [[3, 7], [9, 13]]));
    expect(overlaps).toEqual([
      { startMs: 3_000, endMs: 5_000, begunBy: 'agent' },
      { startMs: 11_000, endMs: 13_000, begunBy: 'customer' },
    ]);
  });

  test('only the window counts, in the time of the contact', () => {
    const { silences, speech } = hear(channel(20, [[1, 2], [15, 16]]), channel(20, []), { offsetMs: 5_000, fromMs: 10_000, toMs: 21_500 });
    expect(speech.customer).toEqual([{ startMs: 20_000, endMs: 21_000 }]);
    expect(silences).toEqual([{ startMs: 10_000, endMs: 20_000 }]);
  });

  test('a window outside the recording holds nothing', () => {
    expect(hear(channel(2, [[0, 2]]), channel(2, []), { offsetMs: 0, fromMs: 5_000, toMs: 9_000 })).toEqual({ silences: [], overlaps: [], speech: { customer: [], agent: [] } });
  });
});

test.each([
  ['what is no sound', Buffer.from('<html></html>'), 'is no WAV file'],
  ['a file that breaks off', wavOf(channel(1, []), channel(1, [])).subarray(0, 30), 'ends before its samples'],
  ['mono', wavOf(channel(1, []), channel(1, []), 1), 'is not 16-bit stereo of 8 to 48 kHz'],
])('%s is refused with the reason', (_, file, fault) => {
  expect(read(file)).toEqual({ fault });
});

test('bytes in any pieces give the same levels', () => {
  const file = wavOf(channel(1, [[0.2, 0.7]]), channel(1, [[0.5, 0.9]]));
  const whole = read(file, file.length);
  expect(read(file, 1)).toEqual(whole);
  expect(read(file, 7)).toEqual(whole);
});
