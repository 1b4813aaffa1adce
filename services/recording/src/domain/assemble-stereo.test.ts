import { describe, expect, test } from '@jest/globals';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import { amplitudeAt, channelOf, toneChunks, toneStartMs, type ToneLeg } from '../testing/tones.ts';
import { assembleStereo } from './assemble-stereo.ts';
import { createPeaks } from './peaks.ts';
import { createSurveyor, type SoundSurvey } from './sound-survey.ts';
import { tailGapMs } from './tail-gap.ts';
import { samplesToBytes, wavHeader } from './wav.ts';

const startNs = BigInt(toneStartMs) * 1_000_000n;
const window = { fromNs: startNs - 3_600_000_000_000n, toNs: startNs + 3_600_000_000_000n };
const longestMs = 3_600_000;

const leg = (legId: string, fields: Partial<ToneLeg>): ToneLeg => ({ contactId: 'c', legId, party: Party.CUSTOMER, hertz: 400, fromS: 0, lengthS: 3, ...fields });

async function* open(chunks: readonly AudioChunk[]): AsyncGenerator<AudioChunk> {
  yield* chunks;
}

async function assemble(chunks: readonly AudioChunk[], limits = { window, longestMs }): Promise<{ survey: SoundSurvey; wav: Buffer; left: Int16Array; right: Int16Array }> {
  const surveyor = createSurveyor(limits);
  for (const chunk of chunks) surveyor.add(chunk);
  const survey = surveyor.result();
  if (survey === undefined) throw new Error('there is no sound');
  const parts: Uint8Array[] = [wavHeader(survey.totalSamples)];
  for await (const block of assembleStereo(survey, (legId) => open(chunks.filter((chunk) => chunk.legId === legId)), limits.window)) parts.push(samplesToBytes(block));
  const wav = Buffer.concat(parts);
  return { survey, wav, left: channelOf(wav, 0), right: channelOf(wav, 1) };
}

/** Whether the tone is there, and whether it is not. */
const loud = (samples: Int16Array, hertz: number, fromS: number, toS: number) => Math.round(amplitudeAt(samples, hertz, { fromS, toS }) / 1_000) * 1_000;

