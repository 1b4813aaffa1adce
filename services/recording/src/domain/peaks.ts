/** Points of a drawing, at most: wider than any screen. */
const mostPoints = 8_000;
/** Ten milliseconds: closer is not drawn. */
const fewestSamples = 80;

/** Loudness of both channels over time, for a wave drawing. */
export interface Peaks {
  /** Interleaved samples, in order. */
  add(block: Int16Array): void;
  /**
   * JSON: two arrays of the same length, left and right; each number is the largest amplitude of its stretch of time,
   * 0 to 1. All stretches are equal, so the length of the recording gives their time.
   */
  toJson(): string;
}

const toShare = (amplitude: number) => Math.round((amplitude / 32_768) * 1_000) / 1_000;

/** @param totalSamples length of the recording, which settles how much one point stands for */
export function createPeaks(totalSamples: number): Peaks {
  const samplesPerPoint = Math.max(fewestSamples, Math.ceil(totalSamples / mostPoints));
  const points: [number[], number[]] = [[], []];
  let filled = 0;
  let left = 0;
  let right = 0;

  function close(): void {
    if (filled === 0) return;
    points[0].push(toShare(left));
    points[1].push(toShare(right));
    filled = left = right = 0;
  }

  return {
    add(block) {
      for (let at = 0; at + 1 < block.length; at += 2) {
        const first = block[at] ?? 0;
        const second = block[at + 1] ?? 0;
        if (first > left) left = first;
        else if (-first > left) left = -first;
        if (second > right) right = second;
        else if (-second > right) right = -second;
        filled += 1;
        if (filled === samplesPerPoint) close();
      }
    },
    toJson() {
      close();
      return JSON.stringify(points);
    },
  };
}
