import { decodeSamples, sampleRate, type Codec } from './g711.ts';

/** Rows and columns of the keypad in Hz (ITU-T Q.23). */
const rows = [697, 770, 852, 941] as const;
const columns = [1209, 1336, 1477, 1633] as const;
const keypad = ['123A', '456B', '789C', '*0#D'] as const;

/** 25.6 ms: the block at which every DTMF frequency falls near the middle of a Goertzel bin. */
const blockSize = 205;
/** Q.24: a key is at least 40 ms, so it fills one block and most of the next. */
const blocksForAKey = 2;
const blocksForAPause = 2;
/** Amplitude below which nothing is heard, about -36 dBm0. */
const quietest = 400;
/** Both tones together must be this share of all power in the block: speech rarely is. */
const purity = 0.75;
/** Most by which one tone may be stronger than the other, in power: 8 dB (Q.24 annex A). */
const mostTwist = 6.3;
/** A tone must be this much stronger than the others of its group. */
const selectivity = 6;

/** Power of one frequency in a block (Goertzel), scaled so that a full sine gives its amplitude squared / 4 · n². */
export function tonePower(samples: Int16Array, frequencyHz: number, from = 0, size = samples.length): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRate);
  let one = 0;
  let two = 0;
  for (let index = from; index < from + size; index += 1) {
    const next = (samples[index] as number) + coefficient * one - two;
    two = one;
    one = next;
  }
  return one * one + two * two - coefficient * one * two;
}

/** The strongest of a group when it stands out, with its power. */
function strongest(samples: Int16Array, group: readonly number[]): { index: number; power: number } | undefined {
  const powers = group.map((frequency) => tonePower(samples, frequency));
  const power = Math.max(...powers);
  const index = powers.indexOf(power);
  return powers.some((other, place) => place !== index && other * selectivity > power) ? undefined : { index, power };
}

/** The key that a block of 205 samples holds, if it is one. */
function keyOfBlock(samples: Int16Array): string | undefined {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  if (energy < quietest * quietest * samples.length) return undefined;
  const row = strongest(samples, rows);
  const column = strongest(samples, columns);
  if (row === undefined || column === undefined) return undefined;
  const twist = Math.max(row.power / column.power, column.power / row.power);
  // A sine of power p in the block has Goertzel power p · n / 2 of the block's energy.
  const share = (2 * (row.power + column.power)) / (samples.length * energy);
  return twist <= mostTwist && share >= purity ? keypad[row.index]?.[column.index] : undefined;
}

/** Finds keys in the sound itself, for callers that do not send telephone-event. */
export class ToneDetector {
  private readonly block = new Int16Array(blockSize);
  private filled = 0;
  private candidate: string | undefined;
  private seen = 0;
  private held: string | undefined;
  private quiet = 0;

  /** The key that became certain with this sound, if one did. One key a press. */
  take(codec: Codec, payload: Uint8Array): string | undefined {
    let found: string | undefined;
    for (const sample of decodeSamples(codec, payload)) {
      this.block[this.filled] = sample;
      this.filled += 1;
      if (this.filled < blockSize) continue;
      this.filled = 0;
      found = this.decide(keyOfBlock(this.block)) ?? found;
    }
    return found;
  }

  private decide(key: string | undefined): string | undefined {
    this.seen = key === this.candidate ? this.seen + 1 : 1;
    this.candidate = key;
    if (key === undefined) {
      this.quiet += 1;
      if (this.quiet >= blocksForAPause) this.held = undefined;
      return undefined;
    }
    this.quiet = 0;
    if (this.seen < blocksForAKey || this.held === key) return undefined;
    this.held = key;
    return key;
  }
}
