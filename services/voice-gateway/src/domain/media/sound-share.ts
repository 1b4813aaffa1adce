import { decodeSamples, type Codec } from './g711.ts';

/** 20 ms at 8000 samples a second. */
const frameSize = 160;
const frameMs = 20;
/** Root mean square above which a frame counts as sound: about −42 dB below full scale, over the noise of a quiet line. */
const soundRms = 250;

/** How many milliseconds of G.711 samples are sound rather than silence or line noise. */
export function soundMsOf(codec: Codec, samples: Uint8Array): number {
  let soundMs = 0;
  for (let start = 0; start + frameSize <= samples.length; start += frameSize) {
    const frame = decodeSamples(codec, samples.subarray(start, start + frameSize));
    const power = frame.reduce((sum, sample) => sum + sample * sample, 0) / frameSize;
    if (power > soundRms * soundRms) soundMs += frameMs;
  }
  return soundMs;
}