describe('a recording', () => {
  test('has the customer on the left and the agent on the right, each at its own time', async () => {
    const customer = toneChunks(leg('c', { lengthS: 4 }));
    const agent = toneChunks(leg('a', { party: Party.AGENT, hertz: 1_000, fromS: 1.5, lengthS: 2, codec: 'PCMA' }));
    const { left, right, survey, wav } = await assemble([...customer, ...agent]);
    expect(survey).toMatchObject({ totalSamples: 32_000, gapMs: 0, refused: 0, cut: false });
    expect(wav.length).toBe(44 + 32_000 * 4);
    expect(loud(left, 400, 0, 4)).toBe(8_000);
    expect(loud(left, 1_000, 0, 4)).toBe(0);
    expect(loud(right, 1_000, 1.5, 3.5)).toBe(8_000);
    expect(loud(right, 1_000, 0, 1.5)).toBe(0);
    expect(loud(right, 1_000, 3.5, 4)).toBe(0);
    expect(loud(right, 400, 0, 4)).toBe(0);
  });

  test('begins with whoever was heard first, down to the sample', async () => {
    const agent = toneChunks(leg('a', { party: Party.AGENT, hertz: 1_000, fromS: 0 }));
    const customer = toneChunks(leg('c', { fromS: 0.1, lengthS: 1 }));
    const { left } = await assemble([...agent, ...customer]);
    expect(left.findIndex((sample) => sample !== 0)).toBe(801);
  });

  test('has the agents of a transfer one after another, and together while both talk', async () => {
    const first = toneChunks(leg('a1', { party: Party.AGENT, hertz: 1_000, fromS: 0, lengthS: 3 }));
    const second = toneChunks(leg('a2', { party: Party.AGENT, hertz: 1_500, fromS: 2, lengthS: 3 }));
    const { right } = await assemble([...toneChunks(leg('c', { lengthS: 5 })), ...first, ...second]);
    expect([loud(right, 1_000, 0, 2), loud(right, 1_500, 0, 2)]).toEqual([8_000, 0]);
    expect([loud(right, 1_000, 2, 3), loud(right, 1_500, 2, 3)]).toEqual([8_000, 8_000]);
    expect([loud(right, 1_000, 3, 5), loud(right, 1_500, 3, 5)]).toEqual([0, 8_000]);
  });

  test('is clipped, not wrapped, where two loud voices add up', async () => {
    const chunks = ['a1', 'a2', 'a3', 'a4', 'a5'].flatMap((legId) => toneChunks(leg(legId, { party: Party.AGENT, hertz: 1_000, lengthS: 1 })));
    const { right } = await assemble(chunks);
    expect(Math.max(...right)).toBe(32_767);
    expect(loud(right, 1_000, 0, 1)).toBeGreaterThan(32_000);
  });

  test('has silence where a chunk is missing, counted, and the rest in its place', async () => {
    const { left, survey } = await assemble(toneChunks(leg('c', { lengthS: 5, lost: [2] })));
    expect(survey).toMatchObject({ totalSamples: 40_000, gapMs: 1_000 });
    expect(loud(left, 400, 0, 2)).toBe(8_000);
    expect(loud(left, 400, 2, 3)).toBe(0);
    expect(loud(left, 400, 3, 5)).toBe(8_000);
  });

  test('counts what the gateway had filled itself', async () => {
    const chunks = toneChunks(leg('c', {})).map((chunk) => ({ ...chunk, concealedMs: 40 }));
    expect((await assemble(chunks)).survey.gapMs).toBe(120);
  });

  test('takes a chunk that came twice once', async () => {
    const chunks = toneChunks(leg('c', {}));
    const twice = await assemble([...chunks, ...chunks.slice(1)]);
    const once = await assemble(chunks);
    expect(twice.wav.equals(once.wav)).toBe(true);
  });

  test('joins chunks whose times jitter, so that nothing clicks', async () => {
    const chunks = toneChunks(leg('c', { lengthS: 4 })).map((chunk, index) => ({ ...chunk, startNs: chunk.startNs + (index % 2 === 0 ? 0n : 12_000_000n) }));
    const { left, survey } = await assemble(chunks);
    const plain = await assemble(toneChunks(leg('c', { lengthS: 4 })));
    expect(survey.gapMs).toBe(0);
    expect(Buffer.from(left.buffer).equals(Buffer.from(plain.left.buffer))).toBe(true);
  });

  test('leaves out what cannot be sound of this contact', async () => {
    const [first, ...rest] = toneChunks(leg('c', { lengthS: 4 }));
    if (first === undefined) throw new Error('no chunk');
    const odd = [
      { ...first, legId: 'opus', codec: 'opus' },
      { ...first, legId: 'clock', startNs: 0n },
      { ...first, legId: 'huge', samples: Buffer.alloc(100_000) },
    ];
    const { survey } = await assemble([first, ...rest, ...odd]);
    expect(survey).toMatchObject({ totalSamples: 32_000, refused: 3 });
    expect(survey.legs.map((one) => one.legId)).toEqual(['c']);
    const { survey: refusing } = await assemble([first, { ...first, chunkNo: 1n, codec: 'opus' }, { ...first, chunkNo: 2n, startNs: startNs + 2_000_000_000n }]);
    expect(refusing).toMatchObject({ refused: 1, gapMs: 1_000, totalSamples: 24_000 });
  });

  test('is cut off at its longest length', async () => {
    const { survey, left } = await assemble(toneChunks(leg('c', { lengthS: 5 })), { window, longestMs: 2_500 });
    expect(survey).toMatchObject({ totalSamples: 20_000, cut: true });
    expect(left).toHaveLength(20_000);
  });

  test('leaves out what came after it was surveyed', async () => {
    const chunks = toneChunks(leg('c', { lengthS: 4 }));
    const surveyor = createSurveyor({ window, longestMs });
    for (const chunk of chunks.slice(0, 2)) surveyor.add(chunk);
    const survey = surveyor.result();
    let samples = 0;
    if (survey !== undefined) for await (const block of assembleStereo(survey, () => open(chunks), window)) samples += block.length / 2;
    expect(samples).toBe(16_000);
  });

  test('of nothing is none', () => {
    expect(createSurveyor({ window, longestMs }).result()).toBeUndefined();
  });

  test('of any length is made in blocks, with one chunk of each leg in hand', async () => {
    const minutes = 1;
    const [pattern] = toneChunks(leg('c', { lengthS: 1 }));
    let drawn = 0;
    let made = 0;
    let furthest = 0;
    async function* long(legId: string): AsyncGenerator<AudioChunk> {
      for (let number = 0; number < minutes * 60; number += 1) {
        drawn += 1;
        furthest = Math.max(furthest, drawn - 2 * made);
        yield AudioChunk.fromPartial({ ...pattern, legId, chunkNo: BigInt(number), startNs: startNs + BigInt(number) * 1_000_000_000n });
      }
    }
    const surveyor = createSurveyor({ window, longestMs });
    for (const legId of ['c', 'a']) for await (const chunk of long(legId)) surveyor.add(chunk);
    const survey = surveyor.result();
    drawn = furthest = 0;
    if (survey !== undefined) for await (const block of assembleStereo(survey, long, window)) made += block.length / 16_000;
    expect(made).toBe(minutes * 60);
    expect(furthest).toBeLessThanOrEqual(4);
  });
});

