import { describe, expect, test } from '@jest/globals';
import { Ear } from './ear.ts';

const frameMs = 20;
const silence = new Uint8Array(160).fill(0xff);
/** Full scale in µ-law. */
const speech = new Uint8Array(160).fill(0x80);

/** What an ear knows after `[milliseconds, what was heard]`, with the time at the end. */
function listen(...parts: [number, Uint8Array | undefined][]) {
  const ear = new Ear(0);
  let nowMs = 0;
  for (const [durationMs, frame] of parts) {
    for (const endMs = nowMs + durationMs; nowMs < endMs; nowMs += frameMs) if (frame !== undefined) ear.take(frame, nowMs);
  }
  return { ear, nowMs };
}

describe('what a simulated caller hears', () => {
  test('a pause of breath within a sentence does not end it', () => {
    const { ear, nowMs } = listen([1_000, speech], [500, silence], [1_000, speech], [600, silence]);
    expect(ear.utterances(nowMs)).toBe(0);
    expect(ear.soundMs(nowMs)).toBe(3_100);
  });

  test('a pause long enough ends what was said, whether silence comes over the line or nothing at all', () => {
    for (const quiet of [silence, undefined]) {
      const { ear, nowMs } = listen([1_000, speech], [800, quiet], [2_000, speech], [800, quiet]);
      expect(ear.utterances(nowMs)).toBe(2);
      expect(ear.soundMs(nowMs)).toBe(0);
    }
  });

  test('a click is nothing said', () => {
    const { ear, nowMs } = listen([100, speech], [800, silence]);
    expect(ear.utterances(nowMs)).toBe(0);
  });

  test('music that breaks off is not what the agent said', () => {
    const { ear, nowMs } = listen([5_000, speech], [300, silence]);
    expect(ear.quietMs(nowMs)).toBeGreaterThanOrEqual(300);
    ear.forget();
    expect(ear.utterances(nowMs + 1_000)).toBe(0);
  });
});