test('the file says what it is', () => {
  const header = Buffer.from(wavHeader(8_000));
  expect(header.toString('latin1', 0, 4) + header.toString('latin1', 8, 16) + header.toString('latin1', 36, 40)).toBe('RIFFWAVEfmt data');
  expect([header.readUInt32LE(4), header.readUInt16LE(20), header.readUInt16LE(22), header.readUInt32LE(24), header.readUInt16LE(34), header.readUInt32LE(40)]).toEqual([32_036, 1, 2, 8_000, 16, 32_000]);
});

test('sound missing at the end of a leg is counted by when the leg ended', async () => {
  const { survey } = await assemble([...toneChunks(leg('c', { lengthS: 3, last: false })), ...toneChunks(leg('a', { party: Party.AGENT, lengthS: 3 }))]);
  expect(tailGapMs(survey, { legs: new Map([['c', { party: Party.CUSTOMER, endedMs: toneStartMs + 4_500 }]]), endedMs: toneStartMs + 9_000 })).toBe(1_500);
  expect(tailGapMs(survey, { legs: new Map(), endedMs: toneStartMs + 5_000 })).toBe(2_000);
  expect(tailGapMs(survey, { legs: new Map(), endedMs: undefined })).toBe(0);
});

describe('peaks', () => {
  test('show the loudness of both channels', () => {
    const peaks = createPeaks(240);
    const block = new Int16Array(480);
    block[0] = -32_768;
    block[161] = 16_384;
    peaks.add(block.subarray(0, 200));
    peaks.add(block.subarray(200));
    expect(JSON.parse(peaks.toJson())).toEqual([[1, 0, 0], [0, 0.5, 0]]);
  });

  test('of a long call are no more than can be drawn', () => {
    const peaks = createPeaks(8_000 * 100 + 1);
    peaks.add(new Int16Array((8_000 * 100 + 1) * 2));
    const [left] = JSON.parse(peaks.toJson()) as number[][];
    expect(left?.length).toBeGreaterThan(7_900);
    expect(left?.length).toBeLessThanOrEqual(8_000);
  });
});
